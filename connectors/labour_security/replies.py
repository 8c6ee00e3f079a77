"""What the labour system answers: `{appcode, message, data}`, and whose move that is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from connectors.transport.http import Answer
from gridapp.contract import (
    Action,
    AlreadyThere,
    Conflict,
    Delivered,
    Differs,
    Misconfigured,
    NeedsFirst,
    NotApplicable,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Unavailable,
    Unknown,
)

from .mapping import PROFILE, RESIDENT
from .messages import NUMBER, SERIAL, content

TOKEN_DEAD = "301"  # noqa: S105 - their code for it
CLOSED = "201"
_ABOUT_US = ("302", "303")  # appId or secret; keys of the message
_EMPLOYED = "1"

CLAIMS: Mapping[str, type[Outcome]] = {
    "101": Rejected,
    "102": Rejected,
    "103": NotApplicable,
    "104": Conflict,
    "105": NeedsFirst,
    CLOSED: NotYet,
    TOKEN_DEAD: NotYet,
}
"""Their documented codes and what each is here; 301 only when the token that was fetched anew is refused as well."""

_SOURCES = {row.name: row.source for row in RESIDENT.content_rows}
_BOOKS_OPEN = time(12)  # on the 1st


@dataclass(frozen=True, slots=True)
class Said:
    """Their envelope, read."""

    code: str
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def read(answer: Answer) -> Said:
    """Raises Misconfigured for codes that are about us and for pages, Unavailable for anything else than the envelope:
    status 200 alone says nothing."""
    told = answer.json()
    code = told.get("appcode") if isinstance(told, dict) else None
    if not isinstance(code, str) or not code:
        raise Unavailable("对方的应答不是约定的格式", maybe_sent=True)
    reason, details = told.get("message"), told.get("data")
    said = Said(code, reason if isinstance(reason, str) else "", details if isinstance(details, dict) else {})
    if code in _ABOUT_US:
        raise Misconfigured(code, said.reason)
    return said


def judge(said: Said, parcel: Parcel, *, now: datetime) -> Outcome:
    """What an answer to a record means. `now`: local time, for how long the books stay closed."""
    code, reason = said.code, said.reason
    match code:
        case "0":
            return _taken(said, parcel)
        case "102":
            registered = said.details.get("AAB004")
            # 「同一企业法人表述不一致」: their name is the one to take, so the worker is shown it.
            told = f"{reason}，登记名称为“{registered}”" if registered else reason
            return Rejected(code, told, ("employer_name",))
        case "103":
            return NotApplicable(code, reason)
        case "104":
            return Conflict(code, reason)
        case "105":
            return NeedsFirst("JZDJ", code, reason)
        case "201":
            return NotYet(reason, retry_after=until_books_open(now), code=code)
    if code.startswith("1"):
        return Rejected(code, reason, ("employer_uscc",) if code == "101" else _named(reason))
    return NotYet(f"{code} {reason}".strip(), code=code)


def until_books_open(now: datetime) -> float | None:
    """Seconds until the first of the month at noon; None where no turn of a month is near: they know why, we do not."""
    if now.day == 1 and now.time() < _BOOKS_OPEN:
        first = now.date()
    elif now.day > 20:  # the last working day may come well before a long holiday
        first = (now.replace(day=1) + timedelta(days=32)).replace(day=1).date()
    else:
        return None
    return (datetime.combine(first, _BOOKS_OPEN, now.tzinfo) - now).total_seconds()


def compare(held: Mapping[str, Any], parcel: Parcel) -> Outcome:
    """What they hold of a person against what they should hold; `held` empty where they hold nothing."""
    number = str(held.get(NUMBER) or "")
    employed = held.get("AAE100") == _EMPLOYED
    if parcel.action is Action.CLOSE:
        return Differs(number) if employed else Delivered(number or parcel.reference)
    if not held:
        return NotYet("对方没有这个人的用工登记")
    wanted = content(parcel)
    other = [name for name in _SOURCES if held.get(name) != wanted.get(name)]
    if other or not employed:
        return Differs(number, _ours(other))
    gives = {PROFILE.gives[NUMBER]: number}
    return Delivered(number, gives) if held.get(SERIAL) == parcel.key else AlreadyThere(number, gives)


def _taken(said: Said, parcel: Parcel) -> Outcome:
    number = said.details.get(NUMBER)
    if not isinstance(number, str) or not number:
        if parcel.action is Action.CLOSE:
            return Delivered(parcel.reference)  # they never had the person, so nobody is employed there
        return Unknown("对方称已接收，但应答中没有个人编号")
    gives = {PROFILE.gives[NUMBER]: number}
    return AlreadyThere(number, gives) if said.details.get("EXISTED") == "1" else Delivered(number, gives)


def _named(reason: str) -> tuple[str, ...]:
    """The fields whose names they quote."""
    return _ours(re.findall(r"[A-Z]{3}\d{3}", reason))


def _ours(names: list[str]) -> tuple[str, ...]:
    """Canonical names; a number that another department gave is nobody's to fill in."""
    sources = (_SOURCES[name] for name in names if name in _SOURCES)
    return tuple(source for source in sources if not source.startswith("JZDJ."))
