"""Grids drawn anew: buildings go to another grid and their records follow, planned anew, slice by slice by a task.

Departments that carry the grid are told; nobody enters anything again. A slice and how far it has come are one
transaction: whatever is killed goes on where it was, and two at once do nothing twice. The same run plans the records
of grids whose codes in other systems changed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.org import areas, scope
from gridapp.org.areas import Unfit
from gridapp.org.models import Area, Redrawing, RedrawnPart, User
from gridapp.registry import buildings, regridding
from gridapp.registry.models import Building

from . import wake
from .models import Rank
from .plan import plan
from .retrying import after_deadlock

logger = logging.getLogger(__name__)

FLATS = 40
"""Flats in one transaction, with whoever lives there: some two thousand deliveries, well under a second or two."""
RECORDS = 200
Kind = Redrawing.Kind


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    run: Redrawing
    parts: int
    done: int
    records: int


def begin_move(codes: Collection[str], to_code: str, *, by: User, why: str = "", closes: bool = False) -> Redrawing:
    """Buildings of one grid go to another; with `closes` all of them, and the grid is closed when it is empty.

    Raises Unfit; then nothing has changed.
    """
    with transaction.atomic():
        rows = list(Building.objects.select_for_update(no_key=True).filter(pk__in=codes).order_by("pk"))
        _may_go(rows, codes, to_code, by, closes)
        from_code = rows[0].grid_code
        run = Redrawing.objects.create(
            kind=Kind.MOVED,
            area_code=areas.common([from_code, to_code]),
            closes=from_code if closes else "",
            why=why[:200],
            by=by,
        )
        parts = [RedrawnPart(redrawing=run, building_code=row.pk, from_code=from_code, to_code=to_code) for row in rows]
        try:
            with transaction.atomic():
                RedrawnPart.objects.bulk_create(parts)
        except IntegrityError as error:
            raise Unfit(_("其中有楼栋正在调整，请等它完成")) from error
        note(Act.AREA_REDRAWN, by=by.pk, about=f"area:{to_code}", redrawing=run.pk, buildings=len(rows), closes=closes)
    return run


def begin_planning(grid_codes: Collection[str], *, by: User, why: str = "") -> Redrawing | None:
    """The records of grids whose codes changed are planned anew; None where there is none."""
    if not grid_codes:
        return None
    with transaction.atomic():
        run = Redrawing.objects.create(kind=Kind.MAPPED, area_code=areas.common(grid_codes), why=why[:200], by=by)
        RedrawnPart.objects.bulk_create(
            [RedrawnPart(redrawing=run, from_code=code, to_code=code) for code in sorted(grid_codes)], batch_size=500
        )
        note(Act.AREA_REDRAWN, by=by.pk, about=f"area:{run.area_code}", redrawing=run.pk, grids=len(grid_codes))
    return run


def seen_by(user: User) -> QuerySet[Redrawing]:
    """The runs of the areas that somebody oversees, and their own, newest first."""
    rows = Redrawing.objects.select_related("by").order_by("-id")
    return rows.filter(scope.condition(user, "area_code") | Q(by=user))


def progress(runs: Collection[Redrawing]) -> list[Progress]:
    """How far these have come. One statement."""
    rows = RedrawnPart.objects.filter(redrawing__in=runs).values_list("redrawing_id").order_by()
    found = {row[0]: row[1:] for row in rows.annotate(Count("pk"), Count("done_at"), Sum("records"))}
    return [Progress(run, *found.get(run.pk, (0, 0, 0))) for run in runs]


def due() -> bool:
    """Whether there is something to carry on."""
    return _open().exists()


def go_on(seconds: float) -> int:
    """Carries slices for so long; the records seen. Rests as long as each took, as a back-fill does."""
    until, seen = time.monotonic() + seconds, 0
    while (began := time.monotonic()) < until and not wake.stopping():
        done = _slice()
        if done is None:
            break
        seen += done
        ended = time.monotonic()
        time.sleep(max(0.0, min(ended - began, until - ended)))
    return seen


def _open() -> QuerySet[RedrawnPart]:
    """What is to be carried: of changed codes only once no process remembers the old ones."""
    forgotten = timezone.now() - timedelta(seconds=settings.MAPPING_KEPT)
    ready = Q(redrawing__kind=Kind.MOVED) | Q(redrawing__made_at__lte=forgotten)
    return RedrawnPart.objects.filter(ready, done_at=None).order_by("pk")


@after_deadlock
def _slice() -> int | None:
    """The next records of the first part that nobody has in hand; how many, None where there is none."""
    with transaction.atomic():
        part = _open().select_for_update(of=("self",), skip_locked=True).select_related("redrawing__by").first()
        if part is None:
            return None
        ids = _moved(part) if part.building_code else regridding.of_grid(part.from_code, part.after, RECORDS)
        if ids:
            wake.after_commit(plan(ids, rank=Rank.BACKLOG).due)
            part.after, part.records = ids[-1], part.records + len(ids)
        else:
            part.done_at = timezone.now()
        part.save(update_fields=["after", "records", "done_at"])
        if part.done_at:
            _finish(part.redrawing)
        return len(ids)


def _moved(part: RedrawnPart) -> list[UUID]:
    regridding.move_building(part.building_code, part.to_code)
    return regridding.take_along(part.building_code, part.to_code, FLATS)


def _finish(run: Redrawing) -> None:
    """The last part ends the run. A grid in which something was entered meanwhile is not closed: the page says so."""
    locked = Redrawing.objects.select_for_update().select_related(None).get(pk=run.pk)
    if locked.finished_at is not None or RedrawnPart.objects.filter(redrawing=run, done_at=None).exists():
        return
    if run.closes and regridding.is_empty(run.closes):
        try:
            areas.close(run.closes, by=run.by, why=run.why)
        except Unfit:  # whoever began it may no more: the grid stays open, and the page says so
            logger.warning("redrawing %s: its grid was not closed", run.pk)
    Redrawing.objects.filter(pk=run.pk).update(finished_at=timezone.now())


def _may_go(rows: list[Building], codes: Collection[str], to_code: str, by: User, closes: bool) -> None:
    """Raises Unfit."""
    grids = {row.grid_code for row in rows}
    if not rows or len(rows) != len(set(codes)) or len(grids) != 1:
        raise Unfit(_("请选择同一个网格的楼栋"))
    (from_code,) = grids
    there = Area.objects.filter(pk=to_code, closed_at=None).first()
    if there is None or not there.is_grid or not all(scope.allows(by, code) for code in (from_code, to_code)):
        raise Unfit(_("请选择您范围内的网格"))
    if from_code == to_code:
        raise Unfit(_("楼栋已经在这个网格"))
    elsewhere = [row for row in rows if not buildings.is_ours(row.pk) and not row.pk.startswith(to_code[:12])]
    if elsewhere:
        # Codes of flats begin with the community's: the department has to give new ones first.
        raise Unfit(_("楼栋编码属于另一个社区，要先由房屋编码系统换码：%(codes)s") % {"codes": elsewhere[0].pk})
    if closes and Building.objects.filter(grid_code=from_code).exclude(pk__in=codes).exists():
        raise Unfit(_("撤销网格要把它的楼栋全部调走"))
