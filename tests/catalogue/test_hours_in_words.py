"""A window as sentences: what a person reads on the page of a target."""

from __future__ import annotations

import re
from datetime import time

import pytest

from gridapp.catalogue import profiles
from gridapp.catalogue.wording import hours
from gridapp.contract import MonthEnd, Profile, Season, Window

ALL = profiles.district()
CHINESE = re.compile("[一-龥]")


@pytest.mark.parametrize(
    ("window", "chinese", "english"),
    [
        (Window(), ["全天"], ["round the clock"]),
        (Window(time(8, 30), time(18)), ["每天 08:30–18:00"], ["every day 08:30–18:00"]),
        (Window(working_days=True), ["工作日全天"], ["working days, round the clock"]),
        (Window(time(9), time(17), working_days=True), ["工作日 09:00–17:00"], ["working days 09:00–17:00"]),
        (
            Window(time(8), time(18), breaks=((time(12), time(14)),)),
            ["每天 08:00–18:00", "12:00–14:00 暂停受理"],
            ["every day 08:00–18:00", "pause 12:00–14:00"],
        ),
        (
            Window(closed_weekday=6, closed_from=time(2), closed_until=time(4)),
            ["全天", "每周日 02:00–04:00 维护"],
            ["round the clock", "maintenance every Sunday 02:00–04:00"],
        ),
        (
            Window(freeze_days=frozenset({26, 1, 2, 27, 28})),
            ["全天", "每月1–2, 26–28日封账，不受理"],
            ["round the clock", "frozen on these days of each month: 1–2, 26–28"],
        ),
        (
            Window(month_end=MonthEnd(time(18), time(12))),
            ["全天", "月结：每月最后一个工作日 18:00 至次月1日 12:00 不受理"],
            ["round the clock", "month end: closed from 18:00 on the last working day until 12:00 on the 1st"],
        ),
        (
            Window(season=Season((3, 1), (6, 15))),
            ["全天", "只在每年3月1日至6月15日受理"],
            ["round the clock", "only from March 1 to June 15 each year"],
        ),
    ],
)
def test_each_rule_of_a_window_is_a_sentence(window: Window, chinese: list[str], english: list[str]) -> None:
    assert hours(window) == chinese
    assert hours(window, "en") == english


@pytest.mark.parametrize("profile", ALL, ids=[one.key for one in ALL])
def test_the_hours_of_every_system_are_said_in_both_languages(profile: Profile) -> None:
    assert hours(profile.window)
    assert not CHINESE.search("".join(hours(profile.window, "en")))
