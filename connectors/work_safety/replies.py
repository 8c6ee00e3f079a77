"""What the work safety system publishes about our events: one result each, more than once, in any order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.transport.guomi import hmac_sm3_verify
from gridapp.contract import (
    AlreadyThere,
    Delivered,
    NotApplicable,
    NotYet,
    Outcome,
    Rejected,
    Unknown,
)

from .events import CLOSE, MAC, PHOTO
from .mapping import PROFILE

TAKEN = "AQ-0000"

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "AQ-1002": ("housing.longitude", "housing.latitude"),
    "AQ-1003": ("housing.hidden_danger_note",),
    "AQ-2001": (PHOTO,),
}

CLAIMS: Mapping[str, type[Outcome]] = {
    "AQ-1001": AlreadyThere,
    "AQ-1002": Rejected,
    "AQ-1003": Rejected,
    "AQ-2001": Rejected,
    "AQ-2002": NotApplicable,
    "AQ-5000": NotYet,
}
"""Their documented codes and what each is here."""


class Untrusted(Exception):
    """A result whose signature does not hold."""


@dataclass(frozen=True, slots=True)
class Result:
    """One result. `at`: their time of it, epoch milliseconds, 0 where they do not say."""

    event: str
    kind: str
    code: str
    reason: str
    numbers: Mapping[str, str]
    at: int


def event_of(body: bytes) -> str:
    """The event a message speaks of, whoever wrote it; "" where it speaks of none."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    name = told.get("eventId") if isinstance(told, dict) else None
    return name if isinstance(name, str) else ""


def read(body: bytes, headers: Mapping[str, Any], key: bytes) -> Result | None:
    """A result; None for a message that is none. Raises Untrusted for one that was not signed with `key`."""
    if not hmac_sm3_verify(key, body, _mac(headers)):
        raise Untrusted
    event = event_of(body)
    if not event:
        return None
    told = orjson.loads(body)
    at = told.get("resultTime")
    return Result(
        event=event,
        kind=_text(told, "eventType"),
        code=_text(told, "code"),
        reason=_text(told, "message"),
        numbers={name: told[name] for name in PROFILE.gives if isinstance(told.get(name), str) and told[name]},
        at=at if type(at) is int else 0,
    )


def judge(result: Result) -> Outcome:
    """What a result means for the record it is about."""
    code, reason = result.code, result.reason
    place = result.numbers.get("placeId", "")
    gives = {PROFILE.gives[name]: value for name, value in result.numbers.items()}
    match code:
        case "AQ-0000":
            # To close what they never had is done as well; anything else without a number is not on their books.
            return Delivered(place, gives) if place or result.kind == CLOSE else Unknown("结果中没有场所编号")
        case "AQ-1001":
            return AlreadyThere(place, gives, code=code)
        case "AQ-2002":
            return NotApplicable(code, reason)
        case "AQ-5000":
            return NotYet(reason, code=code)
    if code in _FIELDS or code.startswith(("AQ-1", "AQ-2")):
        return Rejected(code, reason, _FIELDS.get(code, ()))
    if code.startswith("AQ-5"):
        return NotYet(f"{code} {reason}".strip(), code=code)
    return Unknown(f"对方的结果不是约定的代码：{code[:20]}")


def _mac(headers: Mapping[str, Any]) -> bytes:
    mac = headers.get(MAC)
    try:
        return bytes.fromhex(mac) if isinstance(mac, str) else b""
    except ValueError:
        return b""


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
