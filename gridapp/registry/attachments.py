"""Scans and photos that a department asked for: sealed, one of a name for each record, handed on and never shown.

Adding one is an act on the record: an entry of its own (更正) says who gave which file when, and the version rises.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone

from gridapp import sealing
from gridapp.contract import Attachment as Content
from gridapp.dictionary import ATTACHMENTS
from gridapp.org import scope
from gridapp.org.models import User

from . import locks, scans
from .models import Attachment, Entry, Record
from .refusals import OutOfScope, SameIdOtherContent, refuse
from .writing import insert

_CONTENTS = """
SELECT record_id, name, sha256, media_type, sealed FROM registry_attachment
WHERE record_id = ANY(%s::uuid[]) AND name = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Added:
    """An attachment and the record as it is after it. `is_new` False: this very file was there, nothing happened.

    `is_first`: there was none of this name before.
    """

    attachment: Attachment
    record: Record
    is_new: bool
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """The act of adding a file: its entry's id, and when it was done. A tablet says both, so that it happens once."""

    entry_id: UUID
    made_at: datetime | None = None


def add(record_id: UUID, name: str, content: bytes | None, *, by: User, act: Act | None = None) -> Added:
    """Keeps a file as the record's attachment `name`, in place of the one that was there. None: too large to be read.

    Runs inside the caller's transaction.atomic(). Raises Refused on `name` (nothing is stored), OutOfScope for a
    record that is none of the user's, and SameIdOtherContent where another entry has the act's id.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("attachments.add() runs inside the caller's transaction.atomic()")
    if not scope.may_enter(by):
        refuse("", "role")
    act = act or Act(uuid4())
    locks.hold(act.entry_id.bytes[8:])
    record = _mine(record_id, by)
    if locks.is_known(act.entry_id):
        return _again(act.entry_id, record, name, by)
    if name not in ATTACHMENTS:
        scans.refuse(name, "unknown_attachment")
    if ATTACHMENTS[name].entity != record.kind:
        refuse(name, "other_record")
    if record.closed_at is not None:
        refuse("record", "closed")
    scan = scans.read(name, content)
    sha256 = hashlib.sha256(scan.content).hexdigest()
    there = Attachment.objects.defer("sealed").filter(record=record, name=name).first()
    if there is not None and there.sha256 == sha256:
        return Added(there, record, is_new=False)
    if there is not None:
        there.delete()
    return Added(_kept(record, name, scan, sha256, by, act), record, is_new=True, is_first=there is None)


def of(record: Record) -> list[Attachment]:
    """What is there, without its content, in the order of the names. One statement."""
    return list(Attachment.objects.defer("sealed").filter(record=record).select_related("added_by").order_by("name"))


def fetch(record_ids: Iterable[UUID], wanted: Collection[str]) -> Mapping[UUID, Mapping[str, Content]]:
    """Record id -> name -> content, of those that are there. One statement. Raises sealing.Unsealable."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTENTS, [list(record_ids), sorted(wanted)])
        rows = cursor.fetchall()
    found: dict[UUID, dict[str, Content]] = {}
    for record_id, name, sha256, media_type, sealed in rows:
        opened = sealing.unseal(sealed, bound_to=Attachment.binding(record_id, name, sha256))
        found.setdefault(record_id, {})[name] = Content(media_type, opened)
    return found


def _mine(record_id: UUID, by: User) -> Record:
    rows = locks.records(record_id)
    if not rows or not scope.allows(by, rows[0].grid_code):
        raise OutOfScope
    return rows[0]


def _again(entry_id: UUID, record: Record, name: str, by: User) -> Added:
    """What the same act did before, whatever file has taken its place since."""
    entry = Entry.objects.get(id=entry_id)
    there = Attachment.objects.defer("sealed").filter(record=record, name=name).first()
    if there is None or (entry.by_id, entry.record_id) != (by.pk, record.id):
        raise SameIdOtherContent(entry)
    return Added(there, record, is_new=False)


def _kept(record: Record, name: str, scan: scans.Scan, sha256: str, by: User, act: Act) -> Attachment:
    record.version += 1
    record.save(update_fields=["version", "updated_at"])
    attachment = Attachment(
        record=record,
        name=name,
        media_type=scan.media_type,
        sealed=sealing.seal(scan.content, bound_to=Attachment.binding(record.id, name, sha256)),
        sha256=sha256,
        size=len(scan.content),
        added_by=by,
    )
    now = timezone.now()
    entry = Entry(
        id=act.entry_id,
        record=record,
        action=Entry.Action.CORRECT,
        version=record.version,
        digest=sealing.standing(f"{name} {sha256}", purpose="entry"),
        grid_code=record.grid_code,
        by=by,
        made_at=min(act.made_at, now) if act.made_at else now,  # a tablet's clock may be ahead of ours
    )
    # Nothing of the record's own document changes: `set` stays empty, what was given stands under `entered`.
    given = {"set": {}, "entered": {name: sha256}, "confirmed": []}
    entry.sealed = sealing.seal_json(given, bound_to=entry.bound_to)
    insert(attachment, entry)
    return attachment
