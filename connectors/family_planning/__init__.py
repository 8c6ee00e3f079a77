"""计生系统(全员人口信息系统) (JS): women of child-bearing age and small children, for services."""
