"""What one entry instead of many saves, and how far the systems of the district share: with the method to each number.

The tap model is the handbook's (section 3): a tap is a key or a touch, a Chinese character costs three, opening a
system and finding the record eight, a record typed into one system what stands below; 1.5 taps a second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, Exists, OuterRef, Q

from gridapp import dictionary
from gridapp.catalogue.targets import Configured
from gridapp.delivery.counts import Flowed
from gridapp.org.models import Role, User
from gridapp.registry.models import Entry

BY_HAND: Mapping[str, int] = {
    "JZDJ": 250, "ZZSB": 183, "PDA": 151, "GZZ": 198, "LB": 189, "WG": 260, "SZZ": 241, "JS": 184,
}  # fmt: skip
"""Taps of one new record at each system that was measured (handbook, section 3)."""
OPENING, ONCE, A_SECOND = 8, 103, 1.5
"""Taps to open a system and find a record; of one entry here without a card reader; taps a second."""
_LOCAL = re.compile(r"L\b")


@dataclass(frozen=True, slots=True)
class Saved:
    """Taps that departments' own systems would have cost, that ours cost, and the time between."""

    by_hand: int
    here: int

    @property
    def taps(self) -> int:
        return max(self.by_hand - self.here, 0)

    @property
    def seconds(self) -> float:
        return self.taps / A_SECOND


@dataclass(frozen=True, slots=True)
class Sharing:
    """The four indicators of sharing. Shares are None where there is nothing to have a share of.

    `ready`: of the catalogue's systems, those that are connected and switched on. `standard`: of the fields that they
    receive, those defined by a standard or a department and not by us. `most`: seconds in which nine of ten deliveries
    had their receipt. `able`: of the workers, those who have entered something.
    """

    ready: float | None
    standard: float | None
    most: float | None
    able: float | None


def of(flowing: Sequence[Flowed], ones: Sequence[Configured]) -> Saved:
    """The taps saved by what was entered and taken. What was not measured counts as opened only: never too much."""
    measured = {one.target.pk: BY_HAND.get(one.profile.key, OPENING) for one in ones}
    by_hand = sum(
        flowed.created * measured.get(flowed.target_id or 0, OPENING) + (flowed.changed + flowed.closed) * OPENING
        for flowed in flowing
    )
    return Saved(by_hand, sum(flowed.entered * ONCE + flowed.verified for flowed in flowing))


def sharing(ones: Sequence[Configured], inside: Q, *, most: float | None) -> Sharing:
    """The indicators of an area; `inside`: the filter on workers by where they work. One statement."""
    worked = Exists(Entry.objects.filter(by=OuterRef("pk")))
    workers = User.objects.filter(inside, role=Role.WORKER, is_active=True)
    found = workers.aggregate(all=Count("pk", distinct=True), able=Count("pk", distinct=True, filter=worked))
    names = frozenset(row.name for one in ones for layout in one.profile.layouts.values() for row in layout.rows)
    return Sharing(
        ready=sum(one.live for one in ones) / len(ones) if ones else None,
        standard=_standard(names),
        most=most,
        able=found["able"] / found["all"] if found["all"] else None,
    )


@lru_cache(maxsize=8)
def _standard(names: frozenset[str]) -> float | None:
    known = [dictionary.FIELDS[name] for name in names if name in dictionary.FIELDS]
    return sum(not _LOCAL.match(field.source) for field in known) / len(known) if known else None
