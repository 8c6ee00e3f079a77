"""Where a delivery can stand and how it may go on: one table, whose move it is, and what each outcome leads to.

Everything that writes a status asks here first; the database's constraints hold the rest.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from gridapp.contract import (
    AlreadyThere,
    Conflict,
    Delivered,
    Differs,
    Manual,
    NeedsFirst,
    NotApplicable,
    NotYet,
    Outcome,
    Rejected,
    Submitted,
    Unknown,
)

from .models import Status

MOVES: Mapping[str, str] = {
    Status.WAITING: "system",
    Status.HELD: "system",
    Status.SENDING: "system",
    Status.SUBMITTED: "department",
    Status.DELIVERED: "nobody",
    Status.RETURNED: "worker",
    Status.CONFLICT: "supervisor",
    Status.MANUAL: "clerk",
    Status.UNCERTAIN: "operator",
    Status.FAILED: "operator",
    Status.WITHHELD: "nobody",
    Status.CANCELLED: "nobody",
}

_PLANNED = frozenset(Status) - {Status.SENDING, Status.SUBMITTED}
ALLOWED: Mapping[str, frozenset[Status]] = {
    # A plan may put any row that is not out of our hands anywhere but into another's hands.
    **dict.fromkeys(_PLANNED - {Status.UNCERTAIN}, _PLANNED - {Status.UNCERTAIN} | {Status.SENDING}),
    # What broke in mid-call may have arrived: an operator who wants it sent has the target asked first.
    Status.FAILED: _PLANNED | {Status.SENDING},
    # What waits for a clerk is out of our hands as soon as it stands in a workbook.
    Status.MANUAL: _PLANNED - {Status.UNCERTAIN} | {Status.SENDING, Status.SUBMITTED},
    # Nobody sends again what may have arrived until the target, or a person who looked, has said whether it did.
    Status.UNCERTAIN: frozenset(Status) - {Status.SENDING, Status.WITHHELD},
    Status.SENDING: frozenset(Status) - {Status.WITHHELD},
    Status.SUBMITTED: frozenset(Status) - {Status.WITHHELD, Status.SENDING},
}


def require(old: str, new: str) -> None:
    """Refuses a step that the table does not know. Raises ValueError."""
    if new != old and Status(new) not in ALLOWED[old]:
        raise ValueError(f"a delivery does not go from {old} to {new}")


# A record's own failures: 10 s, 30 s, 2 min, 10 min, 30 min, then every hour, for days.
_PAUSES = (10, 30, 120, 600, 1800, 3600)


def pause(attempts: int) -> timedelta:
    """How long a record waits after its n-th own failure (1 …), spread by half against crowds."""
    seconds = _PAUSES[min(max(attempts, 1), len(_PAUSES)) - 1]
    return timedelta(seconds=seconds * random.uniform(0.5, 1.5))


def asked(seconds: float) -> timedelta:
    """The pause that a target asked for: at most a day, whatever it says."""
    return timedelta(seconds=min(max(seconds, 0.0), 86_400.0))


@dataclass(frozen=True, slots=True)
class Move:
    """What an outcome does to a row: its columns, as settle writes them.

    `wait`: due again after this long. `holds`: the target now holds what was sent. `keeps_doubt`: the answer was not
    definite, an earlier try may have arrived. `counts`: this try counts as the record's own. `holds_other`: the target
    holds something of it, not surely what was sent. `holds_nothing`: it holds nothing of it, whatever it said before.
    `evidence`: a picture of what was seen.
    """

    status: Status
    code: str = ""
    reason: str = ""
    fields: tuple[str, ...] = ()
    reference: str = ""
    ticket: str = ""
    gives: Mapping[str, str] = field(default_factory=dict)
    wait: timedelta | None = None
    holds: bool = False
    keeps_doubt: bool = False
    restores_doubt: bool = False
    counts: bool = True
    holds_other: bool = False
    holds_nothing: bool = False
    evidence: bytes = b""


def move(outcome: Outcome, *, attempts: int, resend_safe: bool) -> Move:
    """The table: outcome -> next move. `attempts` counts this try."""
    match outcome:
        case Delivered():
            return Move(
                Status.DELIVERED,
                reference=outcome.reference,
                gives=outcome.gives,
                holds=True,
                evidence=outcome.evidence,
            )
        case AlreadyThere():
            return Move(
                Status.DELIVERED,
                code=outcome.code or "already_there",
                reference=outcome.reference,
                gives=outcome.gives,
                holds=True,
                evidence=outcome.evidence,
            )
        case Submitted():
            return Move(Status.SUBMITTED, ticket=outcome.ticket, keeps_doubt=True)
        case Rejected():
            return Move(Status.RETURNED, outcome.code, outcome.reason, outcome.fields)
        case Conflict():
            return Move(Status.CONFLICT, outcome.code, outcome.reason)
        case NotApplicable():
            return Move(Status.CANCELLED, outcome.code, outcome.reason)
        case NeedsFirst():
            # The number was given, but the target has not heard of it yet: its own systems take time to agree.
            return Move(Status.WAITING, outcome.code, outcome.reason, wait=pause(attempts))
        case NotYet():
            after = asked(outcome.retry_after) if outcome.retry_after is not None else pause(attempts)
            return Move(Status.WAITING, outcome.code or "not_yet", outcome.reason, wait=after, restores_doubt=True)
        case Manual():
            return Move(Status.MANUAL, outcome.code, outcome.reason, outcome.fields, restores_doubt=True)
        case Differs():
            return Move(Status.WAITING, "differs", fields=outcome.fields, reference=outcome.reference, holds_other=True)
        case Unknown():
            return in_doubt(outcome.reason, attempts=attempts, resend_safe=resend_safe)


def in_doubt(reason: str, *, attempts: int, resend_safe: bool) -> Move:
    """We do not know whether it arrived. Only a target that keys on our key is sent it again unasked."""
    if resend_safe:
        return Move(Status.WAITING, "unknown", reason, wait=pause(attempts), keeps_doubt=True)
    return Move(Status.UNCERTAIN, "unknown", reason, keeps_doubt=True)


def holding_other(outcome: AlreadyThere) -> Move:
    """It was there already, maybe as an older content that was sent without an answer: it is told the newer at once."""
    return Move(
        Status.WAITING,
        "already_there",
        reference=outcome.reference,
        gives=outcome.gives,
        counts=False,
        holds_other=True,
    )


def broken(reason: str) -> Move:
    """Our own fault in mid-call: an operator must look, and it may have arrived all the same."""
    return Move(Status.FAILED, "connector", reason, keeps_doubt=True)


def refused(code: str, reason: str) -> Move:
    """Our own fault: nothing was taken, and an operator must look."""
    return Move(Status.FAILED, code, reason, restores_doubt=True)


def untaken(reason: str, *, wait: timedelta) -> Move:
    """The call failed before it reached the target, by the lane's fault: the record has not had its try."""
    return Move(Status.WAITING, "unavailable", reason, wait=wait, restores_doubt=True, counts=False)
