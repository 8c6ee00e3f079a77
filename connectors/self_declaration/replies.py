"""The platform's answers -> our outcomes. Answer, query and call all speak of a declaration in the same few words.

A *case* is {requestId, code, msg, data: {declareNo, status}}; a refused one has data {field} or none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.transport.http import Answer, retry_after
from gridapp.contract import (
    AlreadyThere,
    Conflict,
    Delivered,
    Inexpressible,
    Manual,
    Misconfigured,
    NeedsFirst,
    NotYet,
    Outcome,
    Rejected,
    Unavailable,
    Unknown,
)

from .declaration import SOURCES
from .mapping import PROFILE

CLAIMS: Mapping[str, type[Outcome] | type[Misconfigured]] = {
    "40000": Rejected,
    "40010": NeedsFirst,
    "40021": Rejected,
    "40031": AlreadyThere,
    "40032": Conflict,
    "40051": Manual,
    "50001": Rejected,
    "42900": NotYet,
    "50000": NotYet,
    "40100": Misconfigured,
}
"""Their documented codes and what each is here, of one declaration; 40100 is about us and stops the lane."""

BAD_SIGNATURE, TOO_MANY, BAD_FIELD, NOBODY_KNOWS = 40100, 42900, 40000, 40400
PASSED, RETURNED = "PASSED", "RETURNED"
WAITING = frozenset({"WAIT_LESSOR", "WAIT_STATION"})
ENDED = "ENDED"
"""Moved out since, or another declaration has taken its place."""
NUMBER = re.compile(r"[0-9A-Za-z]{1,64}")
"""What a declareNo may look like: it becomes part of an address."""
NOT_NAMED = Unknown("对方的应答中没有这一条")

Case = Mapping[str, Any]


def cases(answer: Answer) -> list[Case]:
    """The cases in an envelope {code, msg, data: […]}.

    Raises Misconfigured for 40100 and pages, Unavailable for all else: status 200 alone says nothing.
    """
    told = answer.json()
    code = told.get("code") if isinstance(told, dict) else None
    reason = str(told.get("msg") or "") if isinstance(told, dict) else ""
    if code == BAD_SIGNATURE:
        raise Misconfigured(str(code), reason)
    if code == TOO_MANY:
        wait = retry_after(answer.headers.get("Retry-After"), now=datetime.now(UTC))
        raise Unavailable(f"{code} {reason}", maybe_sent=False, retry_after=wait)
    named = told.get("data") if isinstance(told, dict) else None
    if type(code) is int and code == 0 and isinstance(named, list):  # not False, which would equal 0
        return [one for one in named if isinstance(one, dict)]
    raise Unavailable(f"{code} {reason}".strip() if code else "对方的应答不是约定的格式", maybe_sent=True)


def by_request(named: Sequence[Case]) -> dict[str, Case | None]:
    """requestId -> its case; None where they say two things of one."""
    return _by(named, lambda case: case.get("requestId"))


def by_number(named: Sequence[Case]) -> dict[str, Case | None]:
    """declareNo -> its case; None where they say two things of one."""
    return _by(named, number)


def number(case: Case) -> str:
    """Its declareNo; "" where there is none that can be one."""
    held = case.get("data")
    given = held.get("declareNo") if isinstance(held, dict) else None
    return given if isinstance(given, str) and NUMBER.fullmatch(given) else ""


def content(case: Case) -> Mapping[str, Any] | None:
    """The declaration as they hold it, where they say it."""
    held = case.get("data")
    declared = held.get("declaration") if isinstance(held, dict) else None
    return declared if isinstance(declared, dict) else None


def status(case: Case) -> str:
    """Where it stands. The answer to a declaration may leave it out: it waits for the landlord then."""
    held = case.get("data")
    return str(held.get("status", "WAIT_LESSOR")) if isinstance(held, dict) else ""


def judge(case: Case | None) -> Outcome | None:
    """What a case means; None while landlord and station have not decided."""
    if case is None:
        return NOT_NAMED
    code, named, stands = case.get("code"), number(case), status(case)
    if type(code) is not int:
        return Unknown("对方的应答不是约定的格式")
    if code != 0:
        reason = str(case.get("msg") or "")
        # whatever they return after looking at it is the worker's, also under a code that is new
        return Rejected(str(code), reason) if stands == RETURNED else _refused(case, code, reason)
    if not named:
        return Unknown("对方称已受理，但没有申报流水号")
    if stands == PASSED:
        return Delivered(named, _gives(named))
    return None if stands in WAITING else Unknown(f"对方的申报状态为“{stands[:20]}”")


def unsayable(error: Inexpressible) -> Outcome:
    """A name too long for them is right and stays: a clerk declares it by hand. Anything else the worker can mend."""
    if error.field == "name":
        return Manual("inexpressible", error.reason, (error.field,))
    return Rejected("inexpressible", error.reason, (error.field,))


def _refused(case: Case, code: int, reason: str) -> Outcome:
    said = str(code)
    match code:
        case 40010:
            return NeedsFirst("FWBM", said, reason)
        case 40021:
            return Rejected(said, reason, _fields(case) or ("housing.owner_phone",))
        case 40031:
            named = number(case)
            return AlreadyThere(named, _gives(named), code=said)
        case 40032:
            return Conflict(said, reason)
        case 40051:
            return Manual(said, reason, ("name",))
        case 50001:
            return Rejected(said, reason)  # no field is wrong: somebody has to go there again
        case 40000:
            return Rejected(said, reason, _fields(case))
        case 40400:
            return Unknown(f"{said} {reason}")
    return NotYet(f"{said} {reason}".strip(), code=said)  # a code that nobody has documented burns no record


def _fields(case: Case) -> tuple[str, ...]:
    """Our name of the field they blame, where they name one."""
    held = case.get("data")
    source = SOURCES.get(str(held.get("field"))) if isinstance(held, dict) else None
    return (source,) if source else ()


def _gives(named: str) -> dict[str, str]:
    return {PROFILE.gives["declareNo"]: named} if named else {}


def _by(named: Sequence[Case], key: Callable[[Case], Any]) -> dict[str, Case | None]:
    found: dict[str, Case | None] = {}
    for case in named:
        name = str(key(case) or "")
        found[name] = case if found.get(name, case) == case else None
    return found
