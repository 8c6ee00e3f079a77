"""安全生产系统(隐患排查) (AQSC): rented housing with hidden dangers, over a message queue."""
