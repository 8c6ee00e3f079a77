"""What the supervisors' first page says: the counters of an area, of the areas in it and of each target, in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.catalogue.targets import Configured
from gridapp.delivery import backlog, counts, health
from gridapp.delivery.counts import Extent, Flowed, Standing
from gridapp.delivery.health import Health
from gridapp.delivery.models.counts import OPEN
from gridapp.org.models import Area
from gridapp.review import charts, dashboard_saved
from gridapp.review.opening import language

PERIODS: Mapping[str, str | Promise] = {"today": _("今天"), "week": _("本周"), "month": _("本月")}
_UNDER_WAY = ("waiting", "dependency", "window", "limit", "paused", "restricted", "submitted")
AGES = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Stands:
    """How many stand where, summed up. `returned` and `conflict` by age: since yesterday, 2-3 days, longer."""

    numbers: Mapping[str, int]
    returned: tuple[int, int, int]
    conflict: tuple[int, int, int]

    @classmethod
    def of(cls, rows: Iterable[Standing]) -> Stands:
        numbers: Counter[str] = Counter()
        ages: Counter[tuple[str, int]] = Counter()
        for row in rows:
            numbers[row.standing] += row.number
            ages[row.standing, row.age] += row.number
            if row.standing == OPEN:
                numbers[f"open_{row.kind}"] += row.number
        of_age = {word: tuple(ages[word, age] for age in AGES) for word in ("returned", "conflict")}
        numbers["fresh"] = ages[OPEN, 0]
        numbers["under_way"] = sum(numbers[word] for word in _UNDER_WAY)
        return cls(numbers, *of_age.values())  # type: ignore[arg-type]  # three ages each

    @property
    def over(self) -> int:
        """Returned or contested for more than three days: what is talked over with the department."""
        return self.returned[2] + self.conflict[2]

    @property
    def fresh(self) -> float | None:
        """Share of the open records that were verified in the last 90 days; None where there is no record."""
        return self.numbers["fresh"] / self.numbers[OPEN] if self.numbers[OPEN] else None


@dataclass(frozen=True, slots=True)
class Line:
    """An area inside the one that is shown."""

    code: str
    name: str
    stands: Stands
    flowed: Flowed
    leads_on: bool


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target, as the area sees it. `since`: when the oldest that is due there was due; only administrators see it."""

    one: Configured
    health: Health
    stands: Stands
    flowed: Flowed
    since: datetime | None = None

    @property
    def per_second(self) -> float | None:
        """Records a second at most, where there is a limit."""
        hint = self.one.connector.capabilities.per_second if self.one.connector else None
        return self.one.target.per_second or hint


@dataclass(frozen=True, slots=True)
class Board:
    """All numbers of the page."""

    period: str
    first: date
    last: date
    stands: Stands
    flowed: Flowed
    lines: Sequence[Line]
    targets: Sequence[TargetLine]
    saved: dashboard_saved.Saved
    entries: charts.Chart
    judgements: charts.Chart


def first_day(period: str, today: date) -> date:
    """When a period began: today, Monday, the first of the month."""
    return {"week": today - timedelta(days=today.weekday()), "month": today.replace(day=1)}.get(period, today)


def board(extent: Extent, ones: Sequence[Configured], *, period: str, today: date, ages: bool) -> Board:
    """The numbers of an extent. A fixed number of statements. `ages`: also how long the oldest of each lane waits."""
    first = first_day(period, today)
    standing = counts.standings(extent, today=today)
    flowing = counts.flows(extent, first=first, last=today)
    shown = today - timedelta(days=29 if period == "month" else 13)
    by_day = counts.days(extent, first=shown, last=today)
    whole = counts.together(flowing)
    return Board(
        period=period,
        first=first,
        last=today,
        stands=Stands.of(standing),
        flowed=whole,
        lines=_lines(standing, flowing) if extent.inside or len(extent.areas) > 1 else (),
        targets=_targets(ones, standing, flowing, ages=ages),
        saved=dashboard_saved.of(flowing, ones),
        entries=charts.bars(by_day, first=shown, last=today, series=charts.ENTRIES),
        judgements=charts.bars(by_day, first=shown, last=today, series=charts.JUDGEMENTS),
    )


def name_of(area: Area) -> str:
    """In the language of the page."""
    return (area.name_en or area.name) if language() == "en" else area.name


def _lines(standing: Sequence[Standing], flowing: Sequence[Flowed]) -> list[Line]:
    stands, flowed = _by(standing, "area"), _by(flowing, "area")
    codes = sorted({*stands, *flowed})
    names = {area.code: name_of(area) for area in Area.objects.filter(code__in=codes)}
    return [
        Line(code, names.get(code, code), Stands.of(stands[code]), counts.together(flowed[code]), code in names)
        for code in codes
    ]


def _targets(
    ones: Sequence[Configured], standing: Sequence[Standing], flowing: Sequence[Flowed], *, ages: bool
) -> list[TargetLine]:
    states, waits = health.of(ones), backlog.of(ones) if ages else {}
    stands, flowed = _by(standing, "target_id"), _by(flowing, "target_id")
    return [
        TargetLine(
            one,
            states[one.target.key],
            Stands.of(stands[one.target.pk]),
            counts.together(flowed[one.target.pk]),
            waits[one.target.key].since if ages else None,
        )
        for one in ones
    ]


def _by(rows: Iterable[Any], name: str) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found
