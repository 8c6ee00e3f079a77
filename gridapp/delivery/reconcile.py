"""The nightly comparison: what targets hold against what they should hold, delivery by delivery.

Begun by the clock for every target that can be asked, carried on by its lane whenever nothing else is to be sent or
asked, so that it keeps the target's hours and pace. What is missing there is sent again under its own key; what differs
is sent once more, and a supervisor is asked when it differs again: somebody over there has another opinion.

After a restore from a backup a target may know more than we do. Then the lane sends nothing until the run is through,
nothing is put right unasked, and a target that does not answer is asked until it does.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import (
    Action,
    AlreadyThere,
    Connector,
    Delivered,
    Differs,
    NotYet,
    Outcome,
)

from . import clock, restored
from .claim import Claimed
from .models import Attempt, Reconciliation, Status
from .readback import disagreed, disputed, held
from .rows import NEXT_GENERATION
from .settle import Owned, Settled, settle
from .transitions import Move

REST = 30.0
"""Seconds until a target that did not answer is asked again, where its lane may not send before it has."""
AGAIN_WITHIN = timedelta(days=7)
"""What differs again so soon after it was put right is not put right once more unasked."""


def begin() -> list[int]:
    """Starts a comparison of every live target that can be asked and is not being compared; returns their ids."""
    begun = []
    for one in targets.targets():
        if one.live and one.connector is not None and one.connector.capabilities.can_read_back:
            _, new = Reconciliation.objects.get_or_create(target=one.target, finished_at=None)
            if new:
                begun.append(one.target.pk)
    return begun


def go_on(runner: asyncio.Runner, one: Configured, connector: Connector, keep: Callable[[], bool]) -> bool:
    """Compares the next batch of a comparison that was begun; True when there was one to go on with."""
    if not connector.capabilities.can_read_back:
        return False
    run = Reconciliation.objects.filter(target=one.target, finished_at=None).first()
    if run is None or time.monotonic() < _asked_again_at.get(one.target.pk, 0.0) or not keep():
        return False
    first_of_all = one.target.pk in restored.runs()
    if first_of_all and restored.doubt(one.target.pk, after=run.after):
        return True
    rows = _next(one.target.pk, run.after, limit=connector.capabilities.batch)
    if not rows:
        Reconciliation.objects.filter(pk=run.pk, finished_at=None).update(finished_at=Now())
        return True
    answered = held(runner, one, connector, rows)
    if not answered and first_of_all:
        _asked_again_at[one.target.pk] = time.monotonic() + REST
        return False
    if not answered:  # it is not to be asked today: the next night asks again
        Reconciliation.objects.filter(pk=run.pk, finished_at=None).update(finished_at=Now(), trouble="no_answer")
        return True
    found = _settle(one, answered)
    Reconciliation.objects.filter(pk=run.pk, finished_at=None).update(
        after=rows[-1].id, **{name: F(name) + found[name] for name in _COUNTED}, asked=F("asked") + len(rows)
    )
    return True


_COUNTED = ("agreed", "lost", "differing", "undecided")
_asked_again_at: dict[int, float] = {}


def _settle(one: Configured, answered: Sequence[tuple[Claimed, Outcome]]) -> Counter[str]:
    """Sends again what is lost, puts right or asks about what differs; how many of each."""
    started_at = clock.now()
    found: Counter[str] = Counter()
    settled: list[Settled] = []
    renewed: list[int] = []
    before = _met_lately([row.id for row, _ in answered])
    from_backup = restored.from_before([row.id for row, _ in answered])
    for row, outcome in answered:
        if isinstance(outcome, Delivered | AlreadyThere):
            found["agreed"] += 1
        elif row.id in from_backup and (other := disputed(outcome, held=True)):
            word = "differs" if isinstance(outcome, Differs) else "lost"
            found["differing" if word == "differs" else "lost"] += 1
            settled.append(_settled(row, other, word))
        elif isinstance(outcome, NotYet):
            found["lost"] += 1
            settled.append(_settled(row, Move(Status.WAITING, "lost", holds_nothing=True), "lost"))
            if "lost" in before[row.id]:
                renewed.append(row.id)
        elif isinstance(outcome, Differs):
            found["differing"] += 1
            repairs = "differs" not in before[row.id] and _can_change(one)
            settled.append(_settled(row, _repaired(outcome) if repairs else disagreed(outcome), "differs"))
            if repairs:
                renewed.append(row.id)
        else:
            found["undecided"] += 1
    with transaction.atomic():
        _renew(renewed)
        settle(settled, source=one.target.key, owned=Owned.STANDING, started_at=started_at)
    return found


def _settled(row: Claimed, moved: Move, word: str) -> Settled:
    return Settled(row.id, row.record_id, moved, word, "compare", str(Status.DELIVERED), row.generation)


def _repaired(outcome: Differs) -> Move:
    return Move(Status.WAITING, "differs", fields=outcome.fields, reference=outcome.reference, holds_other=True)


def _can_change(one: Configured) -> bool:
    return any(Action.CHANGE in layout.actions for layout in one.profile.layouts.values())


def _met_lately(delivery_ids: Sequence[int]) -> Mapping[int, set[str]]:
    """Delivery id -> how it was found to be otherwise in the last week."""
    since = Now() - AGAIN_WITHIN
    tries = Attempt.objects.filter(delivery__in=delivery_ids, action="compare", started_at__gt=since)
    met: dict[int, set[str]] = {delivery_id: set() for delivery_id in delivery_ids}
    for delivery_id, word in tries.values_list("delivery_id", "outcome"):
        met[delivery_id].add(word)
    return met


def _renew(delivery_ids: Sequence[int]) -> None:
    """A new key for the same content: under the old one the target might say that it has it already."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE delivery_delivery SET generation = {NEXT_GENERATION} "  # noqa: S608 - our own words
            "WHERE id = ANY(%s) AND status = 'delivered' AND sent_generation = generation",
            [list(delivery_ids)],
        )


def _next(target_id: int, after: int, *, limit: int) -> list[Claimed]:
    """What should be there as it is wanted now, in the order of its ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, record_id, sent_version, sent_digest, sent_generation, held_digest, reference, attempts, FALSE
            FROM delivery_delivery
            WHERE target_id = %s AND id > %s AND status = 'delivered' AND held_digest IS NOT NULL
                AND held_digest = wanted_digest AND sent_digest = held_digest
            ORDER BY id LIMIT %s
            """,
            [target_id, after, limit],
        )
        return [Claimed(*row) for row in cursor.fetchall()]
