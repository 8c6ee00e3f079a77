"""Two workers at one record: what each of them touched is kept, and what both touched is told, never overwritten."""

from __future__ import annotations

from typing import Any

from .acts import Stored
from .models import Record
from .refusals import Refused, refusal, refuse
from .versions import document_at


def rebased(record: Record, current: Stored, changes: Stored, base_version: int | None) -> dict[str, Any]:
    """The changes that a form made at `base_version` really makes, to be laid over `current`.

    A field left as it was then is no change. One that was changed meanwhile as well, to something else, is refused by
    name. Without a base version every field of the form counts. Raises Refused.
    """
    if base_version is None or base_version == record.version:
        return dict(changes)
    if base_version > record.version:
        refuse("base_version", "newer_than_ours")
    then = document_at(record, base_version)
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
