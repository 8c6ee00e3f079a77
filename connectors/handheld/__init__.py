"""PDA采集系统 (PDA): the legacy handheld back end, text packets in GBK."""
