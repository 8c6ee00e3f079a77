"""What was entered of a record, when, and by whom."""

from __future__ import annotations

from .models import Entry, Record


def history(record: Record) -> list[Entry]:
    """The entries of a record, newest first, each with the account that made it. One query."""
    return list(Entry.objects.filter(record=record).select_related("by").order_by("-number"))
