"""社区工作站系统 (GZZ): a web form without an interface, filled from a copy-card by a clerk, or by a browser."""
