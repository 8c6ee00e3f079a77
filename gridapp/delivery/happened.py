"""What happened since a place: the entries and the tries, which are only ever added to, in the order of their numbers.

Entering and settling know nothing of who follows: that costs them nothing. A number is drawn before its transaction is
committed, so what is younger than the oldest transaction that still writes, and a little more, is left for next time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gridapp import direct

SETTLED = timedelta(seconds=5)
"""How long after it was made a row is surely seen by everybody."""
MOST = 1000
"""Rows of each kind that are looked at at once."""

_UNTIL = """
SELECT least(clock_timestamp(), min(xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'
"""  # autovacuum has a number, too, while it writes down what it found: it enters nothing, and holds nothing up
_ENTRIES = """
SELECT number, record_id, action, version, received_at FROM registry_entry WHERE number > %s ORDER BY number LIMIT %s
"""
_TRIES = """
SELECT a.id, d.record_id, t.key, a.outcome, a.version, a.finished_at
FROM delivery_attempt a JOIN delivery_delivery d ON d.id = a.delivery_id JOIN catalogue_target t ON t.id = d.target_id
WHERE a.id > %s ORDER BY a.id LIMIT %s
"""
_LATEST = """
SELECT coalesce((SELECT max(number) FROM registry_entry), 0), coalesce((SELECT max(id) FROM delivery_attempt), 0)
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The last entry and the last try that were seen."""

    entry: int
    attempt: int


BEGINNING = Place(0, 0)


@dataclass(frozen=True, slots=True)
class Happening:
    """An entry (`target` "", `word` its action) or a try (`target` its key, `word` its outcome)."""

    number: int
    record_id: UUID
    target: str
    word: str
    version: int
    at: datetime


def latest() -> Place:
    """Behind everything that is there now."""
    ((entry, attempt),) = direct.fetch(_LATEST)
    return Place(entry, attempt)


def since(place: Place, *, settled: timedelta | None = None, most: int = MOST) -> tuple[list[Happening], bool]:
    """Entries first, then tries; and whether there may be more."""
    ((until,),) = direct.fetch(_UNTIL)
    until -= SETTLED if settled is None else settled
    entries = [Happening(row[0], row[1], "", *row[2:]) for row in direct.fetch(_ENTRIES, [place.entry, most])]
    tries = [Happening(*row) for row in direct.fetch(_TRIES, [place.attempt, most])]
    old, done = _before(entries, until), _before(tries, until)
    return old + done, most in (len(old), len(done))


def _before(rows: Sequence[Happening], until: datetime) -> list[Happening]:
    # Up to the first that is too young, not all that are old enough: its number must not be passed by.
    young = next((place for place, row in enumerate(rows) if row.at >= until), len(rows))
    return list(rows[:young])
