"""房屋租赁备案系统 (ZLBA): lease contracts under real names."""
