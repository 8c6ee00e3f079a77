"""The clock's work when a day is over: how every area stood is written down once, and stays as it was.

Whoever comes second finds the rows there. What was entered is known later too; how things stood is not: a clock that
comes too late keeps the entries of the day and says that nobody looked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import Min

from gridapp.delivery import clock
from gridapp.delivery.models.counts import Flow
from gridapp.org.models import Area
from gridapp.review import report_state
from gridapp.review.models import AreaDay

LATEST = timedelta(hours=3)
"""After midnight: until then what stands is taken for what stood when the day ended; the report says when it was."""
CATCH_UP = 7
"""Days that are looked at again: a clock that stood still for longer leaves days without a row."""


def keep(moment: datetime) -> int:
    """Writes down what is missing of the days that are over at that moment, which is now; how many rows. Idempotent;
    one statement where nothing is missing."""
    today = clock.day(moment)
    days = [today - timedelta(days=number) for number in range(CATCH_UP, 0, -1)]
    there = set(AreaDay.objects.filter(day__gte=days[0]).values_list("day", flat=True).distinct())
    missing = [day for day in days if day not in there]
    if not missing:
        return 0
    codes = list(Area.objects.filter(code__regex=r"^\d{6}(\d{3}){0,2}$", closed_at=None).values_list("code", flat=True))
    # Of days before the first on which anything happened there is nothing to say.
    first = Flow.objects.filter(area__in=codes).aggregate(first=Min("day"))["first"] or today
    return sum(_keep(day, moment, codes) for day in missing if day >= first)


def _keep(day: date, moment: datetime, codes: Sequence[str]) -> int:
    is_late = moment - report_state.midnight(day + timedelta(days=1)) > LATEST
    states = {} if is_late else report_state.now(codes, on=day)
    entered = report_state.entries(codes, day)
    rows = [
        AreaDay(
            area=code,
            day=day,
            entries=report_state.listed(entered[code]),
            state=states[code].kept() if code in states else None,
            stood_at=None if is_late else moment,
        )
        for code in codes
    ]
    return len(AreaDay.objects.bulk_create(rows, ignore_conflicts=True))  # one statement: all of a day or nothing
