"""When a target takes anything: hours, pauses, working days with China's make-up days, freeze days, month's end."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from gridapp.contract import MonthEnd, Season, Window, is_working_day, working_days_after

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLERKS = Window(time(8, 30), time(18), breaks=((time(12), time(14)),), working_days=True)
LABOUR = Window(time(7), time(22), month_end=MonthEnd(time(18), time(12)))
FAMILY = Window(time(7), time(21), freeze_days=frozenset({1}))
SCHOOL = Window(season=Season((3, 1), (6, 15)))
WEEKLY = Window(closed_weekday=6, closed_from=time(2), closed_until=time(4))


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-10-09", True),  # Friday after the National Day week
        ("2026-10-10", True),  # Saturday worked for it (调休)
        ("2026-10-05", False),  # a Monday inside that week
        ("2026-09-20", True),  # Sunday worked before it
        ("2026-09-19", False),  # an ordinary Saturday
        ("2024-02-04", True),  # Sunday worked before the Spring Festival
        ("2027-02-08", False),  # Spring Festival of a year whose make-up days are not announced
    ],
)
def test_working_days_follow_the_state_councils_notice(day: str, works: bool) -> None:
    assert is_working_day(date.fromisoformat(day)) is works


def test_three_working_days_reach_over_a_holiday_week() -> None:
    assert working_days_after(date(2026, 9, 30), 3) == date(2026, 10, 10)


@pytest.mark.parametrize(
    ("window", "moment", "opens"),
    [
        (Window(), "2026-03-02T03:00", "2026-03-02T03:00"),
        (CLERKS, "2026-03-02T09:00", "2026-03-02T09:00"),
        (CLERKS, "2026-03-02T12:30", "2026-03-02T14:00"),
        (CLERKS, "2026-03-02T18:00", "2026-03-03T08:30"),
        (CLERKS, "2026-09-30T19:00", "2026-10-08T08:30"),  # over the National Day week
        (CLERKS, "2026-10-10T09:00", "2026-10-10T09:00"),  # a Saturday that is worked
        (LABOUR, "2026-03-31T17:59", "2026-03-31T17:59"),
        (LABOUR, "2026-03-31T18:00", "2026-04-01T12:00"),
        (LABOUR, "2026-02-27T22:00", "2026-02-28T07:00"),  # Saturday the 28th is worked: the month ends there
        (LABOUR, "2026-02-28T18:00", "2026-03-01T12:00"),
        (LABOUR, "2026-05-30T08:00", "2026-06-01T12:00"),  # a Saturday after the last working day
        (FAMILY, "2026-03-31T21:30", "2026-04-02T07:00"),
        (FAMILY, "2026-04-01T10:00", "2026-04-02T07:00"),
        (SCHOOL, "2026-06-15T23:59", "2026-06-15T23:59"),
        (SCHOOL, "2026-06-16T00:00", "2027-03-01T00:00"),
        (WEEKLY, "2026-03-01T02:30", "2026-03-01T04:00"),
    ],
)
def test_a_window_says_when_it_opens(window: Window, moment: str, opens: str) -> None:
    assert window.next_opening(at(moment)) == at(opens)
    assert window.is_open(at(moment)) is (moment == opens)


def test_a_window_that_never_opens_is_refused() -> None:
    never = Window(freeze_days=frozenset(range(1, 32)))

    with pytest.raises(ValueError, match="never opens"):
        never.next_opening(at("2026-03-02T03:00"))
