"""劳保系统(劳动用工/社保协管) (LB): who works where."""
