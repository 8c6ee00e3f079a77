"""What an entry asks and what it writes: a statement each. Whoever enters many asks for all of them together, see
together.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models import Model

from gridapp import direct

from . import locks
from .models import Household, Record, Residency
from .writing import insert


class Books:
    """The register as one entry sees it."""

    def hold(self, key: bytes) -> None:
        """Waits for whoever works on the same entry id or document."""
        locks.hold(key)

    def is_known(self, entry_id: UUID) -> bool:
        """True where the entry was made before."""
        return locks.is_known(entry_id)

    def records(self, *, housing: UUID | str | None, identities: Sequence[bytes]) -> list[Record]:
        """The home, and whoever has or had the document; locked."""
        return locks.records(housing=housing, identities=identities)

    def households(self, housing_id: UUID) -> list[Household]:
        """Those somebody lives in now, in the order of their ids."""
        # Not through the ORM: nearly every entry of a person passes here.
        rows = direct.fetch(
            "SELECT id, housing_id, sealed FROM registry_household h WHERE housing_id = %s AND EXISTS "
            "(SELECT FROM registry_residency WHERE household_id = h.id AND is_open) ORDER BY id",
            [housing_id],
        )
        return [Household.from_db(connection.alias, ("id", "housing_id", "sealed"), row) for row in rows]

    def housemates(self, household: Household, person: Record) -> tuple[UUID, ...]:
        """The other people who live in the household now."""
        members = Residency.objects.filter(household=household, is_open=True).exclude(resident=person)
        return tuple(members.values_list("resident_id", flat=True))

    def keep(self, household: Household) -> None:
        """Writes what is known of a household now."""
        household.save(update_fields=["sealed"])

    def insert(self, *rows: Model) -> None:
        """Writes the new rows of one entry, the entry last."""
        insert(*rows)


ONE_BY_ONE = Books()
