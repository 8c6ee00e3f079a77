"""Where each value of a record comes from: which entry said it last, by whom and when; or which target gave it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gridapp import sealing

from .models import Entry, Record


@dataclass(frozen=True, slots=True)
class Source:
    """`by`: the name of the worker, or `target`: the key of the system that gave the value."""

    at: datetime
    by: str = ""
    target: str = ""


def sources(record: Record, history: Sequence[Entry]) -> dict[str, Source]:
    """Canonical name -> source, of the values that somebody said or a target gave; what follows from others has none.

    `history`: the record's entries, newest first, with their accounts (see `history`). One statement.
    """
    found: dict[str, Source] = {}
    for entry in reversed(history):
        if entry.action == Entry.Action.VERIFY:
            continue  # says that nothing changed
        for name in sealing.unseal_json(entry.sealed, bound_to=entry.bound_to)["set"]:
            found[name] = Source(entry.made_at, by=entry.by.display_name)
    for given in record.references.all():
        found[given.name] = Source(given.received_at, target=given.source)
    return found
