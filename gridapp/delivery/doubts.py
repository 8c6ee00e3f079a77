"""Deliveries of which nobody knows whether they arrived, at targets that cannot be asked: a person decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db.models import QuerySet

from gridapp.catalogue import officers
from gridapp.catalogue.targets import Configured
from gridapp.contract import Delivered
from gridapp.org.models import User

from . import clock, concerned, wake
from .byhand import action_sent
from .models import Delivery, Status
from .settle import Owned, Settled, settle
from .transitions import Move, move


def undecided(by: User) -> QuerySet[Delivery]:
    """The doubts of somebody's areas that only a person can end, oldest first, each with record and target."""
    mute = [one.target.pk for one in officers.seen_by(by) if not _can_be_asked(one)]
    rows = concerned.moves(by).filter(status=Status.UNCERTAIN, target__in=mute)
    return rows.select_related("record__building", "target").order_by("changed_at", "pk")


def arrived(row: Delivery, *, reference: str, generation: int, by: User) -> bool:
    """A person has seen it at the target. `generation`: of what was sent, as the person saw it.

    False where the doubt is over: the department has said something, or somebody else has.
    """
    held = replace(move(Delivered(reference), attempts=row.attempts, resend_safe=True), code="said")
    return _decide(row, held, "delivered", generation, by)


def not_there(row: Delivery, *, generation: int, by: User) -> bool:
    """A person has looked and not found it: it is sent again at once. As `arrived` otherwise."""
    again = Move(Status.WAITING, "not_there", wait=timedelta(0), counts=False)
    return _decide(row, again, "notthere", generation, by)


def _decide(row: Delivery, moved: Move, word: str, generation: int, by: User) -> bool:
    settled = Settled(row.pk, row.record_id, moved, word, action_sent(row), str(Status.UNCERTAIN), generation)
    started_at = clock.now()
    done = settle([settled], source=row.target.key, owned=Owned.STANDING, started_at=started_at, by=by.pk)
    if done:
        wake.after_commit([row.target_id])
    return bool(done)


def _can_be_asked(one: Configured) -> bool:
    return one.connector is not None and one.connector.capabilities.can_read_back
