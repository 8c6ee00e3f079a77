"""The list to talk over with departments: what they returned or contest and nobody has cleared for days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from gridapp.catalogue.models import Target
from gridapp.delivery.models import Delivery, Status
from gridapp.review.opening import number

DAYS = (1, 3, 7, 15, 30)
LISTED = 200


@dataclass
class Cause:
    """What one department answered in the same way. `rows`: oldest first."""

    target: Target
    code: str
    reason: str
    rows: list[Delivery] = field(default_factory=list)

    @property
    def since(self) -> datetime:
        return self.rows[0].changed_at


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be talked over. `more`: there are more than are listed."""

    causes: Sequence[Cause]
    listed: int
    more: bool


def days_asked(text: str | None) -> int:
    """One of DAYS; three where the address says nothing sensible."""
    asked = number(text)
    return asked if asked in DAYS else 3


def older_than(days: int, *, today: date, inside: Q) -> Found:
    """Returned or contested for more than so many days, the oldest first. One statement.

    `inside`: the filter on `waits_in`, empty for everywhere.
    """
    before = timezone.make_aware(datetime.combine(today - timedelta(days=days), time.min))
    # What waits anywhere has one of five statuses. Asked for these two the planner would take them for as rare there as
    # everywhere, read all of them and sort.
    waiting = Delivery.objects.filter(inside or Q(waits_in__isnull=False), changed_at__lt=before)
    rows = waiting.exclude(status__in=[Status.MANUAL, Status.UNCERTAIN, Status.FAILED])
    found = list(rows.select_related("record__building", "target").order_by("changed_at")[: LISTED + 1])
    causes: dict[tuple[int, str, str], Cause] = {}
    for row in found[:LISTED]:
        key = (row.target.position, row.target.key, row.reason_code)
        causes.setdefault(key, Cause(row.target, row.reason_code, row.reason)).rows.append(row)
    return Found([causes[key] for key in sorted(causes)], min(len(found), LISTED), len(found) > LISTED)
