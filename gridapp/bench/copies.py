"""A database as it stands after years: residents copied from one who came through the door, everything sealed for real.

What is fast about it is that rows go in by COPY and deliveries by one statement; what a row holds is what the product
itself would have written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Model
from psycopg import sql

from gridapp import sealing
from gridapp.dictionary.documents import check_digit
from gridapp.registry.identity import blind_identity
from gridapp.registry.models import Building, Entry, Household, Record, Residency
from gridapp.registry.search_tokens import of_housing, of_resident

from .load import HOUSEHOLD
from .town import Grid

FLOORS, ROOMS = 18, 4
SEEN_DAYS = 400
_AT_ONCE = 2000  # flats in one COPY
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "伟芳娜秀英敏静丽强磊洋勇艳杰娟涛明超兰霞平刚桂文华建国玉春红军志海燕梅云波宁欣怡"

Values = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """A flat and who lives in it, as the product wrote them: the columns of each row, and what is sealed in it."""

    flat: tuple[Values, Any]
    flat_entry: tuple[Values, Any]
    person: tuple[Values, Any]
    person_entry: tuple[Values, Any]
    household: tuple[Values, Any]
    residency: tuple[Values, Any]

    @classmethod
    def of(cls, flat: Record, person: Record) -> Template:
        return cls(
            _opened(flat),
            _opened(Entry.objects.get(record=flat)),
            _opened(person),
            _opened(Entry.objects.get(record=person)),
            _opened(Household.objects.get(housing=flat)),
            _opened(Residency.objects.get(resident=person)),
        )


def copy_residents(template: Template, grids: Sequence[Grid], residents: int, history: bool = True) -> None:
    """So many residents, `HOUSEHOLD` to a flat, the flats spread evenly over the grids; with `history` also entries."""
    flats = residents // HOUSEHOLD
    each = -(-flats // len(grids))
    for first in range(0, flats, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, flats))
        rows: dict[type[Model], list[Values]] = {model: [] for model in (Record, Entry, Household, Residency)}
        copy_in(Building, _buildings(numbers, grids, each))
        for number in numbers:
            _household(template, grids[number // each], number, number % each, rows, history=history)
        for model, values in rows.items():
            copy_in(model, values)


def copy_in(model: type[Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """COPY of rows given by column; a column that is counted up by the database is left to it."""
    rows = list(rows)
    if not rows:
        return
    columns = sql.SQL(", ").join(map(sql.Identifier, rows[0]))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))


def _household(
    template: Template, grid: Grid, number: int, place: int, rows: dict[type[Model], list[Values]], *, history: bool
) -> None:
    flat_id, household_id = uuid4(), uuid4()
    seen = _seen(template.flat[0], number)
    rows[Record].append(_flat(template, grid, flat_id, place) | seen)
    if history:
        rows[Entry].append(_entry(template.flat_entry, flat_id, grid, {}))
    rows[Household].append(
        _sealed(template.household, f"household:{household_id}", {}, id=household_id, housing_id=flat_id)
    )
    for member in range(HOUSEHOLD):
        person_id, residency_id = uuid4(), uuid4()
        own = one_s_own(number * HOUSEHOLD + member)
        rows[Record].append(_person(template, grid, person_id, own) | seen)
        if history:
            rows[Entry].append(_entry(template.person_entry, person_id, grid, own))
        rows[Residency].append(
            _sealed(
                template.residency, f"residency:{residency_id}", {}, id=residency_id, resident_id=person_id,
                housing_id=flat_id, household_id=household_id,
            )
        )  # fmt: skip


def _seen(made: Values, number: int) -> Values:
    """When somebody was at that door last: no two in the same second, spread over more than a year."""
    ago = timedelta(seconds=number * 7919 % (SEEN_DAYS * 86_400))
    return {"verified_at": made["created_at"] - ago, "updated_at": made["updated_at"] - ago}


def _flat(template: Template, grid: Grid, flat_id: UUID, place: int) -> Values:
    floor, room = place % (FLOORS * ROOMS) // ROOMS + 1, place % ROOMS + 1
    address = {
        "housing.road": grid.road, "housing.building_no": f"{place // (FLOORS * ROOMS) + 1}栋",
        "housing.floor_no": floor, "housing.room_no": f"{floor}{room:02d}", "housing.is_rental": place % 5 == 0,
    }  # fmt: skip
    tokens = set[int]().union(*(_address_tokens(name, value) for name, value in address.items()))
    building = _building_code(grid, place)
    columns = {
        "id": flat_id, "grid_code": grid.code, "tokens": sorted(tokens), "building_id": building, "floor_no": floor,
        "room_no": f"{floor}{room:02d}", "housing_code": f"{building}{place % (FLOORS * ROOMS):06d}",
    }  # fmt: skip
    return _sealed(template.flat, f"record:{flat_id}", address, **columns)


def _person(template: Template, grid: Grid, person_id: UUID, own: Values) -> Values:
    numbers = of_resident({"id_number": own["id_number"], "phone": own["phone"]})
    columns = {
        "id": person_id, "grid_code": grid.code, "identity": blind_identity("111", own["id_number"]),
        "tokens": sorted({*_name_tokens(own["name"]), *numbers}),
    }  # fmt: skip
    return _sealed(template.person, f"record:{person_id}", own, **columns)


STRANGERS = 24_000_000
"""From this number on nobody lives in any district that a bench fills."""


def one_s_own(number: int) -> Values:
    """What no two people share, or seldom: document, phone, name. `number`: below 25 million."""
    born = date(1940, 1, 1) + timedelta(days=number % 25_000)
    first17 = f"990101{born:%Y%m%d}{number // 25_000:03d}"
    surname, rest = number % len(_SURNAMES), number // len(_SURNAMES)
    given = _GIVEN[rest % len(_GIVEN)] + _GIVEN[rest // len(_GIVEN) % len(_GIVEN)]
    return {
        "id_number": first17 + check_digit(first17),
        "phone": f"13{number // 100_000_000}{number % 100_000_000:08d}",
        "name": _SURNAMES[surname] + given,
    }


def _entry(made: tuple[Values, Any], record_id: UUID, grid: Grid, own: Values) -> Values:
    columns, document = made
    said = {**document, "set": {**document["set"], **own}, "entered": {**document["entered"], **own}}
    entry_id = uuid4()
    return {
        **columns, "id": entry_id, "record_id": record_id, "grid_code": grid.code, "by_id": grid.worker_id,
        "digest": os.urandom(16), "sealed": sealing.seal_json(said, bound_to=f"entry:{entry_id}"),
    }  # fmt: skip


def _sealed(made: tuple[Values, Any], bound_to: str, own: Values, **columns: Any) -> Values:
    kept, document = made
    return {**kept, **columns, "sealed": sealing.seal_json({**document, **own}, bound_to=bound_to)}


def _opened(row: Any) -> tuple[Values, Any]:
    """The row's columns without its counted key, and the document in it."""
    columns = {
        field.column: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname != "number"
    }
    return columns, sealing.unseal_json(row.sealed, bound_to=row.bound_to)


def _buildings(numbers: Sequence[int], grids: Sequence[Grid], each: int) -> Iterator[Values]:
    for number in numbers:
        place = number % each
        if place % (FLOORS * ROOMS) == 0:
            grid = grids[number // each]
            yield {
                "code": _building_code(grid, place), "grid_code": grid.code, "road": grid.road, "door_no": "1号",
                "estate_name": "", "building_no": f"{place // (FLOORS * ROOMS) + 1}栋", "unit_no": "", "floors": FLOORS,
                "building_use": "01", "house_structure": "3", "longitude": "114.05", "latitude": "22.55",
            }  # fmt: skip


def _building_code(grid: Grid, place: int) -> str:
    return f"{grid.code[:12]}{grid.number % 10 + 1:03d}{place // (FLOORS * ROOMS) + 1:04d}"


@lru_cache(maxsize=100_000)
def _name_tokens(name: str) -> tuple[int, ...]:
    return tuple(of_resident({"name": name}))


@lru_cache(maxsize=100_000)
def _address_tokens(name: str, value: object) -> tuple[int, ...]:
    return tuple(of_housing({name: value}))
