"""省综治系统 (SZZ): an Excel import, once a day."""
