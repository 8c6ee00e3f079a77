"""What can come of sending one parcel, named by whose move it is next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Delivered:
    """The target holds it. Only on a positive match of what its documentation calls success."""

    reference: str = ""
    gives: Mapping[str, str] = field(default_factory=dict)
    """Numbers others wait for, by the canonical or `KEY.name` they are known under, e.g. housing.housing_code."""
    evidence: bytes = field(default=b"", repr=False, compare=False)
    """What was seen where no interface says it: a PNG of at most 200 KB, personal fields masked. b"" for none."""


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The target had it before we came: a success, never shown red."""

    reference: str = ""
    gives: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    evidence: bytes = field(default=b"", repr=False, compare=False)
    """As with Delivered."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """Accepted under a ticket, the department decides later; `track()` asks for the ticket."""

    ticket: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The worker's move: data or business reason in the department's own words, with the canonical fields to fix."""

    code: str
    reason: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """The supervisor's move: other grid, other address, other employer."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The target says it does not want this record: closed quietly."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class NeedsFirst:
    """The target misses a number another target gives (`key` of that target): held until it comes."""

    key: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """Nobody's move: try this one again. `retry_after` in seconds where the target said so."""

    reason: str
    retry_after: float | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Manual:
    """A clerk's move: the target cannot take this value by machine (a character outside GBK, say)."""

    code: str
    reason: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """We do not know whether the target took it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Differs:
    """Read back: the target holds the record, but not as it was sent. `fields`: canonical names, where it can tell."""

    reference: str = ""
    fields: tuple[str, ...] = ()


Outcome = (
    Delivered
    | AlreadyThere
    | Submitted
    | Rejected
    | Conflict
    | NotApplicable
    | NeedsFirst
    | NotYet
    | Manual
    | Unknown
    | Differs
)


class Unavailable(Exception):
    """The whole call failed and the target is to blame: back off.

    `maybe_sent`: bytes of this call may have reached the target (False only when certain, e.g. connection refused).
    `reached` False: no connection came about, so that not a byte has left the house; a target that reads a request and
    says "later" has not taken it, yet it has seen it.
    """

    def __init__(
        self, reason: str, *, maybe_sent: bool, retry_after: float | None = None, reached: bool = True
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.maybe_sent = maybe_sent
        self.retry_after = retry_after
        self.reached = reached or maybe_sent


class Misconfigured(Exception):
    """The whole call failed and the operator is to act: credentials, permission, catalogue. Stops the lane at once.

    `evidence`: what was seen, as with Delivered.
    """

    def __init__(self, code: str, reason: str, *, evidence: bytes = b"") -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason
        self.evidence = evidence
