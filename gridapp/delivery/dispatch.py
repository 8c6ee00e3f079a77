"""Sending one claimed batch: parcels from the records as they are now, the connector's answer, the next move of each.

Nothing here touches the database while the target is called; settle comes next.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import compress
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseProblem
from django.utils import timezone

from gridapp.catalogue import recoding, targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import (
    AlreadyThere,
    Attachment,
    Connector,
    Kind,
    Misconfigured,
    Outcome,
    Parcel,
    Unavailable,
    View,
)
from gridapp.registry.attachments import fetch

from . import disclosure_fields
from .breaker import BROKEN, OPENS_AFTER, Turn
from .claim import Claimed
from .loading import Made, newest
from .models import Status
from .settle import Settled
from .transitions import Move, asked, broken, holding_other, in_doubt, move, pause, refused, untaken
from .views import views
from .wishes import Others, key_of, wish

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a call. `trouble`: a lane-type failure, with what the target asked for in `rest` (seconds)."""

    settled: list[Settled]
    trouble: bool = False
    stop: str = ""
    rest: float | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What goes out, row by row, and the rows that cannot even be opened.

    `outdated`: ids of rows entered before the moment asked about that would be planned otherwise today.
    """

    batch: list[Parcel]
    claimed: list[Claimed]
    unreadable: list[Settled]
    outdated: frozenset[int] = frozenset()


def prepare(
    claimed: Sequence[Claimed],
    one: Configured,
    *,
    on: date,
    judges_before: datetime | None = None,
    goes_out: bool = True,
) -> Prepared:
    """The parcels of a claim. A record that does not open is parked by itself and never stops the others.

    `judges_before`: what was entered before then is looked at whether it is still wanted as it is. `goes_out`: False
    for who only looks. Raises django.db.Error: a database that stumbles is no record's fault.
    """
    try:
        batch, outdated = _parcels(claimed, one, on=on, judges_before=judges_before)
        return Prepared(batch, disclosure_fields.marked(claimed, batch, keeps=goes_out), [], outdated)
    except DatabaseProblem:
        raise
    except Exception as error:
        logger.error("%s: a record of the batch does not open: %s", one.target.key, trace(error))
    prepared, outdated = Prepared([], [], []), frozenset()
    for row in claimed:
        try:
            batch, old = _parcels([row], one, on=on, judges_before=judges_before)
            prepared.claimed.extend(disclosure_fields.marked([row], batch, keeps=goes_out))
            prepared.batch.extend(batch)
            outdated |= old
        except DatabaseProblem:
            raise
        except Exception as error:  # whatever is wrong with it, it is this record's
            prepared.unreadable.extend(_settled([row], [refused("unreadable", type(error).__name__)], "broken"))
    return replace(prepared, outdated=outdated)


def without(prepared: Prepared, ids: Collection[int]) -> Prepared:
    """The same batch without these deliveries."""
    if not ids:
        return prepared
    stays = [row.id not in ids for row in prepared.claimed]
    return replace(
        prepared, batch=list(compress(prepared.batch, stays)), claimed=list(compress(prepared.claimed, stays))
    )


def _parcels(
    claimed: Sequence[Claimed], one: Configured, *, on: date, judges_before: datetime | None
) -> tuple[list[Parcel], frozenset[int]]:
    loaded = newest([row.record_id for row in claimed])
    known = views([made.record for made in loaded.values()], on=on)
    contents = _contents(one, known)
    codes = recoding.sent(one.changes)
    wrapped: list[Parcel] = []
    outdated: list[int] = []
    others = Others.of({other.target.key: other.profile for other in targets.targets()})
    for row in claimed:
        made = loaded[row.record_id]
        kind = Kind(made.record.kind)
        layout = one.profile.layouts[kind]
        there = contents.get(row.record_id, {})
        wrapped.append(
            Parcel(
                key=key_of(row.id, row.generation),
                kind=kind,
                action=row.action,
                fields=layout.minimum(recoding.told(known[row.record_id], codes)),
                worker=made.worker,
                made_at=made.at,
                reference=row.reference,
                attachments={name: there[name] for name in layout.attachments if name in there},
            )
        )
        if (
            judges_before is not None
            and made.at < judges_before
            and not _still_wanted(row, made, known[row.record_id], one, others)
        ):
            outdated.append(row.id)
    return wrapped, frozenset(outdated)


def _still_wanted(row: Claimed, made: Made, view: View, one: Configured, others: Others) -> bool:
    """Whether a plan of today would want the same there, with nothing in its way."""
    ended = made.record.closed_at is not None
    view = recoding.told(view, recoding.planned(one.changes, timezone.now()))
    wanted = wish(view, Kind(made.record.kind), one.profile, others, ended=ended)
    return wanted is not None and wanted.digest == row.digest and wanted.block is None


def _contents(one: Configured, known: Mapping[UUID, View]) -> Mapping[UUID, Mapping[str, Attachment]]:
    """Record id -> the attachments that the target declares and the record has; no statement where there are none."""
    declared = frozenset().union(*(layout.attachments for layout in one.profile.layouts.values()))
    having = [record_id for record_id, view in known.items() if not declared.isdisjoint(view)] if declared else []
    return fetch(having, declared) if having else {}


def send(runner: asyncio.Runner, connector: Connector, prepared: Prepared, turn: Turn) -> Answered:
    """Calls the target within its deadline and judges the answer. Never raises for what a target does."""
    answered = _send(runner, connector, prepared.batch, prepared.claimed, turn) if prepared.batch else Answered([])
    return replace(answered, settled=answered.settled + prepared.unreadable)


def _send(
    runner: asyncio.Runner, connector: Connector, batch: Sequence[Parcel], claimed: Sequence[Claimed], turn: Turn
) -> Answered:
    limit, began = connector.capabilities.deadline, time.monotonic()
    try:
        outcomes = runner.run(_within(connector, batch, limit))
    except Misconfigured as error:
        moves = [untaken(str(error), wait=timedelta(seconds=settings.BREAKER_LONGEST))] * len(claimed)
        moves[0] = replace(moves[0], evidence=error.evidence)  # what was seen when it stopped, for the operator
        return Answered(_settled(claimed, moves, "misconfigured"), trouble=True, stop=str(error))
    except Unavailable as error:
        return _unavailable(error, connector, claimed, turn)
    except TimeoutError:
        late = Unavailable(f"no answer within {limit:.0f} s", maybe_sent=True)
        return _unavailable(late, connector, claimed, turn)
    except Exception as error:
        logger.error("%s: the connector broke: %s", connector.profile.key, trace(error))
        return _broken(runner, connector, batch, claimed, turn, until=began + limit)
    return Answered(_judged(outcomes, connector, claimed))


def trace(error: BaseException) -> str:
    """What broke and where, without the exception's text: that may quote a resident's value."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join([type(error).__name__, *(f"{Path(one.filename).name}:{one.lineno}" for one in frames[-4:][::-1])])


async def _within(connector: Connector, batch: Sequence[Parcel], limit: float) -> Sequence[Outcome]:
    async with asyncio.timeout(limit):
        outcomes = await connector.send(batch)
    if len(outcomes) != len(batch):
        raise ValueError(f"{len(outcomes)} outcomes for {len(batch)} parcels")
    if not all(isinstance(outcome, Outcome) for outcome in outcomes):
        raise TypeError("an answer that is no outcome")
    return outcomes


def _judged(outcomes: Sequence[Outcome], connector: Connector, claimed: Sequence[Claimed]) -> list[Settled]:
    safe = connector.capabilities.resend_safe
    moves = [
        holding_other(outcome)
        if isinstance(outcome, AlreadyThere) and row.may_be_older_there
        else move(outcome, attempts=row.attempts, resend_safe=safe)
        for outcome, row in zip(outcomes, claimed, strict=True)
    ]
    names = [type(outcome).__name__.lower() for outcome in outcomes]
    return [
        Settled(row.id, row.record_id, moved, name, row.action, told=row.told)
        for row, moved, name in zip(claimed, moves, names, strict=True)
    ]


def _settled(claimed: Sequence[Claimed], moves: Sequence[Move], outcome: str) -> list[Settled]:
    return [
        Settled(row.id, row.record_id, moved, outcome, row.action, told=row.told)
        for row, moved in zip(claimed, moves, strict=True)
    ]


def _unavailable(error: Unavailable, connector: Connector, claimed: Sequence[Claimed], turn: Turn) -> Answered:
    """While the lane had a success in the last two minutes a failure is the record's, otherwise it is the lane's."""
    soon = asked(error.retry_after if error.retry_after is not None else 1)
    if not error.maybe_sent:
        moved = untaken(error.reason, wait=soon)
        moves = [moved if error.reached else replace(moved, code="unreached")] * len(claimed)
    else:
        safe = connector.capabilities.resend_safe
        moves = [in_doubt(error.reason, attempts=row.attempts, resend_safe=safe) for row in claimed]
        if safe and not turn.recently_well:
            doubtful = Move(moves[0].status, "unavailable", error.reason, wait=soon, keeps_doubt=True, counts=False)
            moves = [doubtful] * len(claimed)
    return Answered(
        _settled(claimed, moves, "unavailable"),
        trouble=True,
        rest=None if error.retry_after is None else soon.total_seconds(),
    )


def _broken(
    runner: asyncio.Runner,
    connector: Connector,
    batch: Sequence[Parcel],
    claimed: Sequence[Claimed],
    turn: Turn,
    *,
    until: float,
) -> Answered:
    """Our own bug: each record once more by itself where that is safe, so that one bad record does not stop the lane.

    `until` (monotonic): after it nothing more is sent, so that the claim outlives every call.
    """
    safe = connector.capabilities.resend_safe
    unsure = [in_doubt("connector", attempts=row.attempts, resend_safe=safe) for row in claimed]
    if not safe:  # nobody knows which of them it was: not one batch more
        return Answered(_settled(claimed, unsure, "broken"), trouble=True, stop=BROKEN)
    settled: list[Settled] = []
    good = 0
    for parcel, row, doubt in zip(batch, claimed, unsure, strict=True):
        if time.monotonic() >= until:
            settled += _settled([row], [doubt], "broken")
            continue
        try:
            outcome = runner.run(_within(connector, [parcel], until - time.monotonic()))
            settled += _judged(outcome, connector, [row])
            good += 1
        except (Unavailable, Misconfigured, TimeoutError):  # the target's trouble, met on the way
            settled += _settled([row], [doubt], "broken")
        except Exception as error:  # whatever it is, it is this record's: parked for the operator, the others go on
            settled += _settled([row], [broken(type(error).__name__)], "broken")
    return Answered(settled) if good else _all_broken(settled, claimed, turn)


def _all_broken(settled: list[Settled], claimed: Sequence[Claimed], turn: Turn) -> Answered:
    """Not one of them went through. Several: the code is wrong, burn none; some may have arrived before it broke.

    One alone is at fault itself while others went through lately, and after some tries; else it waits as well.
    """
    if len(claimed) > 1:
        waits = Move(Status.WAITING, "unavailable", BROKEN, wait=pause(1), keeps_doubt=True, counts=False)
        return Answered(_settled(claimed, [waits] * len(claimed), "broken"), trouble=True, stop=BROKEN)
    if turn.recently_well or claimed[0].attempts >= OPENS_AFTER:
        return Answered(settled, trouble=True)
    waits = Move(Status.WAITING, "unavailable", BROKEN, wait=pause(claimed[0].attempts), keeps_doubt=True)
    stop = BROKEN if turn.failures + 1 >= OPENS_AFTER else ""
    return Answered(_settled(claimed, [waits], "broken"), trouble=True, stop=stop)
