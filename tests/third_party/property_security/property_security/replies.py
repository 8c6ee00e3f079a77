"""What 物业安保系统 answers, and whose move it is then.

`{ok: "Y" | "N", errNo, errText, passNo}` under status 200, which alone says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.transport.http import Answer
from gridapp.contract import (
    AlreadyThere,
    Conflict,
    Delivered,
    Differs,
    Misconfigured,
    NotApplicable,
    NotYet,
    Outcome,
    Rejected,
    Unavailable,
    Unknown,
)

from .mapping import PROFILE, RESIDENT

CLAIMS: Mapping[str, type[Outcome] | type[Misconfigured]] = {
    "P101": Rejected,
    "P102": Rejected,
    "P103": AlreadyThere,
    "P104": Conflict,
    "P105": NotApplicable,
    "P201": Misconfigured,
    "P301": NotYet,
}
"""Every code of their documentation and what it is here; the kit makes the sandbox give each of them."""

NOT_FOUND, NOT_OURS = "P404", "P201"
FIELDS = {"P101": ("housing.building_no", "housing.room_no"), "P102": ("phone",)}


def read(answer: Answer) -> Mapping[str, Any]:
    """Their envelope. Raises Misconfigured for P201 and pages, Unavailable for what is no answer of theirs."""
    told = answer.json()
    if not isinstance(told, dict) or told.get("ok") not in ("Y", "N"):
        raise Unavailable("对方的应答不是约定的格式", maybe_sent=True)
    if told.get("errNo") == NOT_OURS:
        raise Misconfigured(NOT_OURS, str(told.get("errText") or ""))
    return told


def judge(answer: Answer) -> Outcome:
    """What became of one card holder."""
    told = read(answer)
    code, reason, number = (str(told.get(name) or "") for name in ("errNo", "errText", "passNo"))
    gives = {PROFILE.gives["passNo"]: number} if number else {}
    if told["ok"] == "Y":
        return Delivered(number, gives) if number else Unknown("对方称已办理，但没有卡号")
    match code:
        case "P101" | "P102":
            return Rejected(code, reason, FIELDS[code])
        case "P103":
            return AlreadyThere(number, gives, code)
        case "P104":
            return Conflict(code, reason)
        case "P105":
            return NotApplicable(code, reason)
        case "P301":
            return NotYet(reason, code=code)
    return Unknown(f"{code} {reason}".strip())


def found(answer: Answer, told: Mapping[str, Any]) -> Outcome:
    """What they hold of a card holder, against what they should hold; `told`: as it would be sent now."""
    held = read(answer)
    number, card = str(held.get("passNo") or ""), held.get("card")
    if held.get("errNo") == NOT_FOUND:
        return NotYet(str(held.get("errText") or ""), code=NOT_FOUND)
    if held["ok"] != "Y" or not isinstance(card, dict):
        return Unknown(f"{held.get('errNo')} {held.get('errText')}")
    other = [row.source for row in RESIDENT if row.source[0] != "@" and _at(card, row.name) != _at(told, row.name)]
    return Differs(number, tuple(other)) if other else AlreadyThere(number)


def _at(told: Mapping[str, Any], name: str) -> Any:
    group, dot, own = name.partition(".")
    inner = told.get(group)
    return (inner.get(own) if isinstance(inner, dict) else None) if dot else inner
