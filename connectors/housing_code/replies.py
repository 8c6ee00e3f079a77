"""The housing code system's answers -> our outcomes, by whose move it is next."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.transport.soap import Fault
from gridapp.contract import (
    AlreadyThere,
    Delivered,
    Misconfigured,
    NotYet,
    Outcome,
    Rejected,
    Submitted,
    Unavailable,
    Unknown,
)

from .mapping import PROFILE
from .messages import Reply

DONE = "0000"
ACCEPTED = "0001"
NO_SUCH_TICKET = "0004"
EXISTS = "E101"
BUSY = "S999"

# What the worker has to look at, in our names. E102 and E301 are about the building and end with a supervisor.
_REFUSALS: Mapping[str, tuple[str, ...]] = {
    "E102": ("housing.building_no", "housing.estate_name"),
    "E103": ("housing.room_no",),
    "E104": ("housing.grid_code", "housing.longitude", "housing.latitude"),
    "E201": ("housing.floor_no",),
    "E301": ("housing.building_no",),
}

CLAIMS: Mapping[str, type[Outcome]] = {
    EXISTS: AlreadyThere,
    BUSY: NotYet,
    **dict.fromkeys(_REFUSALS, Rejected),
}
"""Their documented answers and what each is here; the conformance kit makes the sandbox give every one of them."""

_FIELDS = {row.name: row.source for layout in PROFILE.layouts.values() for row in layout.content_rows}


def judge(reply: Reply) -> Outcome:
    """What an application, a change or a cancellation came to. Success only with a code of 25 digits beside it."""
    if reply.code == DONE and reply.housing_code:
        return Delivered(reply.housing_code, _given(reply))
    if reply.code == EXISTS and reply.housing_code:
        return AlreadyThere(reply.housing_code, _given(reply), EXISTS)
    if reply.code == ACCEPTED and reply.ticket:
        return Submitted(reply.ticket)
    if reply.code == BUSY:
        return NotYet(reply.reason, code=BUSY)
    if reply.code in _REFUSALS or reply.code == EXISTS:
        return Rejected(reply.code, reply.reason, _REFUSALS.get(reply.code, ()))
    return Unknown(f"应答不在约定之内:{reply.code} {reply.reason}".strip())


def judge_ticket(reply: Reply) -> Outcome | None:
    """What became of an application; None while they check the map."""
    if reply.code in (ACCEPTED, BUSY):
        return None  # busy says nothing about the application: ask again, do not apply again
    if reply.code == NO_SUCH_TICKET:
        return NotYet(
            reply.reason, code=NO_SUCH_TICKET
        )  # theirs is gone; applying again is safe, they key on the address
    return judge(reply)


def judge_fault(fault: Fault) -> Outcome:
    """A SOAP fault. Raises Misconfigured for credentials, Unavailable when their side broke."""
    if fault.code.startswith("Client.Authentication"):
        raise Misconfigured(fault.code, fault.reason)
    if fault.code.startswith("Client"):
        return Rejected(fault.code, fault.reason, _named_in(fault.reason))  # their schema refused this one message
    raise Unavailable(f"对方出错:{fault.reason}"[:200], maybe_sent=True)


def _given(reply: Reply) -> dict[str, str]:
    numbers = {"FWBM": reply.housing_code, "LDBM": reply.building_code, "BZDZ": reply.address}
    return {ours: numbers[theirs] for theirs, ours in PROFILE.gives.items() if numbers.get(theirs)}


def _named_in(text: str) -> tuple[str, ...]:
    """Our names of the fields whose names of theirs stand in `text`."""
    return tuple(_FIELDS[word] for word in dict.fromkeys(re.findall(r"\b[A-Z]+\b", text)) if word in _FIELDS)
