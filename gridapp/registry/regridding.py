"""Which grid buildings and their records belong to, and taking them along when a grid is drawn anew.

Nothing is entered again: flats and whoever lives there (else lived there last) go as they are. Their versions stay, for
nothing that anybody said of them has changed. What comes next in the same transaction is the plan of their deliveries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from .models import Building, Record, Residency, SetAside
from .objection import Objection

# Whose home is looked up as views look it up: the open main home, else another open one, else the one that ended last.
_PEOPLE = """
SELECT person.id
FROM (SELECT DISTINCT resident_id AS id FROM registry_residency WHERE housing_id = ANY(%(flats)s)) person
WHERE (SELECT r.housing_id FROM registry_residency r WHERE r.resident_id = person.id
    ORDER BY r.is_open DESC, r.is_primary DESC, r.created_at DESC LIMIT 1) = ANY(%(flats)s)
"""
_LOCKED = "SELECT id FROM registry_record WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


@dataclass(frozen=True)
class Held:
    """One building of a grid as a page shows it, with how many flats and people it holds."""

    building: Building
    flats: int
    people: int


def buildings_of(grid_code: str) -> list[Held]:
    """The buildings of a grid by their address. Three statements."""
    rows = list(
        Building.objects.filter(grid_code=grid_code).order_by("road", "door_no", "building_no", "unit_no", "pk")
    )
    codes = [one.pk for one in rows]
    flats, people = flats_in(codes), people_in(codes)
    return [Held(one, flats.get(one.pk, 0), people.get(one.pk, 0)) for one in rows]


def flats_in(building_codes: Collection[str]) -> dict[str, int]:
    """Building -> its flats, those that are no more among them."""
    rows = Record.objects.filter(building__in=building_codes).values_list("building_id")
    return dict(rows.annotate(Count("pk")).order_by())


def people_in(building_codes: Collection[str]) -> dict[str, int]:
    """Building -> people whose main home is in it."""
    living = Residency.objects.filter(housing__building__in=building_codes, is_open=True, is_primary=True)
    return dict(living.values_list("housing__building_id").annotate(Count("pk")).order_by())


def is_empty(grid_code: str) -> bool:
    """True where a grid has neither a building nor a record that is open."""
    here = Q(grid_code=grid_code)
    return not (Building.objects.filter(here).exists() or Record.objects.filter(here, closed_at=None).exists())


def move_building(code: str, to_code: str) -> None:
    """From now on flats are founded in the other grid; those there are follow with `take_along`."""
    Building.objects.filter(pk=code).exclude(grid_code=to_code).update(grid_code=to_code)


def take_along(building_code: str, to_code: str, most: int) -> list[UUID]:
    """The next flats of a building that are in another grid yet, and their people, go to this one; the records, locked.

    Runs inside the caller's transaction.atomic(). Called again it goes on; nothing: all are there.
    """
    left = Record.objects.filter(building=building_code).exclude(grid_code=to_code).order_by("pk")
    flats = _lock(left.values_list("pk", flat=True)[:most])
    if not flats:
        return []
    _lock(_people(flats))
    # Looked up again: whoever moved away before we had them goes nowhere.
    going = [*flats, *_people(flats)]
    Record.objects.filter(pk__in=going).update(grid_code=to_code)
    SetAside.objects.filter(record__in=going, settled_at=None).update(grid_code=to_code)
    Objection.objects.filter(record__in=going, decided_at=None).update(grid_code=to_code)
    return going


def of_grid(grid_code: str, after: UUID | None, most: int) -> list[UUID]:
    """The next records of a grid by their ids."""
    rows = Record.objects.filter(grid_code=grid_code)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:most])


def _lock(ids: Iterable[UUID]) -> list[UUID]:
    """In the order of their ids, as entries and plans do."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, [list(ids)])
        return [row[0] for row in cursor.fetchall()]


def _people(flats: Sequence[UUID]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, {"flats": list(flats)})
        return [row[0] for row in cursor.fetchall()]
