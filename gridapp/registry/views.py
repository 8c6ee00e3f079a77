"""A record as everybody else reads it on a day: canonical name -> value, with derived, linked and counted ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.conf import settings

from gridapp import direct
from gridapp.dictionary import derive

from .buildings import is_ours
from .documents import opened
from .models import Record

View = dict[str, Any]
_References = tuple[tuple[str, str], ...]
_KEPT = 2048
_THE_FLATS_OWN = ("tenancy.", "premises.", "attachment.")

# Where each person lives: the open main home, else another open one, else the one that ended last.
_HOMES = """
SELECT DISTINCT ON (r.resident_id) r.resident_id::text, r.id::text, r.sealed, r.is_primary, r.verified_at,
    k.id::text, k.sealed, h.id::text, h.sealed, h.grid_code, h.housing_code, h.building_id, h.verified_at,
    (SELECT count(*) FROM registry_residency o WHERE o.housing_id = h.id AND o.is_open)
FROM registry_residency r JOIN registry_record h ON h.id = r.housing_id
LEFT JOIN registry_household k ON k.id = r.household_id
WHERE r.resident_id = ANY(%(ids)b::uuid[])
ORDER BY r.resident_id, r.is_open DESC, r.is_primary DESC, r.created_at DESC
"""
_COUNTS = """
SELECT housing_id::text, count(*) FROM registry_residency WHERE housing_id = ANY(%(ids)b::uuid[]) AND is_open
GROUP BY housing_id
"""
# An attachment stands in the view as the digest of its content: a new file is a new content for those who declare it.
_REFERENCES = """
SELECT record_id::text, name, value FROM registry_reference WHERE record_id = ANY(%(ids)s::uuid[])
UNION ALL
SELECT record_id::text, name, sha256 FROM registry_attachment WHERE record_id = ANY(%(ids)s::uuid[]) ORDER BY 1, 2
"""


class Kept(Protocol):
    """What is read of a record: the model itself, or a row of its columns."""

    @property
    def id(self) -> UUID: ...
    @property
    def kind(self) -> str: ...
    @property
    def sealed(self) -> bytes | memoryview: ...
    @property
    def grid_code(self) -> str: ...
    @property
    def housing_code(self) -> str | None: ...
    @property
    def building_id(self) -> str | None: ...
    @property
    def verified_at(self) -> datetime | None: ...


class _Housing(NamedTuple):
    """The columns of one housing unit, and how many live there."""

    id: str
    sealed: bytes
    grid_code: str
    housing_code: str | None
    building_code: str | None
    verified_at: datetime | None
    occupants: int


class _Home(NamedTuple):
    """One person's residency, household and housing."""

    residency_id: str
    residency: bytes
    is_primary: bool
    verified_at: datetime | None
    household_id: str | None
    household: bytes | None
    housing: _Housing


def view(record: Kept, *, on: date) -> View:
    """One record on a day."""
    return views([record], on=on)[record.id]


def views(records: Sequence[Kept], *, on: date) -> dict[UUID, View]:
    """Record id -> view, in at most three statements whatever the number of records.

    Values are Python's: date, datetime, Decimal, bool, int, str, list of codes; what is unknown has no key. A person's
    view holds the housing they live at (else lived at last, with residency.end_date); each view is the caller's own.
    """
    homes = _homes([record.id for record in records if record.kind == Record.Kind.RESIDENT])
    counts = _counts([record.id for record in records if record.kind == Record.Kind.HOUSING])
    references = _references([*(str(record.id) for record in records), *(home.housing.id for home in homes.values())])
    sealed_with, city = settings.SEALING_KEYS, settings.HOME_CITY
    found: dict[UUID, View] = {}
    for record in records:
        id_ = str(record.id)
        own = references.get(id_, ())
        if record.kind == Record.Kind.HOUSING:
            columns = _columns(record, counts.get(id_, 0))
            found[record.id] = dict(_of_housing(columns, own, on, city, sealed_with))
        else:
            home = homes.get(id_)
            lent = references.get(home.housing.id, ()) if home else ()
            person = id_, bytes(record.sealed)
            found[record.id] = dict(_of_resident(person, home, own, lent, on, city, sealed_with))
    return found


# A record is read again for each of its targets. What a view is looked up by is everything that it is made of, so that
# one made before a change can never be taken for one made after it.


@lru_cache(maxsize=_KEPT)
def _of_resident(
    person: tuple[str, bytes],
    home: _Home | None,
    own: _References,
    lent: _References,
    on: date,
    home_city: str,
    sealed_with: str,
) -> View:
    id_, sealed = person
    found: View = dict(opened(sealed, f"record:{id_}"))
    if home is not None:
        found |= opened(home.residency, f"residency:{home.residency_id}")
        found["residency.is_primary"] = home.is_primary
        if home.verified_at:
            found["residency.verified_at"] = home.verified_at
        if home.household is not None:
            found |= opened(home.household, f"household:{home.household_id}")
        of_housing = _raw_housing(home.housing, lent)
        found |= {name: value for name, value in of_housing.items() if not name.startswith(_THE_FLATS_OWN)}
    found |= own
    return derive(found, on=on, home_city=home_city)


@lru_cache(maxsize=_KEPT)
def _of_housing(housing: _Housing, own: _References, on: date, home_city: str, sealed_with: str) -> View:
    return derive(_raw_housing(housing, own), on=on, home_city=home_city)


def _raw_housing(housing: _Housing, references: _References) -> View:
    found: View = dict(opened(housing.sealed, f"record:{housing.id}"))
    found["housing.grid_code"] = housing.grid_code
    found["housing.occupant_count"] = housing.occupants
    if housing.housing_code:
        found["housing.housing_code"] = housing.housing_code
    if housing.building_code and not is_ours(housing.building_code):
        found["housing.building_code"] = housing.building_code
    if housing.verified_at:
        found["housing.last_visit_at"] = housing.verified_at
    found |= references
    return found


def _columns(record: Kept, occupants: int) -> _Housing:
    return _Housing(
        str(record.id),
        bytes(record.sealed),
        record.grid_code,
        record.housing_code,
        record.building_id,
        record.verified_at,
        occupants,
    )


def _homes(resident_ids: list[UUID]) -> dict[str, _Home]:
    """Resident -> where they live."""
    return {row[0]: _Home._make((*row[1:7], _Housing._make(row[7:]))) for row in _rows(_HOMES, resident_ids)}


def _counts(housing_ids: list[UUID]) -> dict[str, int]:
    return {row[0]: row[1] for row in _rows(_COUNTS, housing_ids)}


def _references(record_ids: Iterable[str]) -> dict[str, _References]:
    found: dict[str, _References] = {}
    for record_id, name, value in _rows(_REFERENCES, list(set(record_ids))):
        found[record_id] = (*found.get(record_id, ()), (name, value))
    return found


def _rows(sql: str, ids: list[Any]) -> direct.Rows:
    return direct.fetch(sql, {"ids": ids}) if ids else []
