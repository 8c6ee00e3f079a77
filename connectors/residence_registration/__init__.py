"""居住登记系统 (JZDJ): the police register of who lives away from the registered household."""
