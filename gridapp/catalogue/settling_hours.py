"""A district's own hours of a target: kept as JSON, read from a form, laid out as a calendar.

The JSON has the names of contract.Window, times as "06:30", breaks as {"begins", "ends"}, days of a season as "03-01".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, TypeVar

import orjson
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.contract import MonthEnd, Season, Window, is_working_day
from gridapp.org.models import User

from . import settling
from .models import Target, TargetChange
from .targets import Configured

CALENDAR = 14
"""Days that the calendar shows."""
FASTEST, MOST_AT_ONCE = 60_000.0, 10_000
_Value = TypeVar("_Value")
_SPAN = re.compile(r"(\d{1,2}:\d{2})\s*[-–—~至]\s*(\d{1,2}:\d{2})")
_DAYS = re.compile(r"(\d{1,2})(?:\s*[-–—~至]\s*(\d{1,2}))?")
_BETWEEN = re.compile(r"[,，;；、\s]+")


def window_of(kept: Mapping[str, Any]) -> Window:
    """The hours that are kept. Raises ValueError, TypeError, KeyError or AttributeError for anything else."""
    return _window(orjson.dumps(kept))


@lru_cache(maxsize=64)
def _window(said: bytes) -> Window:
    """Read once: a plan asks for every record and target whether it is open."""
    kept = orjson.loads(said)
    month_end, season, weekday = kept.get("month_end"), kept.get("season"), kept.get("closed_weekday")
    return Window(
        opens=_time(kept.get("opens")),
        closes=_time(kept.get("closes")),
        breaks=tuple((_time(one["begins"]), _time(one["ends"])) for one in kept.get("breaks", ())),
        working_days=bool(kept.get("working_days", False)),
        freeze_days=frozenset(int(day) for day in kept.get("freeze_days", ())),
        closed_weekday=None if weekday is None else int(weekday),
        closed_from=_time(kept.get("closed_from")),
        closed_until=_time(kept.get("closed_until")),
        month_end=MonthEnd(_time(month_end["closes"]), _time(month_end["reopens"])) if month_end else None,
        season=Season(_day(season["first"]), _day(season["last"])) if season else None,
    )


def as_kept(window: Window) -> dict[str, Any]:
    """The same the other way round."""
    kept: dict[str, Any] = {"opens": f"{window.opens:%H:%M}", "closes": f"{window.closes:%H:%M}"}
    if window.breaks:
        kept["breaks"] = [{"begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"} for begins, ends in window.breaks]
    if window.working_days:
        kept["working_days"] = True
    if window.freeze_days:
        kept["freeze_days"] = sorted(window.freeze_days)
    if window.closed_weekday is not None:
        kept["closed_weekday"] = window.closed_weekday
        kept["closed_from"], kept["closed_until"] = f"{window.closed_from:%H:%M}", f"{window.closed_until:%H:%M}"
    if window.month_end is not None:
        ends = window.month_end
        kept["month_end"] = {"closes": f"{ends.closes:%H:%M}", "reopens": f"{ends.reopens:%H:%M}"}
    if window.season is not None:
        first, last = window.season.first, window.season.last
        kept["season"] = {"first": f"{first[0]:02}-{first[1]:02}", "last": f"{last[0]:02}-{last[1]:02}"}
    return kept


def _time(text: str | None) -> time:
    return time.fromisoformat(text) if text else time(0)


def _day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


@dataclass
class Hours:
    """A form of hours and pace. `texts`: as it was typed; `own` False: the hours of the profile count.

    `a_minute`: calls a minute, `batch`: records a call; None: the connector's own.
    """

    own: bool
    texts: dict[str, str]
    window: Window
    a_minute: float | None = None
    batch: int | None = None
    complaints: dict[str, str | Promise] = field(default_factory=dict)


def shown(one: Configured, window: Window) -> Hours:
    """The form as it stands now. `window`: the hours that count."""
    row = one.target
    texts = {
        "opens": f"{window.opens:%H:%M}",
        "closes": f"{window.closes:%H:%M}",
        "breaks": ", ".join(f"{begins:%H:%M}-{ends:%H:%M}" for begins, ends in window.breaks),
        "freeze_days": ", ".join(str(day) for day in sorted(window.freeze_days)),
        "a_minute": "" if row.per_second is None else f"{row.per_second * 60:g}",
        "batch": "" if row.batch is None else str(row.batch),
    }
    return Hours(row.window is not None, texts, window)


def read(one: Configured, window: Window, sent: Mapping[str, str]) -> Hours:
    """Reads a form. What it does not ask for (weekly maintenance, month's end, season) stays as in `window`."""
    texts = {name: sent.get(name, "").strip()[:200] for name in shown(one, window).texts}
    said = Hours(sent.get("own") == "own", texts, window)
    if said.own:
        said.window = replace(
            window,
            opens=_asked(said, "opens", _clock, time(0)),
            closes=_asked(said, "closes", _clock, time(0)),
            breaks=_asked(said, "breaks", _breaks, ()),
            freeze_days=_asked(said, "freeze_days", _freeze_days, frozenset[int]()),
            working_days=sent.get("working_days") == "yes",
        )
        if not said.complaints and not _ever_opens(said.window):
            said.complaints["opens"] = _("按这样的时间永远不会开放")
    can = one.connector.capabilities if one.connector else None
    fastest = can.per_second * 60 if can and can.per_second else FASTEST
    said.a_minute = _asked(said, "a_minute", lambda text: _number(text, fastest), None)
    said.batch = _asked(said, "batch", lambda text: _whole(text, can.batch if can else MOST_AT_ONCE), None)
    return said


_WRONG: Mapping[str, str | Promise] = {
    "opens": _("时间请写成 06:30"),
    "closes": _("时间请写成 22:30"),
    "breaks": _("请写成 12:00-14:00，多段用逗号隔开，不跨午夜"),
    "freeze_days": _("请写 1 到 31 的日子，如 28-31"),
    "a_minute": _("请填大于 0 的数，不能超过对方允许的速度"),
    "batch": _("请填大于 0 的整数，不能超过对方允许的条数"),
}


def _asked(said: Hours, name: str, parse: Callable[[str], _Value], empty: _Value) -> _Value:
    text = said.texts[name]
    if not text:
        return empty
    try:
        return parse(text)
    except ValueError:
        said.complaints[name] = _WRONG[name]
        return empty


def _clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _breaks(text: str) -> tuple[tuple[time, time], ...]:
    found = [(_clock(begins), _clock(ends)) for begins, ends in _SPAN.findall(text)]
    if _BETWEEN.sub("", _SPAN.sub("", text)) or any(begins >= ends for begins, ends in found):
        raise ValueError(text)
    return tuple(sorted(found))


def _freeze_days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for first, last in _DAYS.findall(text):
        days.update(range(int(first), int(last or first) + 1))
    if _BETWEEN.sub("", _DAYS.sub("", text)) or not days <= set(range(1, 32)):
        raise ValueError(text)
    return frozenset(days)


def _number(text: str, most: float) -> float:
    number = float(text)
    if not 0 < number <= most:  # also for nan, which is neither
        raise ValueError(text)
    return number


def _whole(text: str, most: int) -> int:
    return int(_number(str(int(text)), most))


def _ever_opens(window: Window) -> bool:
    try:
        window.next_opening(datetime(2026, 1, 1))  # noqa: DTZ001 - any moment will do: a window is local time
    except ValueError:
        return False
    return True


@transaction.atomic
def save(one: Configured, said: Hours, *, by: User) -> tuple[str, ...]:
    """Keeps a form that has no complaints; the names of the columns that changed."""
    row = Target.objects.select_for_update().get(pk=one.target.pk)
    wanted = {
        "window": as_kept(said.window) if said.own else None,
        "per_second": None if said.a_minute is None else said.a_minute / 60,
        "batch": said.batch,
    }
    changed = tuple(name for name, value in wanted.items() if getattr(row, name) != value)
    if changed:
        Target.objects.filter(pk=row.pk).update(**{name: wanted[name] for name in changed})
        settling.note(row, TargetChange.What.HOURS, by=by, names=changed)
    return changed


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar. `opens`: the first minute in which something is taken, None where nothing is."""

    on: date
    works: bool
    opens: time | None
    frozen: bool


def calendar(window: Window, first: datetime) -> Iterator[Day]:
    """The days from `first` (local time) on, as the target takes anything on them."""
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(CALENDAR):
        begins = midnight + timedelta(days=number)
        try:
            opens = window.next_opening(begins)
        except ValueError:
            opens = begins + timedelta(days=CALENDAR)
        on = begins.date()
        takes = opens.time() if opens.date() == on else None
        yield Day(on, is_working_day(on), takes, on.day in window.freeze_days)
