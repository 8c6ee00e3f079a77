"""Rows of ledgers become entries, part by part, behind everybody who enters something at a door.

A part, what became of it and that it is done are one transaction: whatever is killed goes on where it was, and nothing
is entered twice, for a part goes with its entries, whose ids follow from the ledger and the row besides.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from gridapp.dictionary import Refusal
from gridapp.org.models import User
from gridapp.registry import ledgers
from gridapp.registry.ledgers_entering import Became, Came, broken, decided, take_all
from gridapp.registry.ledgers_places import Places
from gridapp.registry.ledgers_reading import Line
from gridapp.registry.ledgers_values import Row
from gridapp.registry.models import Ledger, LedgerPart, LedgerRow, Record
from gridapp.registry.refusals import OutOfScope, Refused, SameIdOtherContent, refusal

from . import wake
from .models import Rank
from .retrying import after_deadlock
from .submit import planned, submit

logger = logging.getLogger(__name__)

REST = 0.15
"""Part of the time of each step that is rested after it: whoever enters something at a door has it meanwhile."""
_Whose = dict[UUID, tuple[User, Places]]
_Answer = LedgerRow.Answer


def due() -> bool:
    """Whether there is a ledger to carry on, or a decision on many rows."""
    return Ledger.objects.filter(stage=Ledger.Stage.RUNNING).exists() or _answered().exists()


def go_on(seconds: float) -> int:
    """Carries on for so long; steps made. Stops early when nothing is left, or all of it is in other hands."""
    until, made = time.monotonic() + seconds, 0
    whose: _Whose = {}
    steps: list[Callable[[], bool]] = [lambda: _part(whose), _carry_out]
    while steps and (began := time.monotonic()) < until and not wake.stopping():
        steps = [step for step in steps if step()]
        made += bool(steps)
        time.sleep(REST * (time.monotonic() - began))
    return made


@after_deadlock
def decide(row: LedgerRow, answer: str, *, by: User) -> tuple[Refusal, ...]:
    """Takes over what the row says, or keeps what the record says; the row goes. Otherwise why it could not be.

    A row that somebody else has decided meanwhile is left alone.
    """
    try:
        with transaction.atomic():
            locked = LedgerRow.objects.select_for_update(no_key=True).filter(pk=row.pk).first()
            if locked is None or locked.record_id is None:
                return ()
            if answer == _Answer.TAKEN:
                record = Record.objects.get(pk=locked.record_id)
                submit(decided(locked, ledgers.content(locked), record), by=by)
            Ledger.objects.filter(pk=locked.ledger_id).update(**{answer: F(answer) + 1})
            locked.delete()
    except Refused as refused:
        return refused.refusals
    except (OutOfScope, SameIdOtherContent):
        return (refusal("record", "other_grid"),)
    logger.info("user %s decided row %d of ledger %s: %s", by.pk, row.number, row.ledger_id, answer)
    return ()


def decide_all(ledger: Ledger, answer: str, *, by: User) -> int:
    """Has all rows that differ decided in one way, by a task; how many they are.

    Whoever may be somebody else is told apart one by one.
    """
    rows = LedgerRow.objects.filter(ledger=ledger, why=LedgerRow.Why.DIFFERS, answer="")
    return rows.update(answer=answer, answered_by=by)


@after_deadlock
def _part(whose: _Whose) -> bool:
    """Enters the next part of the ledger that was begun first; False where there is none to be had."""
    with transaction.atomic():
        running = Ledger.objects.filter(stage=Ledger.Stage.RUNNING).order_by("started_at", "pk")
        ledger = running.select_for_update(no_key=True, skip_locked=True).first()
        if ledger is None:
            return False
        part = LedgerPart.objects.filter(ledger=ledger).order_by("number").first()
        if part is None:
            Ledger.objects.filter(pk=ledger.pk).update(stage=Ledger.Stage.DONE, finished_at=timezone.now())
            return True
        by, places = whose.get(ledger.pk) or (ledger.owner, Places(ledger.owner, ledger.grid_code))
        whose[ledger.pk] = by, places
        _count(ledger, _entered(ledger, ledgers.opened(part), places, by))
        LedgerPart.objects.filter(pk=part.pk).delete()
    return True


def _entered(ledger: Ledger, rows: Sequence[Line], places: Places, by: User) -> list[Came]:
    """Enters and plans some rows together; where that breaks, each alone, so that one of them is one row."""
    try:
        with transaction.atomic():
            came = take_all(ledger, rows, places, by=by)
            planned([one.entered for one in came if one.entered], rank=Rank.BACKLOG)
            return came
    except (OperationalError, InterfaceError):
        raise  # the database ended it, or went away: the whole part is done again
    except Exception as error:
        (number, cells), *others = rows
        logger.error("row %d of ledger %s broke: %s", number, ledger.pk, type(error).__name__)
        if not others:
            return [Came(Row(number, cells), Became.WRONG, refusals=(broken(),))]
        return [one for row in rows for one in _entered(ledger, [row], places, by)]


def _count(ledger: Ledger, came: Sequence[Came]) -> None:
    ledgers.keep_aside(ledger, [one for one in came if one.became in (Became.ASIDE, Became.WRONG)])
    counts = Counter(str(one.became) for one in came)
    more = {name: F(name) + number for name, number in counts.items()}
    Ledger.objects.filter(pk=ledger.pk).update(done=F("done") + len(came), **more)


def _carry_out() -> bool:
    """Decides the next row that was decided along with many; False where there is none."""
    row = _answered().order_by("ledger_id", "number").select_related("answered_by", "ledger").first()
    if row is None or row.answered_by is None:
        return False
    if decide(row, row.answer, by=row.answered_by):
        # What is refused waits for a person again, who is told why.
        LedgerRow.objects.filter(pk=row.pk).update(answer="", answered_by=None)
    return True


def _answered() -> QuerySet[LedgerRow]:
    return LedgerRow.objects.exclude(answer="")
