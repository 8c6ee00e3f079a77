"""A record as everybody else reads it on a day: canonical name -> value, with derived, linked and counted ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from gridapp.dictionary import derive

from .buildings import is_ours
from .documents import opened
from .models import Record

View = dict[str, Any]

# Where each person lives: the open main home, else another open one, else the one that ended last.
_HOMES = """
SELECT DISTINCT ON (r.resident_id) r.resident_id, r.id, r.sealed, r.is_primary, r.verified_at, r.household_id, k.sealed,
    h.id, h.sealed, h.grid_code, h.housing_code, h.building_id, h.verified_at,
    (SELECT count(*) FROM registry_residency o WHERE o.housing_id = h.id AND o.is_open)
FROM registry_residency r JOIN registry_record h ON h.id = r.housing_id
LEFT JOIN registry_household k ON k.id = r.household_id
WHERE r.resident_id = ANY(%s)
ORDER BY r.resident_id, r.is_open DESC, r.is_primary DESC, r.created_at DESC
"""
_COUNTS = """
SELECT housing_id, count(*) FROM registry_residency WHERE housing_id = ANY(%s) AND is_open GROUP BY housing_id
"""
_REFERENCES = "SELECT record_id, name, value FROM registry_reference WHERE record_id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class _Housing:
    """The columns of one housing unit, and how many live there."""

    id: UUID
    sealed: bytes
    grid_code: str
    housing_code: str | None
    building_code: str | None
    verified_at: Any
    occupants: int


def view(record: Record, *, on: date) -> View:
    """One record on a day."""
    return views([record], on=on)[record.id]


def views(records: Sequence[Record], *, on: date) -> dict[UUID, View]:
    """Record id -> view, in at most three statements whatever the number of records.

    Values are Python's: date, datetime, Decimal, bool, int, str, list of codes; what is unknown has no key. A person's
    view holds the housing they live at (else lived at last, with residency.end_date); each view is the caller's own.
    """
    residents = [record for record in records if record.kind == Record.Kind.RESIDENT]
    housings = [record for record in records if record.kind == Record.Kind.HOUSING]
    homes = _homes([record.id for record in residents])
    counts = _counts([record.id for record in housings])
    references = _references({record.id for record in records} | {housing.id for _, housing in homes.values()})
    found: dict[UUID, View] = {}
    for record in housings:
        found[record.id] = _housing_view(_columns(record, counts.get(record.id, 0)), references)
    for record in residents:
        found[record.id] = _resident_view(record, homes.get(record.id), references)
    return {id_: derive(known, on=on, home_city=settings.HOME_CITY) for id_, known in found.items()}


def _resident_view(
    record: Record, home: tuple[View, _Housing] | None, references: Mapping[UUID, Mapping[str, str]]
) -> View:
    found: View = dict(opened(record.sealed, record.bound_to))
    if home is not None:
        residency, housing = home
        found |= residency
        of_housing = _housing_view(housing, references)
        found |= {name: value for name, value in of_housing.items() if not name.startswith(("tenancy.", "premises."))}
    found |= references.get(record.id, {})
    return found


def _housing_view(housing: _Housing, references: Mapping[UUID, Mapping[str, str]]) -> View:
    found: View = dict(opened(housing.sealed, f"record:{housing.id}"))
    found["housing.grid_code"] = housing.grid_code
    found["housing.occupant_count"] = housing.occupants
    if housing.housing_code:
        found["housing.housing_code"] = housing.housing_code
    if housing.building_code and not is_ours(housing.building_code):
        found["housing.building_code"] = housing.building_code
    if housing.verified_at:
        found["housing.last_visit_at"] = housing.verified_at
    found |= references.get(housing.id, {})
    return found


def _columns(record: Record, occupants: int) -> _Housing:
    return _Housing(
        record.id,
        bytes(record.sealed),
        record.grid_code,
        record.housing_code,
        record.building_id,
        record.verified_at,
        occupants,
    )


def _homes(resident_ids: list[UUID]) -> dict[UUID, tuple[View, _Housing]]:
    """Resident -> the residency's and household's values, and the housing."""
    found = {}
    for row in _rows(_HOMES, resident_ids):
        resident_id, residency_id, sealed, is_primary, verified_at, household_id, household = row[:7]
        values: View = dict(opened(sealed, f"residency:{residency_id}"))
        values["residency.is_primary"] = is_primary
        if verified_at:
            values["residency.verified_at"] = verified_at
        if household is not None:
            values |= opened(household, f"household:{household_id}")
        found[resident_id] = values, _Housing(*row[7:])
    return found


def _counts(housing_ids: list[UUID]) -> dict[UUID, int]:
    return {row[0]: row[1] for row in _rows(_COUNTS, housing_ids)}


def _references(record_ids: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
    found: dict[UUID, dict[str, str]] = {}
    for record_id, name, value in _rows(_REFERENCES, list(record_ids)):
        found.setdefault(record_id, {})[name] = value
    return found


def _rows(sql: str, ids: list[UUID]) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, [ids])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
