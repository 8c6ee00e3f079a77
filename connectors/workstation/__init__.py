"""社区工作站系统 (GZZ): a web form without an interface, filled by hand from a copy-card."""
