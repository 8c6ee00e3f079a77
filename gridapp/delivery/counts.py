"""How many stand where and what came and went: read from the counters, folded or not yet, always exact.

Each question is one statement, so it sees one moment. Its cost depends on areas and targets, never on deliveries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Any

from gridapp import direct

BOUNDS = tuple(2 ** (half / 2) for half in range(44))
"""Seconds from the entry to the receipt where one bucket ends and the next begins: 1, 1.4, 2, 2.8 … 34 days."""
FRESH_DAYS = 90
"""A record is fresh that was verified in the last 90 days (handbook: KPIs), to the week."""
GRID_DAYS = 100
"""What happened in a single grid is kept day by day for so long; in all larger areas for good."""

LEVELS = "(VALUES (6, 0), (9, 6), (12, 9), (15, 12)) AS level(size, above)"
"""Digits of each kind of area and of the one around it."""
UNFOLDED = f"""
SELECT left(m.grid_code, size) AS area, left(m.grid_code, above) AS parent, m.target_id, m.kind, m.standing, m.since,
    m.number
FROM {{steps}} s CROSS JOIN LATERAL (VALUES
    (s.grid_code, s.target_id, s.kind, s.was, s.was_since, -s.number),
    (s.grid_code, s.target_id, s.kind, s.stands, s.stands_since, s.number))
    AS m(grid_code, target_id, kind, standing, since, number)
CROSS JOIN {LEVELS}
WHERE m.standing <> '' AND length(m.grid_code) >= size
"""  # noqa: S608 - our own words
"""Steps as the counts they will be; `steps`: where they come from."""
_TIMES = ", ".join(f"coalesce(sum(number) FILTER (WHERE bucket = {place}), 0)::int" for place in range(len(BOUNDS) + 1))
UNFOLDED_FLOWS = f"""
SELECT left(grid_code, size) AS area, left(grid_code, above) AS parent,
    (made_at AT TIME ZONE 'Asia/Shanghai')::date AS day, target_id,
    coalesce(sum(number) FILTER (WHERE verdict = 'entered'), 0)::bigint AS entered,
    coalesce(sum(number) FILTER (WHERE verdict = 'verified'), 0)::bigint AS verified,
    coalesce(sum(number) FILTER (WHERE verdict = 'created'), 0)::bigint AS created,
    coalesce(sum(number) FILTER (WHERE verdict = 'changed'), 0)::bigint AS changed,
    coalesce(sum(number) FILTER (WHERE verdict = 'closed'), 0)::bigint AS closed,
    coalesce(sum(number) FILTER (WHERE at_once), 0)::bigint AS at_once,
    coalesce(sum(number) FILTER (WHERE verdict = 'returned'), 0)::bigint AS returned,
    CASE WHEN count(bucket) > 0 THEN ARRAY[{_TIMES}] ELSE '{{{{}}}}'::int[] END AS times
FROM {{steps}} CROSS JOIN {LEVELS}
WHERE verdict <> '' AND length(grid_code) >= size
GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - our own words
"""Steps as the flows they will be."""

_HERE = "area = ANY(%(areas)s)"
_INSIDE = "parent = ANY(%(areas)s)"
_STANDING = """
SELECT area, target_id, kind, standing,
    CASE WHEN standing = 'open'
            THEN CASE WHEN since >= date_trunc('week', (%(today)s::date - %(fresh)s)::timestamp)::date THEN 0 ELSE 1 END
        WHEN since IS NULL OR since >= %(today)s::date - 1 THEN 0
        WHEN since >= %(today)s::date - 3 THEN 1 ELSE 2 END AS age,
    sum(number)::bigint
FROM (
    SELECT area, target_id, kind, standing, since, number FROM delivery_count WHERE {here}
    UNION ALL
    SELECT area, target_id, kind, standing, since, number FROM ({unfolded}) AS late WHERE {here}) AS counted
GROUP BY 1, 2, 3, 4, 5 HAVING sum(number) <> 0
"""
_FLOWING = """
SELECT {keys}, sum(entered)::bigint, sum(verified)::bigint, sum(created)::bigint, sum(changed)::bigint,
    sum(closed)::bigint, sum(at_once)::bigint, sum(returned)::bigint, {times}
FROM (
    SELECT area, parent, day, target_id, entered, verified, created, changed, closed, at_once, returned, times
    FROM delivery_flow WHERE {here} AND day BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT * FROM ({unfolded}) AS late WHERE {here} AND day BETWEEN %(first)s AND %(last)s) AS flowed
GROUP BY {keys} ORDER BY {keys}
"""
_SUMMED = (
    "ARRAY[" + ", ".join(f"coalesce(sum(times[{place + 1}]), 0)::bigint" for place in range(len(BOUNDS) + 1)) + "]"
)


@dataclass(frozen=True, slots=True)
class Extent:
    """Which areas a page is about: these, or (`inside`) each of those directly inside these; "" has all districts."""

    areas: tuple[str, ...]
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How many stand so. `standing`: a status, what a held one waits for, or "open" of records (`target_id` None).

    `age`: of what was returned or is in conflict, 0: since yesterday at most, 1: two or three days, 2: longer; of an
    open record 0: fresh, 1: not.
    """

    area: str
    target_id: int | None
    kind: str
    standing: str
    age: int
    number: int


@dataclass(frozen=True, slots=True)
class Flowed:
    """What happened in a while. `times`: deliveries per bucket of BOUNDS."""

    area: str = ""
    target_id: int | None = None
    day: date | None = None
    entered: int = 0
    verified: int = 0
    created: int = 0
    changed: int = 0
    closed: int = 0
    at_once: int = 0
    returned: int = 0
    times: Sequence[int] = field(default_factory=tuple)

    @property
    def accepted(self) -> int:
        """What targets took."""
        return self.created + self.changed + self.closed

    @property
    def judged(self) -> int:
        return self.accepted + self.returned

    @property
    def first_pass(self) -> float | None:
        """Share of all judgements by which something was taken at its first try; None where nothing was judged."""
        return self.at_once / self.judged if self.judged else None

    @property
    def half(self) -> float | None:
        """Seconds in which half of the timed deliveries had their receipt; None where none was timed."""
        return quantile(self.times, 0.5)

    @property
    def most(self) -> float | None:
        """The same of nine in ten."""
        return quantile(self.times, 0.9)


def standings(extent: Extent, *, today: date) -> list[Standing]:
    """How many stand where in each area of the extent. One statement."""
    here = _INSIDE if extent.inside else _HERE
    sql = _STANDING.format(here=here, unfolded=UNFOLDED.format(steps="delivery_step"))
    return [Standing(*row) for row in direct.fetch(sql, _given(extent, today=today, fresh=FRESH_DAYS))]


def flows(extent: Extent, *, first: date, last: date) -> list[Flowed]:
    """What happened in each area and target of the extent from the first day to the last. One statement."""
    rows = direct.fetch(_flowing(extent, "area, target_id", _SUMMED), _given(extent, first=first, last=last))
    return [Flowed(row[0], row[1], None, *row[2:]) for row in rows]


def days(extent: Extent, *, first: date, last: date) -> list[Flowed]:
    """What happened on each day, in the whole extent; days on which nothing did are left out. One statement."""
    rows = direct.fetch(_flowing(extent, "day", "'{}'::bigint[]"), _given(extent, first=first, last=last))
    return [Flowed("", None, *row) for row in rows]


def together(parts: Sequence[Flowed]) -> Flowed:
    """Their sum, whatever areas, targets and days they are of."""
    numbers = ("entered", "verified", "created", "changed", "closed", "at_once", "returned")
    longest = max((len(one.times) for one in parts), default=0)
    times = [sum(one.times[place] for one in parts if place < len(one.times)) for place in range(longest)]
    return Flowed(**{name: sum(getattr(one, name) for one in parts) for name in numbers}, times=times)


def quantile(times: Sequence[int], share: float) -> float | None:
    """Seconds within which that share of the timed deliveries had its receipt; None where none was timed.

    Within a bucket taken as even on the logarithmic scale: off by a factor of 1.41 at most.
    """
    total, wanted = sum(times), share * sum(times)
    if not total:
        return None
    reaching = enumerate(accumulate(times))
    place, reached = next((place, reached) for place, reached in reaching if reached and reached >= wanted)
    if place == 0:
        return BOUNDS[0]
    if place >= len(BOUNDS):
        return BOUNDS[-1]
    low, high = BOUNDS[place - 1], BOUNDS[place]
    within = (wanted - (reached - times[place])) / times[place] if times[place] else 1.0
    return float(low * (high / low) ** within)


def _flowing(extent: Extent, keys: str, times: str) -> str:
    here = _INSIDE if extent.inside else _HERE
    return _FLOWING.format(here=here, keys=keys, times=times, unfolded=UNFOLDED_FLOWS.format(steps="delivery_step"))


def _given(extent: Extent, **more: Any) -> dict[str, Any]:
    return {"areas": list(extent.areas), **more}
