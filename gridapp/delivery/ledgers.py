"""Rows of ledgers become entries, part by part, behind everybody who enters something at a door.

A part, what became of it and that it is done are one transaction: whatever is killed goes on where it was, and nothing
is entered twice, for a part goes with its entries, whose ids follow from the ledger and the row besides.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

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
_RUNNING = Ledger.Stage.RUNNING
_hand = threading.Lock()


def due() -> bool:
    """Whether there is a ledger to read or to carry on, or a decision on many rows."""
    return Ledger.objects.filter(stage__in=(Ledger.Stage.READING, _RUNNING)).exists() or _answered().exists()


def soon() -> None:
    """Has somebody begin with what is due once it is written. Losing that costs seconds: the clock looks anyway."""
    transaction.on_commit(_hint, robust=True)


def _hint() -> None:
    from .tasks import carry_ledgers  # the task carries on, and this begins it: one looks the other up late

    try:
        carry_ledgers.apply_async((settings.SWEEP_EVERY,), retry=False, ignore_result=True)
    except BrokerAway:
        logger.warning("the broker is away; the clock begins with the ledger")


def go_on(seconds: float) -> int:
    """Carries on for so long; steps made. Stops early when nothing is left, or all of it is in other hands.

    One at a time in a process, whose lanes want its core too; other processes help.
    """
    if not _hand.acquire(blocking=False):
        return 0
    try:
        return _carried(seconds)
    finally:
        _hand.release()


def _carried(seconds: float) -> int:
    until, made = time.monotonic() + seconds, 0
    whose: _Whose = {}
    steps: list[Callable[[], bool]] = [ledgers.read_next, lambda: _part(whose), _carry_out]
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


def _part(whose: _Whose) -> bool:
    """Enters the next part of the ledgers under way, the first begun first; False where there is none to be had."""
    running = Ledger.objects.filter(stage=_RUNNING).order_by("started_at", "pk").values_list("pk", flat=True)
    return any(_next_of(ledger_id, whose) or _finished(ledger_id) for ledger_id in running)


@after_deadlock
def _next_of(ledger_id: UUID, whose: _Whose) -> bool:
    """Enters the next part that is in nobody's hands: several workers take a ledger part by part."""
    with transaction.atomic():
        parts = LedgerPart.objects.filter(ledger=ledger_id, ledger__stage=_RUNNING).order_by("number")
        part = parts.select_for_update(skip_locked=True, of=("self",)).select_related("ledger__owner").first()
        if part is None:
            return False
        ledger = part.ledger
        by, places = whose.get(ledger.pk) or (ledger.owner, Places(ledger.owner, ledger.grid_code))
        whose[ledger.pk] = by, places
        came = _entered(ledger, ledgers.opened(part), places, by)
        ledgers.keep_aside(ledger, [one for one in came if one.became in (Became.ASIDE, Became.WRONG)])
        LedgerPart.objects.filter(pk=part.pk).delete()
        _count(ledger, came)  # last: whoever has another part waits for this row only while we commit
    return True


def _finished(ledger_id: UUID) -> bool:
    """Whether it is over: a part in somebody's hands is still there for everybody else."""
    left = LedgerPart.objects.filter(ledger=ledger_id)
    running = Ledger.objects.filter(~Exists(left), pk=ledger_id, stage=_RUNNING)
    return bool(running.update(stage=Ledger.Stage.DONE, finished_at=timezone.now()))


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
