"""What the lease filing system answers, and whose move each filing is then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.transport.http import Answer
from gridapp.contract import (
    Action,
    AlreadyThere,
    Conflict,
    Delivered,
    Differs,
    NotApplicable,
    NotYet,
    Outcome,
    Rejected,
    Submitted,
    Unavailable,
    Unknown,
)

from .filing import PARTS
from .mapping import HOUSING, PROFILE

DONE = "0"
NOTHING_THERE = "4040"
BUSY = "5000"
ELSEWHERE = "CF01"
REVIEWING, PASSED, SUPPLEMENT, RETURNED, VALID = "审核中", "通过", "补正", "退回", "有效"

# What the worker has to look at, in our names. A seized house (TH03) is nothing that a form can put right.
_REFUSALS: Mapping[str, tuple[str, ...]] = {
    "BZ01": ("attachment.lease_signature",),
    "BZ02": ("tenancy.lease_start", "tenancy.lease_end"),
    "TH01": ("housing.rental_use",),
    "TH02": ("housing.floor_area", "housing.occupant_count"),
    "TH03": (),
}
# About the message itself; the field at fault stands beside the code.
_FORMAT = frozenset({"4001", "4013", "4015"})

CLAIMS: Mapping[str, type[Outcome]] = {**dict.fromkeys(_REFUSALS, Rejected), ELSEWHERE: Conflict}
"""Their documented answers and what each is here; the conformance kit makes the sandbox give every one of them."""

_FIELDS = {row.name: row.source for row in HOUSING.rows}
_NUMBER = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class Reply:
    """Their envelope. `said`: what stands under `data`; a number that is not of the agreed shape is not there."""

    code: str
    reason: str
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def case(self) -> Reply:
        """What lies on the window's table, beside a filing."""
        told = self.said.get("case")
        return Reply(self.code, "", told if isinstance(told, dict) else {})

    def number(self, name: str) -> str:
        value = self.said.get(name)
        return value if isinstance(value, str) and _NUMBER.fullmatch(value) else ""


def read(answer: Answer) -> Reply:
    """`{code, message, data}`. Raises Misconfigured for pages, Unavailable for anything else: a status alone says
    nothing."""
    told = answer.json()
    match told:
        case {"code": str(code), **more}:
            said = more.get("data")
            return Reply(code, str(more.get("message") or ""), said if isinstance(said, dict) else {})
    raise Unavailable("对方的应答不是约定的格式", maybe_sent=True)


def judge(reply: Reply) -> Outcome:
    """What a filing, a change or a cancellation came to at the counter."""
    if reply.code == DONE:
        return _accepted(reply)
    if reply.code == NOTHING_THERE:
        return NotApplicable(NOTHING_THERE, reply.reason)
    if reply.code == BUSY:
        return NotYet(reply.reason, code=BUSY)
    return _refused(reply.code, reply.reason, reply.said.get("field"))


def judge_ticket(reply: Reply) -> Outcome | None:
    """What the window decided; None while it is looking."""
    if reply.code == NOTHING_THERE:
        return NotYet(reply.reason, code=NOTHING_THERE)  # theirs is lost; filing again is safe, they key on requestId
    if reply.code == BUSY:
        return None
    if reply.code != DONE:
        return _refused(reply.code, reply.reason, None)
    status = reply.said.get("status")
    if status == REVIEWING:
        return None
    if status == PASSED and (number := reply.number("filingNo")):
        return Delivered(number, _given(number))
    if status in (SUPPLEMENT, RETURNED):
        return _refused(str(reply.said.get("code")), str(reply.said.get("reason") or ""), None)
    return Unknown(f"应答不在约定之内:{reply.code} {reply.reason}".strip())


def judge_held(reply: Reply, key: str, action: Action, sent: Mapping[str, Any]) -> Outcome:
    """What they hold of a house, against what was sent under our `key`: the filing, and the case on the table."""
    gone, number = action is Action.CLOSE, reply.number("filingNo")
    if reply.code not in (DONE, NOTHING_THERE):
        return Unknown(f"对方没有说明:{reply.code} {reply.reason}")
    case = reply.case
    status, valid = case.said.get("status"), reply.said.get("status") == VALID and number
    if gone:
        return Differs(number) if valid or status == REVIEWING else AlreadyThere(number)
    if status == REVIEWING and (ticket := case.number("acceptNo")):
        return Submitted(ticket)
    if status in (SUPPLEMENT, RETURNED) and case.said.get("requestId") == key:
        return judge_ticket(case) or Unknown("对方没有说明")
    if not valid:
        return NotYet(reply.reason or "对方没有有效的备案")
    differing = _differing(reply, sent)
    return Differs(number, differing) if differing else Delivered(number, _given(number))


def _accepted(reply: Reply) -> Outcome:
    if reply.said.get("existed") is True and (number := reply.number("filingNo")):
        return AlreadyThere(number, _given(number), "existed")
    if number := reply.number("cancelled"):  # takes effect at the counter
        return Delivered(number)
    if ticket := reply.number("acceptNo"):
        return Submitted(ticket)
    return Unknown("对方称已受理，但没有给出受理号")


def _refused(code: str, reason: str, named: Any) -> Outcome:
    if code == ELSEWHERE:
        return Conflict(code, reason)
    if code in _REFUSALS:
        return Rejected(code, reason, _REFUSALS[code])
    if code in _FORMAT:
        return Rejected(code, reason, (_FIELDS[named],) if named in _FIELDS else ())
    return Unknown(f"应答不在约定之内:{code} {reason}".strip())


def _differing(reply: Reply, sent: Mapping[str, Any]) -> tuple[str, ...]:
    """Our names of what they hold otherwise; a file is compared by its digest, and only where we sent one."""
    held = _flat(reply.said.get("filing"))
    files = reply.said.get("files")
    held |= files if isinstance(files, dict) else {}
    names = [name for name in _FIELDS if name not in PARTS.values() or name in sent]
    return tuple(_FIELDS[name] for name in names if held.get(name) != sent.get(name))


def _flat(document: Any) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in document.items() if isinstance(document, dict) else ():
        flat |= {f"{name}.{inner}": one for inner, one in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _given(number: str) -> dict[str, str]:
    return {PROFILE.gives["filingNo"]: number}
