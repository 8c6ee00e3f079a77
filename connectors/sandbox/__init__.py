"""Stands in for the departments: real servers on this machine, each with its own store, rules, words and faults."""

from .department import Channel, Department, Ledger, Store
from .faults import Faults
from .http import HttpChannel

__all__ = ["Channel", "Department", "Faults", "HttpChannel", "Ledger", "Store"]
