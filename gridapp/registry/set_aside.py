"""What came from a tablet and cannot be saved as it is: kept as it was typed until a person mends or decides it.

Nothing is refused at the door of the outbox, else one bad form would stop everything behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from gridapp import sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.dictionary import Refusal
from gridapp.org import handover, scope
from gridapp.org.models import User

from . import locks
from .models import Entry, Record, SetAside
from .refusals import OutOfScope

_WORDS = ("field", "code", "zh", "en", "remedy_zh", "remedy_en")
_ACTS = {"new": Entry.Action.CREATE, "move": Entry.Action.MOVE, "move-out": Entry.Action.CLOSE}
_ACTS["verify"] = Entry.Action.VERIFY
Settled = SetAside.Settled


@dataclass(frozen=True, slots=True)
class Content:
    """A form as it was typed: the address it was for, its fields, what was wrong with it when it arrived, and why it
    was settled as it was."""

    path: str
    form: QueryDict
    refusals: tuple[Refusal, ...]
    doubts: tuple[Refusal, ...]
    reason: str


def keep(
    entry_id: UUID,
    *,
    path: str,
    form: str,
    by: User,
    refusals: Sequence[Refusal],
    doubts: Sequence[Refusal],
    is_conflict: bool,
    record: Record | None,
    grid_code: str,
    made_at: datetime | None,
) -> SetAside:
    """Keeps one form, once: the same entry id again gives the row that is there, whatever has become of it.

    `form`: urlencoded, as it was posted. `record`: only one that `by` may see. Runs inside the caller's
    transaction.atomic(). Raises OutOfScope where the id is another account's.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("set_aside.keep() runs inside the caller's transaction.atomic()")
    locks.hold(entry_id.bytes[8:])
    known = kept(entry_id, by=by)
    if known is not None:
        return known
    now = timezone.now()
    row = SetAside(
        entry_id=entry_id,
        owner=by,
        grid_code=grid_code,
        record=record,
        kind=record.kind if record else _kind(path),
        action=_action(path, QueryDict(form)),
        is_conflict=is_conflict,
        refusals=[[one.field, one.code] for one in (*refusals, *doubts)],
        # a tablet's clock may be ahead of ours
        made_at=min(made_at, now) if made_at else now,
    )
    content = {"path": path, "form": form, "refusals": _said(refusals), "doubts": _said(doubts)}
    row.sealed = sealing.seal_json(content, bound_to=row.bound_to)
    row.save(force_insert=True)
    return row


def kept(entry_id: UUID, *, by: User) -> SetAside | None:
    """The row of an entry id, waiting or settled, None where nothing was set aside. Raises OutOfScope: another's.

    One that went to the next worker with their grid is known to the tablet that sent it, and comes off it.
    """
    row = SetAside.objects.filter(pk=entry_id).first()
    if row is not None and row.owner_id != by.pk and not handover.went(by, row.owner_id):
        raise OutOfScope
    return row


def find(entry_id: UUID, *, by: User) -> SetAside | None:
    """One that still waits, for its owner and for who decides in its grid; anybody else sees none."""
    row = SetAside.objects.filter(pk=entry_id, settled_at=None).select_related("owner", "record").first()
    if row is None or row.owner_id == by.pk:
        return row
    return row if scope.may_decide(by) and scope.allows(by, row.grid_code) else None


def mine(by: User) -> QuerySet[SetAside]:
    """What waits for its owner to mend it, newest first."""
    return _waiting(owner=by, is_conflict=False).order_by("-received_at")


def caused(by: User) -> QuerySet[SetAside]:
    """The owner's own acts that wait for a supervisor, newest first."""
    return _waiting(owner=by, is_conflict=True).order_by("-received_at")


def conflicts(by: User) -> QuerySet[SetAside]:
    """What waits to be decided in the user's areas, longest first."""
    return scope.within(_waiting(is_conflict=True), by).order_by("received_at")


def opened(row: SetAside) -> Content:
    """What is sealed in a row. Raises sealing.Unsealable."""
    content: dict[str, Any] = sealing.unseal_json(row.sealed, bound_to=row.bound_to)
    refusals, doubts = ([Refusal(**one) for one in content[key]] for key in ("refusals", "doubts"))
    return Content(
        content["path"], QueryDict(content["form"]), tuple(refusals), tuple(doubts), content.get("reason", "")
    )


def settle(row: SetAside, by: User, *, settled_as: str = Settled.ENTERED, reason: str = "") -> bool:
    """Ends the waiting, inside the transaction of what ended it; False where somebody else did before.

    What was mended stands in its entry, so the form is forgotten; what was decided otherwise is kept for who asks.
    """
    locked = SetAside.objects.select_for_update().filter(pk=row.pk, settled_at=None).first()
    if locked is None:
        return False
    content = sealing.unseal_json(locked.sealed, bound_to=locked.bound_to) | {"reason": reason}
    if settled_as == Settled.ENTERED:
        content |= {"form": ""}
    locked.sealed = sealing.seal_json(content, bound_to=locked.bound_to)
    locked.settled_at, locked.settled_by, locked.settled_as = timezone.now(), by, settled_as
    locked.save(update_fields=["sealed", "settled_at", "settled_by", "settled_as"])
    note(Act.CONFLICT_DECIDED, by=by.pk, about=f"entry:{row.pk}", settled_as=str(settled_as))
    return True


def _waiting(**which: Any) -> QuerySet[SetAside]:
    return SetAside.objects.filter(settled_at=None, **which)


def _kind(path: str) -> str:
    """What the form of an address is about. Files are asked for of homes alone (dictionary.ATTACHMENTS)."""
    is_housing = "/housing" in path or "/attachments/" in path
    return Record.Kind.HOUSING if is_housing else Record.Kind.RESIDENT


def _action(path: str, form: QueryDict) -> str:
    """The act that the address of a form stands for: /entries/new/<kind>/ or /records/<id>/<act>/."""
    parts = set(path.split("/"))
    for part, action in _ACTS.items():
        if part in parts:
            return action
    return Entry.Action.CHANGE if form.get("act") == Entry.Action.CHANGE else Entry.Action.CORRECT


def _said(refusals: Iterable[Refusal]) -> list[dict[str, str]]:
    return [{word: getattr(one, word) for word in _WORDS} for one in refusals]
