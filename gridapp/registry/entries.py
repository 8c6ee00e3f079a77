"""One act of a worker on one record: the same entry again, or a new one and what it does.

The first function an entry passes; what comes next in the same transaction is the plan of its deliveries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone

from gridapp import sealing
from gridapp.org import scope
from gridapp.org.models import User

from . import arrivals, changes, contests, departures, housings, locks, moves, verification
from .acts import Act, Done, difference
from .books import ONE_BY_ONE, Books
from .forms import Action, EntryForm, Kind, misplaced_fields
from .models import Entry, Record
from .refusals import OutOfScope, Refused, SameIdOtherContent, refusal, refuse

__all__ = ["Entered", "EntryForm", "OutOfScope", "Refused", "SameIdOtherContent", "enter"]


@dataclass(frozen=True, slots=True)
class Entered:
    """An entry and the record as it is after it. `is_new` False: it was entered before, nothing happened now.

    `others`: ids of further records whose views the entry changed (the flat somebody moved into, their household).
    """

    entry: Entry
    record: Record
    is_new: bool
    others: tuple[UUID, ...] = ()


_ACTS: dict[tuple[str, str], Callable[[Act], Done]] = {
    (Kind.RESIDENT, Action.CREATE): arrivals.create,
    (Kind.RESIDENT, Action.CHANGE): changes.change,
    (Kind.RESIDENT, Action.CORRECT): changes.change,
    (Kind.RESIDENT, Action.VERIFY): verification.verify_resident,
    (Kind.RESIDENT, Action.MOVE): moves.move,
    (Kind.RESIDENT, Action.CLOSE): departures.close,
    (Kind.HOUSING, Action.CREATE): housings.create,
    (Kind.HOUSING, Action.CHANGE): housings.change,
    (Kind.HOUSING, Action.CORRECT): housings.change,
    (Kind.HOUSING, Action.VERIFY): verification.verify_housing,
    (Kind.HOUSING, Action.CLOSE): housings.close,
}


def enter(form: EntryForm, *, by: User, books: Books = ONE_BY_ONE) -> Entered:
    """Does what the form says, once: the same form of the same account again gives the same entry.

    Runs inside the caller's transaction.atomic(). Raises Refused (nothing is stored), SameIdOtherContent, and
    OutOfScope for a record that is none of the user's. `books`: of arrivals that were asked for together, which raise
    Unforeseen besides and write later.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("registry.enter() runs inside the caller's transaction.atomic()")
    _may(form, by)
    digest = _digest(form)
    books.hold(form.id.bytes[8:])
    if books.is_known(form.id):
        return _again(form.id, by, digest)
    at = _made_at(form)
    does = contests.decide if form.contested else _ACTS[form.kind, form.action]
    done = does(Act(form, by, at, timezone.localdate(), books))
    return Entered(_kept(form, done, by, digest, at, books), done.record, is_new=True, others=done.others)


def made_before(entry_id: UUID, as_posted: str, *, by: User) -> Entered | None:
    """What a form of a page made when it came before, found without reading it against a record that went on since.

    None where nothing was entered under this id. Runs inside the caller's transaction.atomic(). Raises
    SameIdOtherContent.
    """
    locks.hold(entry_id.bytes[8:])
    return _again(entry_id, by, _keyed(as_posted)) if locks.is_known(entry_id) else None


def _again(entry_id: UUID, by: User, digest: bytes) -> Entered:
    entry = Entry.objects.select_related("record").get(id=entry_id)
    if bytes(entry.digest) != digest or entry.by_id != by.pk:
        raise SameIdOtherContent(entry)
    return Entered(entry, entry.record, is_new=False)


def _may(form: EntryForm, by: User) -> None:
    if not scope.may_enter(by):
        refuse("", "role")
    if not scope.allows(by, form.grid_code):
        refuse("grid_code", "other_grid")
    if misplaced := misplaced_fields(form):
        raise Refused(refusal(name, "other_record") for name in misplaced)
    if (form.kind, form.action) not in _ACTS:
        refuse("action", "wrong_shape", expected=" | ".join(action for kind, action in _ACTS if kind == form.kind))
    if form.record is None and form.action != Action.CREATE:
        refuse("record", "missing")


def _digest(form: EntryForm) -> bytes:
    """Keyed: what "the same content" is judged by. Not when it was made, nor which doubts were asked about."""
    if form.as_posted:
        return _keyed(form.as_posted)
    return _keyed([form.kind, form.action, form.grid_code, form.fields, form.record, form.housing, form.base_version])


def _keyed(content: Any) -> bytes:
    plain = orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS)
    return sealing.standing(hashlib.sha256(plain).hexdigest(), purpose="entry")


def _made_at(form: EntryForm) -> datetime:
    # A tablet's clock may be ahead of ours; nothing was made in the future.
    now = timezone.now()
    return min(form.made_at, now) if form.made_at else now


def _kept(form: EntryForm, done: Done, by: User, digest: bytes, at: datetime, books: Books) -> Entry:
    entry = Entry(
        id=form.id,
        record=done.record,
        action=form.action,
        version=done.record.version,
        digest=digest,
        grid_code=form.grid_code,
        by=by,
        made_at=at,
    )
    kept = {
        "set": difference(done.before, done.after),
        "entered": done.entered,
        "confirmed": form.confirmed,
    }
    entry.sealed = sealing.seal_json(kept, bound_to=entry.bound_to)
    books.insert(*done.new, entry)
    return entry
