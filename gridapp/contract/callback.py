"""What a department tells of its own accord: a signed call to our address, and what it says about tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived: the raw body, byte for byte, and the headers under their names in lower case."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Signed:
    """A call whose signature holds. `at`: when it was signed. `event`: the department's own id of it, "" for none."""

    at: datetime
    event: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a call says about one ticket. `outcome` None: a step on the way, nothing is decided."""

    ticket: str
    outcome: Outcome | None


class Forged(Exception):
    """The signature does not hold, covers too little, or was made with another key. The text names no value."""
