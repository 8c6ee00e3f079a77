"""A record's document as it was: its entries up to a version, one laid over the other."""

from __future__ import annotations

from typing import Any

from gridapp import sealing

from .models import Entry, Record


def document_at(record: Record, version: int) -> dict[str, Any]:
    """Canonical name -> value (JSON types) as of `version`: the record's own fields and those of its residency.

    What a flat, a household or other people's entries added is not in it. One statement. Raises sealing.Unsealable.
    """
    document: dict[str, Any] = {}
    for entry in Entry.objects.filter(record=record, version__lte=version).order_by("number"):
        document |= sealing.unseal_json(entry.sealed, bound_to=entry.bound_to)["set"]
    return {name: value for name, value in document.items() if value is not None}
