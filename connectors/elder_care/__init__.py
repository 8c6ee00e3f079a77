"""养老服务/高龄津贴系统 (MZYL): elderly residents, for home visits and allowances."""
