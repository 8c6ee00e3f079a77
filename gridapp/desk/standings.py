"""How the deliveries of a record are shown: a symbol and a tone beside the words, links to what must be fixed, and when
to look again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from gridapp import dictionary
from gridapp.contract import Kind
from gridapp.delivery import standing
from gridapp.delivery.models import Status
from gridapp.delivery.standing import Standing
from gridapp.desk import groups, questions
from gridapp.registry.models import Record

LOOKS: dict[str, tuple[str, str]] = {
    "": ("", "○"),
    Status.WAITING: ("calm", "…"),
    Status.HELD: ("calm", "…"),
    Status.SENDING: ("calm", "→"),
    Status.SUBMITTED: ("calm", "…"),
    Status.DELIVERED: ("good", "✓"),
    Status.RETURNED: ("bad", "!"),
    Status.CONFLICT: ("warn", "!"),
    Status.MANUAL: ("warn", "!"),
    Status.UNCERTAIN: ("calm", "?"),
    Status.FAILED: ("warn", "×"),
    Status.WITHHELD: ("", "–"),
    Status.CANCELLED: ("", "–"),
}
"""Status -> tone and symbol. Only what is the worker's own move looks like trouble."""

NOBODYS = {Status.WITHHELD, Status.CANCELLED}
MOVING = {Status.WAITING, Status.SENDING, Status.SUBMITTED, Status.UNCERTAIN}
PAUSES = (1, 1, 1, 2, 2, 2, 5, 5, 5)
LONGEST_PAUSE = 15
LAST_STEP = 240
"""Seconds between looks while something moves, from the last change on; after about an hour the page stops asking."""


@dataclass(frozen=True)
class Fix:
    """A field to put right: where it is on the form, and its name."""

    id: str
    label: str


@dataclass(frozen=True)
class Line:
    standing: Standing
    tone: str
    symbol: str
    fixes: list[Fix]


@dataclass(frozen=True)
class Board:
    """All deliveries of one record. `pause` None: nothing moves, so the page need not look again."""

    lines: list[Line]
    done: int
    wanted: int
    mine: int
    not_connected: int
    seen: str
    step: int
    pause: int | None

    @property
    def is_complete(self) -> bool:
        return self.done == self.wanted


def board(record: Record, *, step: int = 0, seen: str = "") -> Board:
    """Where everything stands now. `step` and `seen` come from the look before: without a change the pauses grow."""
    standings = standing.of(record)
    now_seen = _digest(standings)
    step = step + 1 if seen == now_seen else 0
    moving = any(one.status in MOVING or (one.status == Status.HELD and one.waits_for) for one in standings)
    wanted = [one for one in standings if one.connected and one.status not in NOBODYS]
    return Board(
        lines=[_line(one, Kind(record.kind)) for one in standings],
        done=sum(one.status == Status.DELIVERED for one in wanted),
        wanted=len(wanted),
        mine=sum(one.status == Status.RETURNED for one in wanted),
        not_connected=sum(not one.connected for one in standings),
        seen=now_seen,
        step=step,
        pause=_pause(step) if moving and step < LAST_STEP else None,
    )


def _pause(step: int) -> int:
    return PAUSES[step] if step < len(PAUSES) else LONGEST_PAUSE


def _digest(standings: list[Standing]) -> str:
    said = [
        (one.target_key, one.status, one.status_label, one.reason, one.reference, len(one.tries)) for one in standings
    ]
    return hashlib.blake2b(repr(said).encode(), digest_size=6).hexdigest()


def _line(one: Standing, kind: Kind) -> Line:
    tone, symbol = LOOKS.get(one.status, ("", "○"))
    asked = groups.names(kind)
    fixes = [
        Fix(questions.id_of(name), dictionary.field(name).label(questions.language()))
        for name in one.reason_fields
        if name in asked
    ]
    return Line(one, tone, symbol, fixes)
