"""Conditions, names and hours in words, Chinese or English, for the catalogue page and the hints of a form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import time
from functools import cache
from types import MappingProxyType

from gridapp.contract import Condition, Profile, Window
from gridapp.dictionary import ATTACHMENTS, FIELDS, table

from . import profiles

Words = tuple[str, str]

MAPPED: Mapping[str, Words] = MappingProxyType(
    {
        "mapped.police_grid": ("警务区代码", "Police area code"),
        "mapped.fire_grid": ("消防网格编码", "Fire service's grid code"),
        "mapped.safety_grid": ("安监网格编码", "Work safety grid code"),
        "mapped.traffic_grid": ("交通网格编码", "Traffic grid code"),
        "mapped.school_district": ("学区编码", "School district code"),
        "mapped.provincial_grid": ("省综治网格全路径", "Grid path of the province's system"),
    }
)
"""Codes that other systems use for our grids."""

MADE: Mapping[str, Words] = MappingProxyType(
    {
        "@id": ("推送编号", "Delivery number"),
        "@op": ("操作类型", "Action"),
        "@worker": ("采集人", "Worker"),
        "@time": ("采集时间", "Time"),
        "@hash": ("校验值", "Digest"),
        "@catalog": ("资源目录代码", "Catalogue code"),
    }
)
"""Values that a connector makes itself."""


def name_of(name: str, lang: str = "zh") -> str:
    """What a person calls a canonical name, an attachment, a mapped code, a made value, or another target's number."""
    if known := FIELDS.get(name) or ATTACHMENTS.get(name):
        return known.label(lang)
    words = MAPPED.get(name) or MADE.get(name)
    if words is None:
        key, _, number = name.partition(".")
        profile = _by_key().get(key)
        if profile is None:
            return name
        words = (f"{profile.zh}编号({number})", f"Number from the {profile.en} ({number})")
    return words[1] if lang.startswith("en") else words[0]


def words(condition: Condition, lang: str = "zh") -> str:
    """A condition as a sentence part, e.g. "人口类别为流动人口且居住月数不小于6"."""
    return condition.words(_label(lang), "en" if lang.startswith("en") else "zh")


def _label(lang: str) -> Callable[[str, str | None], str]:
    def label(name: str, code: str | None) -> str:
        if code is None:
            return name_of(name, lang)
        field = FIELDS.get(name)
        return table(field.table).label(code, lang) if field is not None and field.table else code

    return label


@cache
def _by_key() -> dict[str, Profile]:
    return {profile.key: profile for profile in profiles.profiles().values()}


_WEEKDAYS: tuple[Words, ...] = (
    ("周一", "Monday"),
    ("周二", "Tuesday"),
    ("周三", "Wednesday"),
    ("周四", "Thursday"),
    ("周五", "Friday"),
    ("周六", "Saturday"),
    ("周日", "Sunday"),
)
_MONTHS = ("", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


def hours(window: Window, lang: str = "zh") -> list[str]:
    """When a target takes anything, a sentence for each rule, the daily hours first."""
    english = lang.startswith("en")
    said = [_daily(window)]
    said += [(f"{_span(begins, ends)} 暂停受理", f"pause {_span(begins, ends)}") for begins, ends in window.breaks]
    if window.closed_weekday is not None:
        day, span = _WEEKDAYS[window.closed_weekday], _span(window.closed_from, window.closed_until)
        said.append((f"每{day[0]} {span} 维护", f"maintenance every {day[1]} {span}"))
    if window.freeze_days:
        days = _runs(window.freeze_days)
        said.append((f"每月{days}日封账，不受理", f"frozen on these days of each month: {days}"))
    if window.month_end is not None:
        closes, reopens = f"{window.month_end.closes:%H:%M}", f"{window.month_end.reopens:%H:%M}"
        said.append(
            (
                f"月结：每月最后一个工作日 {closes} 至次月1日 {reopens} 不受理",
                f"month end: closed from {closes} on the last working day until {reopens} on the 1st",
            )
        )
    if window.season is not None:
        first, last = window.season.first, window.season.last
        said.append(
            (
                f"只在每年{first[0]}月{first[1]}日至{last[0]}月{last[1]}日受理",
                f"only from {_MONTHS[first[0]]} {first[1]} to {_MONTHS[last[0]]} {last[1]} each year",
            )
        )
    return [words[english] for words in said]


def _daily(window: Window) -> Words:
    round_the_clock = window.opens == window.closes
    span = _span(window.opens, window.closes)
    if window.working_days:
        return (
            ("工作日全天", "working days, round the clock")
            if round_the_clock
            else (
                f"工作日 {span}",
                f"working days {span}",
            )
        )
    return ("全天", "round the clock") if round_the_clock else (f"每天 {span}", f"every day {span}")


def _span(begins: time, ends: time) -> str:
    return f"{begins:%H:%M}–{ends:%H:%M}"


def _runs(days: Iterable[int]) -> str:
    """1–3, 15: days that follow each other as one."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
