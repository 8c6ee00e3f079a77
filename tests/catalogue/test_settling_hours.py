"""A district's own hours: kept as they are, read once, laid out day by day with public holidays."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from gridapp.catalogue.settling_hours import as_kept, calendar, window_of
from gridapp.contract import MonthEnd, Season, Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
WINDOWS = {
    "round the clock": Window(),
    "daily": Window(time(6, 30), time(22, 30)),
    "with a break on working days": Window(time(9), time(17), breaks=((time(12), time(14)),), working_days=True),
    "maintained every Wednesday": Window(closed_weekday=2, closed_from=time(1), closed_until=time(3)),
    "frozen at the end of the month": Window(freeze_days=frozenset({28, 29, 30, 31})),
    "closed for the month's end": Window(month_end=MonthEnd(time(17), time(8))),
    "open for a season": Window(season=Season((3, 1), (4, 30))),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_hours_come_back_as_they_were_kept(name: str) -> None:
    assert window_of(as_kept(WINDOWS[name])) == WINDOWS[name]


def test_what_is_kept_of_plain_hours_is_plain() -> None:
    assert as_kept(WINDOWS["daily"]) == {"opens": "06:30", "closes": "22:30"}


def test_nothing_kept_is_round_the_clock() -> None:
    assert window_of({}) == Window()


@pytest.mark.parametrize("odd", [{"opens": "morning"}, {"breaks": [{"begins": "12:00"}]}, {"season": {"first": "3"}}])
def test_what_cannot_be_read_is_refused(odd: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError)):
        window_of(odd)


def test_a_calendar_knows_holidays_and_make_up_days() -> None:
    days = {day.on: day for day in calendar(WINDOWS["with a break on working days"], _at(2026, 2, 14))}

    assert len(days) == 14
    assert (days[date(2026, 2, 14)].works, days[date(2026, 2, 14)].opens) == (True, time(9))  # Saturday, made up
    assert (days[date(2026, 2, 17)].works, days[date(2026, 2, 17)].opens) == (False, None)  # Spring Festival


def test_a_calendar_out_of_season_is_closed_and_says_what_is_frozen() -> None:
    out_of_season = list(calendar(WINDOWS["open for a season"], _at(2026, 11, 22)))
    frozen = {
        day.on.day for day in calendar(WINDOWS["frozen at the end of the month"], _at(2026, 11, 22)) if day.frozen
    }

    assert [day.opens for day in out_of_season] == [None] * 14
    assert frozen == {28, 29, 30}


def _at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 10, 30, tzinfo=SHANGHAI)
