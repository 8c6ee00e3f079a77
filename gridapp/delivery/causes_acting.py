"""Doing one thing to everything that waits for one cause: asked for once, carried on slice by slice, filed one by one.

A slice and how far it has come are one transaction: whatever is killed goes on where it was, and two at once do nothing
twice. For some seconds it can be taken back whole; later the rest is left as it is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error as DatabaseProblem
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from kombu.exceptions import OperationalError

from gridapp import sealing
from gridapp.audit.acts import Act as Audited
from gridapp.audit.noting import note as audited
from gridapp.catalogue import recoding, targets
from gridapp.catalogue.targets import Configured
from gridapp.org import scope
from gridapp.org.models import User

from . import causes_ways, clock, gates, operating, wake
from .causes import Act, Cause, area_of, may_do
from .dispatch import trace
from .models import CauseAct, Delivery
from .operating import Done
from .retrying import after_deadlock

logger = logging.getLogger(__name__)

SLICE = 200
"""Deliveries of one transaction."""
GRACE = timedelta(seconds=10)
"""So long after it was asked for it can be taken back."""
SKEW = timedelta(seconds=2)
LISTED = 10
Way = Callable[[CauseAct, Configured, QuerySet[Delivery]], Done]
_WAYS: Mapping[str, Way] = {
    Act.RETRY: causes_ways.retry,
    Act.RECODE: causes_ways.recode,
    Act.BACK: causes_ways.back,
    Act.ARRIVED: causes_ways.arrived,
    Act.NOT_THERE: causes_ways.not_there,
    Act.CANCEL: causes_ways.cancel,
}


def ask(cause: Cause, act: Act, *, by: User, reason: str = "") -> CauseAct | None:
    """Has it done from `begins_at` on; None where something is being done to this cause already."""
    row = _new(cause, act, by)
    row.sealed = sealing.seal(reason.encode(), bound_to=row.bound_to) if reason else b""
    return _begun(row, list)


def recode(
    cause: Cause, one: Configured, becomes: Mapping[tuple[str, str], str], *, by: User, resumes: bool
) -> CauseAct | None:
    """The target is told other codes from now on, (their field, our code) -> theirs, and all of the cause goes again.

    `resumes`: where the target was paused for rejecting too much, that ends too. As `ask` otherwise: nothing changes
    where it returns None.
    """
    row = _new(cause, Act.RECODE, by, wait=max(GRACE, recoding.planned_after() + SKEW))
    row.resumes = resumes and one.target.paused_why == gates.REJECTIONS
    return _begun(row, lambda: [each.pk for each in recoding.change(one.target, cause.field, becomes, by=by)])


def take_back(act_id: int, *, by: User) -> CauseAct | None:
    """Ends it: whole where nothing was done yet, else what is left. None where it is over or not of their areas."""
    with transaction.atomic():
        row = seen_by(by).select_for_update(of=("self",)).filter(pk=act_id, finished_at=None).first()
        if row is None:
            return None
        now = clock.now()
        if now < row.asked_at + recoding.sent_after():
            # Later they have gone out so: taking them back is another change.
            recoding.end(row.target_id, row.changes, by=by)
        row.finished_at, row.stopped_by = now, by
        row.save(update_fields=["finished_at", "stopped_by"])
        audited(Audited.CAUSE_ACTED, by=by.pk, about=f"cause:{row.pk}", did="taken_back", done=row.done)
    return row


def seen_by(by: User) -> QuerySet[CauseAct]:
    """What was asked for in somebody's areas."""
    return scope.within(CauseAct.objects.all(), by, "area_code")


def acts(cause: Cause, by: User) -> list[CauseAct]:
    """What was asked for of one cause, newest first. One statement."""
    return list(seen_by(by).filter(**cause.columns).select_related("by", "stopped_by").order_by("-pk")[:LISTED])


def under_way(by: User) -> list[CauseAct]:
    """What is being carried on in somebody's areas, newest first. One statement."""
    return list(seen_by(by).filter(finished_at=None).select_related("by", "target").order_by("-pk")[:LISTED])


def due() -> bool:
    """Whether there is something to carry on."""
    return CauseAct.objects.filter(finished_at=None, begins_at__lte=clock.now()).exists()


def go_on(seconds: float) -> int:
    """Carries on slices for so long; how many. Stops when nothing is left or somebody else is at all of it."""
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until and not wake.stopping() and _slice():
        done += 1
    return done


def _slice() -> bool:
    """The next slice of the oldest act. One that breaks is ended, so that it never stands in the way of the others."""
    try:
        return _carry()
    except _Broken as broken:
        logger.error("act %s on a cause is ended: %s", broken.act_id, trace(broken.__cause__ or broken))
        CauseAct.objects.filter(pk=broken.act_id, finished_at=None).update(finished_at=clock.now())
        return True


class _Broken(Exception):
    """What was to be done to a slice raised; nothing of the slice is written."""

    def __init__(self, act_id: int) -> None:
        super().__init__(act_id)
        self.act_id = act_id


@after_deadlock
def _carry() -> bool:
    with transaction.atomic():
        waiting = CauseAct.objects.filter(finished_at=None, begins_at__lte=clock.now()).select_related("by")
        row = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
        if row is None:
            return False
        one, by = targets.target(row.target_id), row.by
        ids = _next(row) if one is not None and may_do(row.act, by) else []
        done = Done()
        if one is not None and ids:
            done = _done(row, one, ids)
        _come(row, ids, done, one)
    return True


def _done(row: CauseAct, one: Configured, ids: Sequence[int]) -> Done:
    try:
        return _WAYS[row.act](row, one, _rows(row).filter(pk__in=ids))
    except DatabaseProblem:
        raise
    except Exception as error:
        raise _Broken(row.pk) from error


def _rows(row: CauseAct) -> QuerySet[Delivery]:
    """What is meant: what has failed again since it began is another round."""
    cause = Cause(row.target_id, row.status, row.code, row.field)
    return cause.rows(row.by).filter(changed_at__lte=row.begins_at)


def _next(row: CauseAct) -> list[int]:
    return list(_rows(row).filter(pk__gt=row.after).order_by("pk").values_list("pk", flat=True)[:SLICE])


def _come(row: CauseAct, ids: Sequence[int], done: Done, one: Configured | None) -> None:
    """Writes down how far it has come; the last slice ends it."""
    over: datetime | None = clock.now() if len(ids) < SLICE else None
    CauseAct.objects.filter(pk=row.pk).update(
        after=ids[-1] if ids else row.after,
        done=F("done") + done.changed,
        doubtful=F("doubtful") + done.doubtful,
        finished_at=over,
    )
    if over and row.resumes and one is not None and scope.may_renumber(row.by):
        operating.resume(one.target, row.by)


def _new(cause: Cause, act: Act, by: User, wait: timedelta | None = None) -> CauseAct:
    begins_at = clock.now() + (GRACE if wait is None else wait)
    total = cause.rows(by).count()
    return CauseAct(**cause.columns, act=act, by=by, area_code=area_of(by), begins_at=begins_at, total=total)


def _begun(row: CauseAct, change: Callable[[], list[int]]) -> CauseAct | None:
    """Writes it, and the changes of codes that it goes by with it."""
    try:
        with transaction.atomic():
            row.changes = change()
            row.save(force_insert=True)
            by = row.by.pk if row.by else None
            audited(Audited.CAUSE_ACTED, by=by, about=f"cause:{row.pk}", did=str(row.act), deliveries=row.total)
    except IntegrityError:
        return None
    _have_carried(row)
    return row


def _have_carried(row: CauseAct) -> None:
    """A hint; losing it costs the seconds until the clock looks."""
    from .tasks import carry_causes  # the task carries acts on, and acts begin it: one of the two looks the other up

    def begin() -> None:
        try:
            carry_causes.apply_async((settings.LANE_SLICE,), retry=False, countdown=max(0.0, wait), ignore_result=True)
        except OperationalError:
            logger.warning("the broker is away; the sweeper carries on what was asked for")

    wait = (row.begins_at - clock.now()).total_seconds()
    transaction.on_commit(begin, robust=True)
