"""The numbers of one report: what came and went from the counters by day, how things stood from what was kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from gridapp.catalogue.targets import Configured
from gridapp.delivery import clock, counts
from gridapp.delivery.counts import Extent, Flowed
from gridapp.org.models import Area
from gridapp.review import charts, dashboard_saved, report_periods, report_state
from gridapp.review.dashboard_figures import Stands, name_of
from gridapp.review.models import AreaDay
from gridapp.review.report_periods import Period
from gridapp.review.report_state import COMMUNITY, State

_CHARTED = 14
"""Days that the charts of a daily report show; those of a monthly one show the month."""
_Rows = dict[tuple[str, date], AreaDay]


@dataclass(frozen=True, slots=True)
class Span:
    """What is known of the area in one period. `state`: at its end, None where nobody looked; `at`: when it was looked.

    `is_sorted`: `entries` are all that came in; else nothing was kept of some days. `is_known`: there
    is anything to say of the period.
    """

    period: Period
    flowed: Flowed
    saved: dashboard_saved.Saved
    entries: Mapping[tuple[str, str], int]
    is_sorted: bool
    is_known: bool
    state: State | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class AreaLine:
    """An area inside the one of the report. `stands` None: nothing was kept of it."""

    code: str
    name: str
    flowed: Flowed
    stands: Stands | None


@dataclass(frozen=True, slots=True)
class TargetLine:
    """What one target took and has not taken. `stands` None: nothing was kept."""

    one: Configured
    flowed: Flowed
    stands: Stands | None


@dataclass(frozen=True, slots=True)
class Report:
    """All numbers of one report. `before`: the day or month before. `targets`: those of which there is something to
    say. `running`: the period is not over, and the state is that of now."""

    area: Area
    running: bool
    now: Span
    before: Span
    areas: Sequence[AreaLine]
    targets: Sequence[TargetLine]
    known: Mapping[int, Configured]
    days: Sequence[Flowed]
    entries: charts.Chart
    judgements: charts.Chart

    @property
    def period(self) -> Period:
        return self.now.period


def report(area: Area, period: Period, ones: Sequence[Configured], *, moment: datetime) -> Report:
    """The report of an area and period. A fixed number of statements, whatever was entered and sent.

    `moment`: the time now, of the database; until the period is over the report is about what was up to it.
    """
    today = clock.day(moment)
    end = min(period.last, today)
    names = _names(area)
    kept = _kept(area, period, end)
    if not period.is_over(today):
        kept |= _today(area, list(names), today, moment)
    flowing = counts.flows(Extent((area.code,)), first=period.first, last=end)
    earlier = counts.flows(Extent((area.code,)), first=period.before.first, last=period.before.last)
    shown = end - timedelta(days=_CHARTED - 1) if period.kind == report_periods.DAY else period.first
    days = counts.days(Extent((area.code,)), first=shown, last=end)
    span = _span(kept, area.code, period, flowing, ones, end=end)
    return Report(
        area=area,
        running=not period.is_over(today),
        now=span,
        before=_span(kept, area.code, period.before, earlier, ones, end=period.before.last),
        areas=_areas(kept, area, names, period, end),
        targets=_targets(ones, flowing, span.state),
        known={one.target.pk: one for one in ones},
        days=days if period.kind == report_periods.MONTH else (),
        entries=charts.bars(days, first=shown, last=end, series=charts.ENTRIES),
        judgements=charts.bars(days, first=shown, last=end, series=charts.JUDGEMENTS),
    )


def _names(area: Area) -> dict[str, str]:
    """Of the areas directly inside, in the language of the page. None inside a community: a grid is one person's."""
    if len(area.code) >= COMMUNITY:
        return {}
    inside = Area.objects.filter(code__regex=rf"^{area.code}\d{{3}}$")
    return {one.code: name_of(one) for one in inside}


def _kept(area: Area, period: Period, end: date) -> _Rows:
    """Of the area all days of both periods, of the areas inside the last day alone. One statement."""
    own = Q(area=area.code, day__range=(period.before.first, end))
    inside = Q(area__regex=rf"^{area.code}\d{{3}}$", day=end)
    return {(row.area, row.day): row for row in AreaDay.objects.filter(own | inside)}


def _today(area: Area, inside: Sequence[str], today: date, moment: datetime) -> _Rows:
    """What would be kept if the day ended now."""
    codes = [area.code, *inside]
    states = report_state.now(codes, on=today, inside=area.code)
    entered = report_state.entries(codes, today, inside=area.code)
    return {
        (code, today): AreaDay(
            area=code,
            day=today,
            entries=report_state.listed(entered[code]),
            state=states[code].kept(),
            stood_at=moment,
        )
        for code in codes
    }


def _span(
    kept: _Rows, code: str, period: Period, flowing: Sequence[Flowed], ones: Sequence[Configured], *, end: date
) -> Span:
    rows = [row for day in period.days if (row := kept.get((code, day))) is not None]
    entered: Counter[tuple[str, str]] = Counter()
    for row in rows:
        entered.update({(kind, act): number for kind, act, number in row.entries})
    last, whole = kept.get((code, end)), counts.together(flowing)
    return Span(
        period=period,
        flowed=whole,
        saved=dashboard_saved.of(flowing, ones),
        entries=entered,
        is_known=bool(rows) or whole.entered + whole.verified + whole.judged > 0,
        is_sorted=sum(entered.values()) == whole.entered + whole.verified,
        state=report_state.read(code, last.state) if last is not None and last.state is not None else None,
        at=last.stood_at if last is not None else None,
    )


def _areas(kept: _Rows, area: Area, names: Mapping[str, str], period: Period, end: date) -> list[AreaLine]:
    if len(area.code) >= COMMUNITY:
        return []
    flowed: dict[str, list[Flowed]] = defaultdict(list)
    for flow in counts.flows(Extent((area.code,), inside=True), first=period.first, last=end):
        flowed[flow.area].append(flow)
    stands = {
        code: report_state.read(code, row.state).stands()
        for (code, day), row in kept.items()
        if day == end and row.state is not None
    }
    codes = sorted({*names, *flowed})
    return [AreaLine(code, names.get(code, code), counts.together(flowed[code]), stands.get(code)) for code in codes]


def _targets(ones: Sequence[Configured], flowing: Sequence[Flowed], state: State | None) -> list[TargetLine]:
    """Those that took or sent back something, or have something to take: a target that came later is not among them."""
    flowed: dict[int | None, list[Flowed]] = defaultdict(list)
    for flow in flowing:
        flowed[flow.target_id].append(flow)
    concerned = {*flowed, *(row.target_id for row in (state.standings if state else ()))}
    return [
        TargetLine(one, counts.together(flowed[one.target.pk]), state.stands_of(one.target.pk) if state else None)
        for one in ones
        if one.target.pk in concerned
    ]
