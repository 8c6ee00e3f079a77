"""适龄儿童学位系统(摸底) (XW): children about to enter primary or junior middle school."""
