"""How many records somebody opens in a day: counted, bounded by role, and said to the security administrator where it
is far from what they themselves usually do. Nobody is compared with anybody else.
"""

from __future__ import annotations

import logging
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.org.models import User

from .models import Looked, Record, UnusualDay

logger = logging.getLogger(__name__)

_KNOWN_DAYS = timedelta(days=30)
_FEWEST = 5
"""Days that somebody has to be known for before one of them can be unusual."""
_STEP = 10
"""The look that is judged: each would cost a statement more."""
KEPT = timedelta(days=180)

# One statement, also for two pages at once. Whoever opens a record again that day is not counted again, and is not
# refused; what they entered that day is theirs anyway.
_LOOK = """
WITH known AS (
  SELECT own FROM registry_looked WHERE user_id = %(user)s AND day = %(day)s AND record_id = %(record)s
), counted AS (
  SELECT count(*) AS looks FROM registry_looked WHERE user_id = %(user)s AND day = %(day)s AND NOT own
), mine AS (
  SELECT EXISTS (
    SELECT 1 FROM registry_entry WHERE record_id = %(record)s AND by_id = %(user)s AND received_at >= %(since)s
  ) AS own
), made AS (
  INSERT INTO registry_looked (user_id, day, record_id, own, at)
  SELECT %(user)s, %(day)s, %(record)s, mine.own, now() FROM mine, counted
  WHERE (mine.own OR counted.looks < %(most)s) AND NOT EXISTS (SELECT 1 FROM known)
  ON CONFLICT DO NOTHING RETURNING own
)
SELECT counted.looks, (SELECT own FROM made), EXISTS (SELECT 1 FROM known) OR mine.own FROM counted, mine
"""


@dataclass(frozen=True, slots=True)
class Look:
    """`allowed`: the page may be shown. `looks`: other people's records opened that day, with this one. `most`: of
    the role."""

    allowed: bool
    looks: int
    most: int


def look(record: Record, *, by: User) -> Look:
    """Counts that somebody opens the page of a record, and says whether they may."""
    most, now = most_of(by.role), timezone.localtime()
    told: dict[str, Any] = {"user": by.pk, "day": now.date(), "record": record.pk, "most": most}
    told["since"] = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, told)
        before, own, known = cursor.fetchone()
    if own is None and not known:
        if before == most:
            _refused(by, now.date(), most)
        return Look(False, before, most)
    looks = before + (own is False)
    if own is False and looks > settings.LOOKS_UNREMARKABLE and looks % _STEP == 0:
        judge(by, now.date(), looks)
    return Look(True, looks, most)


def most_of(role: str) -> int:
    """How many records of other people somebody of that role opens in a day at most."""
    known: Mapping[str, int] = settings.LOOKS_A_DAY
    return known.get(role, min(known.values()))


def judge(user: User, day: date, looks: int) -> bool:
    """Whether that many is more than three standard deviations above the account's own last thirty days; then it is
    kept for the security administrator, once a day."""
    rows = Looked.objects.filter(user=user, own=False, day__lt=day, day__gte=day - _KNOWN_DAYS)
    counts = list(rows.values("day").annotate(number=Count("pk")).values_list("number", flat=True))
    if len(counts) < _FEWEST:
        return False
    usual = statistics.fmean(counts)
    if looks <= usual + 3 * max(statistics.pstdev(counts), 1.0):
        return False
    with transaction.atomic():
        row, is_new = UnusualDay.objects.get_or_create(
            user=user, day=day, defaults={"looks": looks, "usual": round(usual)}
        )
        if is_new:
            note(Act.LOOKING_UNUSUAL, by=user.pk, about=f"account:{user.pk}", looks=looks, usual=round(usual))
        else:
            UnusualDay.objects.filter(pk=row.pk, looks__lt=looks).update(looks=looks)
    if is_new:
        logger.warning("account %s opened %s records today, usually %s", user.pk, looks, round(usual))
    return True


def unusual() -> QuerySet[UnusualDay]:
    """What nobody has looked into yet comes first, then the newest."""
    return UnusualDay.objects.select_related("user", "settled_by").order_by("-settled_at", "-noticed_at")


def settle(pk: int, *, by: User, found: str) -> bool:
    """Writes down what was found; False where somebody did before."""
    with transaction.atomic():
        open_ones = UnusualDay.objects.filter(pk=pk, settled_at=None)
        settled = open_ones.update(settled_at=timezone.now(), settled_by=by, found=found[:200])
        if settled:
            note(Act.LOOKING_SETTLED, by=by.pk, about=f"unusual:{pk}")
    return bool(settled)


def who_looked(record_id: UUID, *, since: date) -> QuerySet[Looked]:
    """Who opened a record since a day, for whoever has to find out where it went."""
    return Looked.objects.filter(record_id=record_id, day__gte=since).select_related("user").order_by("at")


def forget(*, today: date | None = None) -> int:
    """Deletes what nobody asks for any more; how many rows."""
    return Looked.objects.filter(day__lt=(today or timezone.localdate()) - KEPT).delete()[0]


def _refused(user: User, day: date, most: int) -> None:
    """The limit was reached: the security administrator hears of it, once a day."""
    with transaction.atomic():
        _row, is_new = UnusualDay.objects.get_or_create(user=user, day=day, defaults={"looks": most, "usual": 0})
        if is_new:
            note(Act.LOOKING_UNUSUAL, by=user.pk, about=f"account:{user.pk}", looks=most, result="refused")
