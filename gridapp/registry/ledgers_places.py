"""Which flat or building a row of a ledger means: by its code, or by the levels of its address."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from gridapp import direct
from gridapp.org import scope
from gridapp.org.models import User

from .buildings import CODE, PARTS, is_ours
from .ledgers_addresses import Addresses, Stairwell
from .ledgers_words import ROOM
from .models import Building
from .refusals import Refused, refuse
from .search_tokens import bare_level

_BY_CODE = "SELECT housing_code, '', id, grid_code FROM registry_record WHERE housing_code = ANY(%s::text[])"
_BY_ROOM = """
SELECT n.building, n.room, r.id, r.grid_code FROM unnest(%s::text[], %s::text[]) AS n(building, room)
JOIN registry_record r ON r.building_id = n.building AND r.room_no IN (n.room, n.room || %s)
"""
ADDRESS = "housing.address"
_MOST = 30_000
"""Stairwells held in memory: ten districts have fewer."""


class Flat(NamedTuple):
    id: UUID
    grid_code: str


class Places:
    """The homes of somebody's areas, or of one grid of theirs. Buildings are read once, flats when rows name them."""

    def __init__(self, by: User, grid_code: str = "") -> None:
        self._by = by
        self._grid = grid_code
        self._flats: dict[tuple[str, str], Flat] = {}

    def flat(self, values: Mapping[str, Any]) -> Flat:
        """The flat that a row names. Raises Refused."""
        named = self._named(values)
        if named not in self._flats:
            self._look_up({named})
        if named not in self._flats:
            refuse("housing", "no_such_housing")
        return self._flats[named]

    def look_up(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Finds the flats that some rows name, all at once; what is wrong with a row is said when its turn comes."""
        named = set()
        for values in rows:
            with contextlib.suppress(Refused):
                named.add(self._named(values))
        self._look_up(named - self._flats.keys())

    def _named(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """The code of a flat, or the code of its building and its room. Raises Refused."""
        code = "".join(str(values.get("housing.housing_code") or "").split()).upper()
        if code:
            return code, ""
        building, room = self._room(values)
        return building.code, room

    def _look_up(self, named: Collection[tuple[str, str]]) -> None:
        # Not through the ORM: building the query costs more than everything else that is asked about a row.
        codes = [code for code, room in named if not room]
        rooms = [one for one in named if one[1]]
        rows = direct.fetch(_BY_CODE, [codes]) if codes else []
        if rooms:
            rows += direct.fetch(_BY_ROOM, [*map(list, zip(*rooms, strict=True)), ROOM])
        for code, room, id_, grid in rows:
            if scope.allows(self._by, grid):
                self._flats.setdefault((code, room), Flat(id_, grid))

    def _room(self, values: Mapping[str, Any]) -> tuple[Stairwell, str]:
        """Building and room, from columns of their own or from one line of address."""
        room = "".join(str(values.get("housing.room_no") or "").split()).upper()
        if room:
            return self.stairwell(values), room.removesuffix(ROOM)
        if not (address := str(values.get(ADDRESS) or "")):
            refuse("housing", "missing")
        found = self._addresses.find(address)
        if not found:
            refuse("housing", "no_such_housing")
        if len(found) > 1:
            refuse(CODE, "which_building")
        return found[0]

    def placed(self, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The grid of a home, and its values with the building that they mean. Raises Refused.

        A building that nobody knows yet is founded by the entry itself, in the grid that is said.
        """
        grid = str(values.get("housing.grid_code") or self._grid)
        try:
            building = self.stairwell(values)
        except Refused:
            if not grid or not values.get("housing.road"):
                raise
            return grid, dict(values)
        # A code that we gave is none that anybody could have typed: there the address says which building it is.
        named = {} if is_ours(building.code) else {CODE: building.code}
        return building.grid_code, {**values, **named}

    def stairwell(self, values: Mapping[str, Any]) -> Stairwell:
        """The one building that fits everything that is said. Raises Refused."""
        grid = str(values.get("housing.grid_code") or self._grid)
        if code := str(values.get(CODE) or "").strip():
            fitting = [one for one in self._by_code.get(code, ()) if one.grid_code.startswith(grid)]
        else:
            said = [(place, bare_level(str(values.get(f"housing.{part}") or ""))) for place, part in enumerate(PARTS)]
            given = [(place, text) for place, text in said if text]
            fitting = self._fitting(given, grid)
        if not fitting:
            refuse(CODE, "no_such_building")
        if len(fitting) > 1:
            refuse(CODE, "which_building")
        return fitting[0]

    def _fitting(self, given: list[tuple[int, str]], grid: str) -> list[Stairwell]:
        if not given:
            refuse(CODE, "missing")
        fewest = min((self._by_part.get(one, []) for one in given), key=len)
        return [
            one
            for one in fewest
            if one.grid_code.startswith(grid) and all(one.parts[place] == text for place, text in given)
        ]

    @cached_property
    def _stairwells(self) -> list[Stairwell]:
        rows = scope.within(Building.objects.all(), self._by).values_list("code", "grid_code", *PARTS)
        if self._grid:
            rows = rows.filter(grid_code=self._grid)
        return [Stairwell(code, grid, tuple(map(bare_level, parts))) for code, grid, *parts in rows[:_MOST]]

    @cached_property
    def _addresses(self) -> Addresses:
        return Addresses(self._stairwells)

    @cached_property
    def _by_code(self) -> Mapping[str, list[Stairwell]]:
        found: dict[str, list[Stairwell]] = defaultdict(list)
        for one in self._stairwells:
            found[one.code].append(one)
        return found

    @cached_property
    def _by_part(self) -> Mapping[tuple[int, str], list[Stairwell]]:
        found: dict[tuple[int, str], list[Stairwell]] = defaultdict(list)
        for one in self._stairwells:
            for place, text in enumerate(one.parts):
                if text:
                    found[place, text].append(one)
        return found
