"""What the grid governance system answers: one verdict over a whole batch, and whose move each record is then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.transport.http import Answer
from gridapp.contract import (
    AlreadyThere,
    Conflict,
    Delivered,
    Kind,
    Misconfigured,
    NeedsFirst,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Unavailable,
    Unknown,
)

from .mapping import PROFILE

NUMBER: Mapping[Kind, str] = {Kind.RESIDENT: "personId", Kind.HOUSING: "houseId"}
"""Their number for the record, by kind."""
NATURAL_KEY: Mapping[Kind, tuple[str, str]] = {
    Kind.RESIDENT: ("identityNum", "id_number"),
    Kind.HOUSING: ("houseCode", "housing.housing_code"),
}
"""What they key on: their name and ours. Sending a record again overwrites it."""

NO_PERMISSION = "48001"
_PHONES: Mapping[Kind, tuple[str, ...]] = {
    Kind.RESIDENT: ("phone",),
    Kind.HOUSING: ("housing.owner_phone", "housing.lessee_phone"),
}


CLAIMS: Mapping[str, type[Outcome]] = {
    "41001": Rejected,
    "41002": Rejected,
    "41003": NeedsFirst,
    "41004": Conflict,
    "41005": Rejected,
    "50000": NotYet,
}
"""Their documented refusals of a record and what each is here; 48001 is about us and stops the lane."""


@dataclass(frozen=True, slots=True)
class Taken:
    """They hold the whole batch. `numbers`: their entry for each record, by its natural key."""

    numbers: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Refused:
    """They took nothing of the batch. `index`: the record to blame, counted from 0, where they name one."""

    code: str
    reason: str
    index: int | None = None

    @property
    def blames_a_record(self) -> bool:
        """41… is about what was sent; anything else (50000, a code nobody has documented) is about themselves."""
        return self.code.startswith("41")


def read(answer: Answer, kind: Kind) -> Taken | Refused:
    """Their envelope `{errcode, errmsg, data}`. Raises Misconfigured for 48001 and pages, Unavailable for anything
    else than the envelope: status 200 alone says nothing."""
    told = answer.json()
    code = told.get("errcode") if isinstance(told, dict) else None
    if type(code) is int:  # not a text, and not False, which would equal 0
        named = told.get("data")
        if code == 0 and isinstance(named, list):
            name = NATURAL_KEY[kind][0]
            return Taken({str(entry.get(name)): entry for entry in named if isinstance(entry, dict)})
        if code != 0:
            return _refusal(str(code), str(told.get("errmsg") or ""), named)
    raise Unavailable("对方的应答不是约定的格式", maybe_sent=True)


def _refusal(code: str, reason: str, named: Any) -> Refused:
    if code == NO_PERMISSION:
        raise Misconfigured(NO_PERMISSION, reason)
    index = named.get("index") if isinstance(named, dict) else None
    return Refused(code, reason, index if type(index) is int else None)


def taken(verdict: Taken, parcels: Sequence[Parcel]) -> list[Outcome]:
    """One outcome per parcel of a batch that was taken; a record they do not name is not known to be there."""
    return [_taken(verdict, parcel) for parcel in parcels]


def _taken(verdict: Taken, parcel: Parcel) -> Outcome:
    entry = verdict.numbers.get(str(parcel.fields.get(NATURAL_KEY[parcel.kind][1])))
    name = NUMBER[parcel.kind]
    number = entry.get(name) if entry is not None else None
    if entry is None or not number:
        return Unknown("对方称已接收，但应答中没有这一条")
    gives = {PROFILE.gives[name]: str(number)}
    return AlreadyThere(str(number), gives) if entry.get("existed") else Delivered(str(number), gives)


def refused(verdict: Refused, kind: Kind) -> Outcome:
    """What a refusal means for the one record that earned it."""
    code, reason = verdict.code, verdict.reason
    if not verdict.blames_a_record:
        return NotYet(f"{code} {reason}".strip(), code=code)
    if code == "41003":
        return NeedsFirst("FWBM", code, reason)
    if code == "41004":
        return Conflict(code, reason)
    fields = {"41001": ("housing.grid_code",), "41002": ("ethnicity",), "41005": _PHONES[kind]}.get(code, ())
    return Rejected(code, reason, fields)
