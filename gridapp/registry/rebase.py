"""Two workers at one record: what each of them touched is kept, and what both touched is told, never overwritten."""

from __future__ import annotations

from typing import Any

from gridapp import sealing

from .acts import Stored
from .models import Entry, Record
from .refusals import Refused, refusal, refuse


def rebased(record: Record, current: Stored, changes: Stored, base_version: int | None) -> dict[str, Any]:
    """The changes that a form made at `base_version` really makes, to be laid over `current`.

    A field left as it was then is no change. One that was changed meanwhile as well, to something else, is refused by
    name. Without a base version every field of the form counts. Raises Refused.
    """
    if base_version is None or base_version == record.version:
        return dict(changes)
    if base_version > record.version:
        refuse("base_version", "newer_than_ours")
    then = at_version(record, base_version)
    made, conflicts = {}, []
    for name, value in changes.items():
        was, now = then.get(name), current.get(name)
        if value == was and was != now:
            continue
        if value not in (was, now) and was != now:
            conflicts.append(refusal(name, "changed_meanwhile"))
        made[name] = value
    if conflicts:
        raise Refused(conflicts)
    return made


def at_version(record: Record, version: int) -> dict[str, Any]:
    """The record's whole document as it was at a version: its entries up to then, one laid over the other."""
    document: dict[str, Any] = {}
    for entry in Entry.objects.filter(record=record, version__lte=version).order_by("number"):
        opened = sealing.unseal_json(entry.sealed, bound_to=entry.bound_to)
        document |= opened["set"]
    return {name: value for name, value in document.items() if value is not None}
