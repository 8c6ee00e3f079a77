"""A correction made without a connection, and another of the same field that came first: the two beside each other.

Judged anew each time it is looked at, by the same rule as in `rebase`: what was decided meanwhile collides no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from gridapp import sealing
from gridapp.dictionary import FIELDS, Refusal, validate

from . import homes, posted, set_aside
from .documents import stored
from .forms import EntryForm, misplaced_fields
from .models import Entry, Record, Residency, SetAside

_HIDDEN = frozenset({"S2", "S3"})


@dataclass(frozen=True, slots=True)
class Collision:
    """One field: `was` when the tablet took the record along, `ours` now, `theirs` on the tablet (JSON types, None:
    empty). `by`, `at`: who entered ours and when."""

    name: str
    was: Any
    ours: Any
    theirs: Any
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Collided:
    """One correction that waits. `rest`: what else it changes, that collides with nothing. `version`: of the record as
    it was compared; `base_version`: of the record as the tablet had it. `refusals`: what was wrong when it arrived."""

    row: SetAside
    record: Record | None
    version: int
    base_version: int | None
    fields: tuple[Collision, ...]
    rest: Mapping[str, Any]
    refusals: tuple[Refusal, ...]


def of(rows: Sequence[SetAside]) -> list[Collided]:
    """Each row compared with its record as it is now, in three statements. Raises sealing.Unsealable."""
    ids = {row.record_id for row in rows if row.record_id}
    records = Record.objects.select_related("building").in_bulk(ids)
    living = _homes(ids)
    entries: dict[UUID, list[Entry]] = {}
    for entry in Entry.objects.filter(record__in=ids).select_related("by").order_by("number"):
        entries.setdefault(entry.record_id, []).append(entry)
    found = []
    for row in rows:
        record = records.get(row.record_id) if row.record_id else None
        made = entries.get(record.id, []) if record else []
        found.append(_collided(row, record, made, living.get(record.id) if record else None))
    return found


def _homes(ids: Iterable[UUID]) -> dict[UUID, Residency]:
    """The residency that counts of each resident, as homes.of orders them."""
    found = Residency.objects.filter(resident__in=list(ids)).select_related("household")
    first: dict[UUID, Residency] = {}
    for one in found.order_by("-is_open", "-is_primary", "-created_at"):
        first.setdefault(one.resident_id, one)
    return first


def _collided(row: SetAside, record: Record | None, entries: Sequence[Entry], home: Residency | None) -> Collided:
    content = set_aside.opened(row)
    text = content.form.get("base_version", "")
    base = int(text) if text.isdecimal() and len(text) < 6 else None
    if record is None or base is None:
        return Collided(row, record, record.version if record else 0, base, (), {}, content.refusals)
    now = {**record.document(), **homes.document(home)}
    theirs = _theirs(content, row, record, now)
    then, ours = _history(entries, base)
    fields, rest = [], {}
    for name, value in theirs.items():
        was, known = then.get(name), now.get(name)
        if value in (was, known):
            continue
        if was == known:
            rest[name] = value
        else:
            entry = ours.get(name)
            by, at = (entry.by.display_name, entry.received_at) if entry else ("", None)
            fields.append(Collision(name, was, known, value, by, at))
    return Collided(row, record, record.version, base, tuple(fields), rest, content.refusals)


def _theirs(content: set_aside.Content, row: SetAside, record: Record, now: Mapping[str, Any]) -> dict[str, Any]:
    """What the form says, as it would be stored; what does not pass as a value stays as it was typed."""
    raw = posted.typed(content.form, [name for name in content.form if name in FIELDS])
    form = EntryForm(row.entry_id, Record.Kind(record.kind), Entry.Action(row.action), record.grid_code, raw)
    # a sensitive value is not shown on the form: left empty it means unchanged
    untouched = {name for name, value in raw.items() if value == "" and FIELDS[name].sensitivity in _HIDDEN}
    raw = {name: value for name, value in raw.items() if name not in {*misplaced_fields(form), *untouched}}
    judged = validate({**now, **raw}, on=timezone.localdate(), practice=settings.PRACTICE)
    passed, refused = stored(judged.values), {one.field for one in judged.refusals}
    return {name: raw[name] if name in refused else passed.get(name) for name in raw}


def _history(entries: Iterable[Entry], base: int) -> tuple[dict[str, Any], dict[str, Entry]]:
    """The document at the base version, and of each field changed since the entry that did it last."""
    then: dict[str, Any] = {}
    since: dict[str, Entry] = {}
    for entry in entries:
        made = sealing.unseal_json(entry.sealed, bound_to=entry.bound_to)["set"]
        if entry.version <= base:
            then |= made
        else:
            since |= dict.fromkeys(made, entry)
    return {name: value for name, value in then.items() if value is not None}, since
