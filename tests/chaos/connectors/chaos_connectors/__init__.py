"""Connectors to the departments of tests/chaos/ledger.py: one keys on our key, one can be asked, one is neither."""
