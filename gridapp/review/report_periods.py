"""The days and months that reports are about, as their addresses name them: 2026-11-21 and 2026-11."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

DAY, MONTH = "day", "month"
_NAMED = re.compile(r"(20\d\d)-(\d\d)(?:-(\d\d))?")


@dataclass(frozen=True, slots=True)
class Period:
    """A day (Asia/Shanghai) or a calendar month; `last` is inside it."""

    kind: str
    first: date
    last: date

    @property
    def name(self) -> str:
        """As addresses and files name it."""
        return self.first.isoformat()[: 10 if self.kind == DAY else 7]

    @property
    def before(self) -> Period:
        """The day or the month before: what it is compared with."""
        return of(self.kind, self.first - timedelta(days=1))

    @property
    def following(self) -> Period:
        return of(self.kind, self.last + timedelta(days=1))

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    def is_over(self, today: date) -> bool:
        """False while more may happen in it."""
        return self.last < today


def of(kind: str, day: date) -> Period:
    """The day itself, or the month around it."""
    if kind == DAY:
        return Period(DAY, day, day)
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Period(MONTH, first, following - timedelta(days=1))


def named(name: str) -> Period | None:
    """The period of an address; None for anything that names none."""
    found = _NAMED.fullmatch(name)
    if found is None:
        return None
    year, month, day = found.groups()
    try:
        return of(DAY if day else MONTH, date(int(year), int(month), int(day or 1)))
    except ValueError:
        return None
