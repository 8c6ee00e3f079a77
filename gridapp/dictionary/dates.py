"""Dates and times as people write them, and counting in whole years and months."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from .characters import half_width, readable
from .fields import Field
from .refusals import Refused

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

_PLAIN = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})|([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_FIRST, _LAST = 1900, 2100


def day(raw: Any, field: Field) -> date:
    """A date from ISO text, 8 digits, 2024/3/15, 2024年3月15日 or a date. Raises Refused."""
    if isinstance(raw, datetime):
        if raw.time() != time(0):
            raise Refused("date_shape")
        found = raw.date()
    elif isinstance(raw, date):
        found = raw
    else:
        found = _written(half_width(readable(raw, field)))
    if not _FIRST <= found.year <= _LAST and field.name != "birth_date":
        raise Refused("date_out_of_range")
    return found


def _written(text: str) -> date:
    parts = _PLAIN.fullmatch(text)
    if parts is None:
        raise Refused("date_shape")
    year, month, number = parts.group(1, 2, 3) if parts[1] else parts.group(4, 5, 6)
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        raise Refused("date_impossible") from None


def moment(raw: Any, field: Field) -> datetime:
    """A point in time from ISO text or a datetime; without a zone it is Asia/Shanghai. Raises Refused."""
    if isinstance(raw, datetime):
        found = raw
    else:
        text = half_width(readable(raw, field))
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise Refused("time_shape") from None
    if not _FIRST <= found.year <= _LAST:
        raise Refused("date_out_of_range")
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def months_later(start: date, months: int) -> date:
    """The same day some months later, clamped at month end: 31 August + 6 is the last of February."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def whole_months(start: date, until: date) -> int:
    """How many whole months have passed, never negative."""
    months = (until.year - start.year) * 12 + until.month - start.month
    if months > 0 and until < months_later(start, months):
        months -= 1
    return max(months, 0)
