"""The elder care system's answers -> our outcomes, by whose move it is next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.transport.soap import Fault
from gridapp.contract import (
    Action,
    AlreadyThere,
    Delivered,
    Differs,
    Misconfigured,
    NotApplicable,
    NotYet,
    Outcome,
    Rejected,
    Submitted,
    Unavailable,
    Unknown,
)

from .mapping import PROFILE, RESIDENT
from .messages import Reply

DONE = "0000"
ACCEPTED = "0001"
NOBODY = "0002"
EXISTS = "E02"
TOO_YOUNG = "E01"
BUSY = "E99"
KEPT = "1"

# What the worker has to look at, in our names.
_REFUSALS: Mapping[str, tuple[str, ...]] = {
    "E03": ("guardian_name", "guardian_phone"),
    "E04": ("death_date",),
    "E10": ("housing.address", "phone"),  # nobody found at the door: where they live, and the way to ask them
}

CLAIMS: Mapping[str, type[Outcome]] = {
    TOO_YOUNG: NotApplicable,
    EXISTS: AlreadyThere,
    **dict.fromkeys(_REFUSALS, Rejected),
    BUSY: NotYet,
}
"""Their documented answers and what each is here; the conformance kit makes the sandbox give every one of them."""

_FIELDS = {row.name: row.source for row in RESIDENT.content_rows}


def judge(reply: Reply) -> Outcome:
    """What a request to save came to. A file of theirs is a success only with its number beside it."""
    if reply.code == DONE and reply.number:
        return Delivered(reply.number, _given(reply))
    if reply.code == ACCEPTED and reply.ticket:
        return Submitted(reply.ticket)
    if reply.code == EXISTS:
        return AlreadyThere(reply.number, _given(reply), EXISTS)
    if reply.code in (TOO_YOUNG, NOBODY):  # nobody there to change or close, or not old enough: nothing to do
        return NotApplicable(reply.code, reply.reason)
    if reply.code == BUSY:
        return NotYet(reply.reason, code=BUSY)
    if reply.code in _REFUSALS:
        return Rejected(reply.code, reply.reason, _REFUSALS[reply.code])
    return Unknown(f"应答不在约定之内:{reply.code} {reply.reason}".strip())


def judge_ticket(reply: Reply) -> Outcome | None:
    """What became of a lead; None until somebody of theirs has been at the door."""
    if reply.code in (ACCEPTED, BUSY):
        return None
    if reply.code == NOBODY:
        return NotYet(reply.reason, code=NOBODY)  # theirs is gone; sending it again is safe, they key on the person
    return judge(reply)


def judge_held(reply: Reply, key: str, action: Action, sent: Mapping[str, Any]) -> Outcome:
    """What they hold of a person, against what was sent under our `key`."""
    gone = action is Action.CLOSE
    if reply.code == NOBODY or (reply.code == "E10" and reply.serial != key):
        return AlreadyThere() if gone else NotYet(reply.reason)
    if reply.code != DONE or not reply.number:
        return judge(reply)
    if gone:
        return Delivered(reply.number) if reply.state != KEPT else Differs(reply.number)
    wanted = {name: str(value) for name, value in sent.items() if value is not None}
    differing = [name for name in _FIELDS if wanted.get(name, "") != reply.person.get(name, "")]
    if differing or reply.state != KEPT:
        return Differs(reply.number, tuple(_FIELDS[name] for name in differing))
    return Delivered(reply.number, _given(reply))


def judge_fault(fault: Fault) -> Outcome:
    """A SOAP fault. Raises Misconfigured for credentials, Unavailable when their side broke."""
    if fault.code in ("FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken", "FailedCheck"):
        raise Misconfigured(fault.code, fault.reason)
    if fault.code == "Client":
        return Rejected(fault.code, fault.reason, _named_in(fault.reason))  # their schema refused this one message
    raise Unavailable(f"对方出错:{fault.reason}"[:200], maybe_sent=True)


def _given(reply: Reply) -> dict[str, str]:
    return {PROFILE.gives["LNRBH"]: reply.number} if reply.number else {}


def _named_in(text: str) -> tuple[str, ...]:
    """Our names of the fields whose names of theirs stand in `text`."""
    return tuple(_FIELDS[word] for word in dict.fromkeys(re.findall(r"[a-z]+", text)) if word in _FIELDS)
