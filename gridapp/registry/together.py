"""Arrivals of new people by the dozen: what single entries ask one by one is asked for all of them at once.

Only where nobody has the document yet is the answer known beforehand; everything else raises Unforeseen before it has
written anything, and goes through the door by itself. Same checks, same rows: a tenth of the statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection
from django.db.models import Model

from gridapp import direct

from . import locks
from .books import Books
from .models import Entry, Household, Record, Residency
from .writing import insert_many

_ENTRIES = "SELECT id FROM registry_entry WHERE id = ANY(%s::uuid[])"
_IDENTITIES = """
SELECT identity FROM registry_record WHERE identity = ANY(%(identities)s::bytea[])
UNION ALL SELECT identity FROM registry_formerdocument WHERE identity = ANY(%(identities)s::bytea[])
"""
_HOUSEHOLDS = """
SELECT h.id, h.housing_id, h.sealed, array_agg(r.resident_id)
FROM registry_household h JOIN registry_residency r ON r.household_id = h.id AND r.is_open
WHERE h.housing_id = ANY(%s::uuid[]) GROUP BY h.id ORDER BY h.id
"""
_KEEP = """
UPDATE registry_household AS h SET sealed = n.sealed
FROM json_to_recordset(%s::json) AS n(id uuid, sealed bytea) WHERE h.id = n.id
"""


class Unforeseen(Exception):
    """The entry is none of those that were asked for together: it has to ask by itself. Nothing of it is written."""


class Together(Books):
    """The register as some arrivals see it: asked once, with what they add; written by `write`.

    `ids` of the entries, `identities` of those who arrive, `homes` they arrive at. Everything is locked in one order,
    so that two of these never wait for each other. Runs inside the caller's transaction.atomic().
    """

    def __init__(self, ids: Collection[UUID], identities: Collection[bytes], homes: Collection[UUID]) -> None:
        keys = [*sorted(id_.bytes[8:] for id_ in ids), *sorted(set(identities))]
        locks.hold_all(keys)
        self._held = set(keys)
        self._entries = {id_ for (id_,) in direct.fetch(_ENTRIES, [[*ids]])}
        known = direct.fetch(_IDENTITIES, {"identities": [*identities]})
        self._taken = {bytes(identity) for (identity,) in known}
        self._homes = {record.id: record for record in locks.records(*homes)}
        self._households: dict[UUID, list[Household]] = {home: [] for home in self._homes}
        self._members: dict[UUID, list[UUID]] = {}
        for id_, home, sealed, members in direct.fetch(_HOUSEHOLDS, [[*self._homes]]):
            household = Household.from_db(connection.alias, ("id", "housing_id", "sealed"), (id_, home, sealed))
            self._households[home].append(household)
            self._members[id_] = list(members)
        self._new: dict[type[Model], list[Model]] = defaultdict(list)
        self._changed: dict[UUID, Household] = {}

    def hold(self, key: bytes) -> None:
        if key not in self._held:
            raise Unforeseen

    def is_known(self, entry_id: UUID) -> bool:
        if entry_id in self._entries:
            raise Unforeseen
        return False

    def records(self, *, housing: UUID | str | None, identities: Sequence[bytes]) -> list[Record]:
        if not self._taken.isdisjoint(identities) or not isinstance(housing, UUID) or housing not in self._households:
            raise Unforeseen
        return [self._homes[housing]]

    def households(self, housing_id: UUID) -> list[Household]:
        return sorted(self._households[housing_id], key=lambda household: household.id)

    def housemates(self, household: Household, person: Record) -> tuple[UUID, ...]:
        return tuple(id_ for id_ in self._members.get(household.id, ()) if id_ != person.id)

    def keep(self, household: Household) -> None:
        if not household._state.adding:
            self._changed[household.id] = household

    def insert(self, *rows: Model) -> None:
        for row in rows:
            self._new[type(row)].append(row)
            match row:
                case Entry():
                    self._entries.add(row.id)
                case Record(identity=identity) if identity is not None:
                    self._taken.add(bytes(identity))
                case Household():
                    self._households[row.housing_id].append(row)
                case Residency(household_id=UUID() as household_id):
                    self._members.setdefault(household_id, []).append(row.resident_id)

    def write(self) -> None:
        """Writes what was added since the last time, a statement a table."""
        for rows in self._new.values():
            insert_many(rows)
        if self._changed:
            told = [{"id": one.id, "sealed": f"\\x{one.sealed.hex()}"} for one in self._changed.values()]
            direct.run(_KEEP, [direct.table(told)])
        self._new.clear()
        self._changed.clear()

    def forget(self, home: UUID | str | None) -> None:
        """Somebody arrived there by themselves: what was asked of the home may be otherwise now."""
        self._households = {id_: there for id_, there in self._households.items() if id_ != home}
