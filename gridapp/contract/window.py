"""When a target takes anything: daily hours and pauses, working days, freeze days, the month's end, a season.

Working days follow the State Council's yearly notice with its make-up days (调休), as the package `holidays` has it;
for a year not announced yet it knows the statutory days alone, and every other Saturday and Sunday counts as free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays

_AHEAD = 400
"""Days after which the next opening is looked for in vain: a season comes every year."""


@lru_cache(maxsize=1)
def _china() -> holidays.HolidayBase:
    return holidays.country_holidays("CN")


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Whether offices in mainland China work on that day."""
    return bool(_china().is_working_day(day))


def working_days_after(day: date, count: int) -> date:
    """The last day of a period of so many working days that begins the day after `day`."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def last_working_day(day: date) -> date:
    """The last working day of the month in which `day` lies."""
    end = (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    while not is_working_day(end):
        end -= timedelta(days=1)
    return end


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """Closed from `closes` on the last working day of a month until `reopens` on the first of the next (月结)."""

    closes: time
    reopens: time

    def is_open(self, at: datetime) -> bool:
        if at.day == 1 and at.time() < self.reopens:
            return False
        last = last_working_day(at.date())
        return at.date() < last or (at.date() == last and at.time() < self.closes)


@dataclass(frozen=True, slots=True)
class Season:
    """The part of the year in which a target takes anything: first and last day as (month, day), both included."""

    first: tuple[int, int]
    last: tuple[int, int]

    def is_open(self, at: datetime) -> bool:
        return self.first <= (at.month, at.day) <= self.last


@dataclass(frozen=True, slots=True)
class Window:
    """When a target takes anything, in local time (Asia/Shanghai). `opens == closes` is round the clock.

    `breaks`: pauses every day, e.g. ((12:00, 14:00),). `working_days`: on those alone. `freeze_days`: days of the month
    on which nothing is taken. `closed_weekday` with `closed_from`/`closed_until`: a weekly maintenance (0 Monday …
    6 Sunday).
    """

    opens: time = time(0)
    closes: time = time(0)
    closed_weekday: int | None = None
    closed_from: time = time(0)
    closed_until: time = time(0)
    breaks: tuple[tuple[time, time], ...] = ()
    working_days: bool = False
    freeze_days: frozenset[int] = frozenset()
    month_end: MonthEnd | None = None
    season: Season | None = None

    def is_open(self, at: datetime) -> bool:
        clock = at.time()
        if at.weekday() == self.closed_weekday and self.closed_from <= clock < self.closed_until:
            return False
        if any(begins <= clock < ends for begins, ends in self.breaks):
            return False
        return self._is_open_on(at) and (self.opens == self.closes or self.opens <= clock < self.closes)

    def next_opening(self, at: datetime) -> datetime:
        """The first minute from `at` on at which the window is open; `at` itself when it is open now.

        Raises ValueError for a window that never opens.
        """
        if self.is_open(at):
            return at
        for start in self._starts(at):
            if start > at and self.is_open(start):
                return start
        raise ValueError("a window that never opens")

    def _is_open_on(self, at: datetime) -> bool:
        if at.day in self.freeze_days or (self.working_days and not is_working_day(at.date())):
            return False
        if self.season is not None and not self.season.is_open(at):
            return False
        return self.month_end is None or self.month_end.is_open(at)

    def _starts(self, at: datetime) -> Iterator[datetime]:
        """Every moment from the day of `at` on at which the window may begin to be open, in order."""
        clocks = {time(0), self.opens, self.closed_until, *(ends for _, ends in self.breaks)}
        if self.month_end is not None:
            clocks.add(self.month_end.reopens)
        for days in range(_AHEAD):
            for clock in sorted(clocks):
                yield datetime.combine(at.date() + timedelta(days=days), clock, at.tzinfo)
