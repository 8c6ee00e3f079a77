"""Which building a flat is in, and what the flat has from it (derivation D9)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from gridapp.org.models import Area

from . import locks
from .models import Building
from .refusals import Refused, refusal, refuse
from .search_tokens import bare_level

CODE = "housing.building_code"
PARTS = ("road", "door_no", "estate_name", "building_no", "unit_no")
"""The levels of an address that belong to the building: nobody types them at the door."""

_GIVEN = ("building_use", "house_structure", "longitude", "latitude")
_NEEDED = ("road", "door_no", "building_use", "longitude", "latitude")


def is_ours(code: str) -> bool:
    """True for a code that we gave a new building, until the department has coded it."""
    return code.startswith("T")


def chosen(values: Mapping[str, Any], grid_code: str) -> Building:
    """The building that the values name by code or by the parts of its address, locked; else one to be founded.

    A new building has road, door number, use and coordinates, and a code of ours (T and 18 digits); it is not saved
    yet. Raises Refused.
    """
    if code := values.get(CODE):
        building = _locked(code, grid_code)
        if building is None:
            refuse(CODE, "no_such_building")
        _agrees(building, values)
        return building
    if not values.get("housing.road"):
        refuse(CODE, "missing")
    fitting = [one for one in Building.objects.filter(grid_code=grid_code) if _fits(one, values)]
    if len(fitting) > 1:
        exact = [one for one in fitting if all(_same(one, part, values) for part in PARTS)]
        fitting = exact if len(exact) == 1 else fitting
    if len(fitting) > 1:
        refuse(CODE, "which_building")
    return (_locked(fitting[0].code, grid_code) if fitting else None) or _founded(values, grid_code)


def is_new(building: Building) -> bool:
    """True for a building that is not saved yet."""
    return building._state.adding


def _locked(code: str, grid_code: str) -> Building | None:
    return Building.objects.select_for_update(no_key=True).filter(code=code, grid_code=grid_code).first()


def inherited(building: Building) -> dict[str, Any]:
    """What a flat has from its building, by canonical name, in Python types."""
    found = {f"housing.{part}": getattr(building, part) for part in (*PARTS, *_GIVEN)}
    return {name: value for name, value in found.items() if value not in ("", None)}


def _fits(building: Building, values: Mapping[str, Any]) -> bool:
    """Every part that was given is the building's, road and door number among them."""
    given = [part for part in PARTS if values.get(f"housing.{part}")]
    return "door_no" in given and all(_same(building, part, values) for part in given)


def _same(building: Building, part: str, values: Mapping[str, Any]) -> bool:
    return bare_level(getattr(building, part)) == bare_level(str(values.get(f"housing.{part}") or ""))


def _agrees(building: Building, values: Mapping[str, Any]) -> None:
    differing = [part for part in PARTS if values.get(f"housing.{part}") and not _same(building, part, values)]
    if differing:
        raise Refused([refusal(f"housing.{part}", "building_says") for part in differing])


def _founded(values: Mapping[str, Any], grid_code: str) -> Building:
    missing = [part for part in _NEEDED if values.get(f"housing.{part}") in (None, "")]
    if missing:
        raise Refused([refusal(CODE, "no_such_building"), *(refusal(f"housing.{part}", "missing") for part in missing)])
    if not Area.objects.filter(code=grid_code, closed_at=None).exists():
        refuse("grid_code", "other_grid")
    parts = {part: str(values.get(f"housing.{part}") or "") for part in PARTS}
    # From the address itself, so that two rooms entered at the same moment found one building.
    said = "|".join([grid_code, *(bare_level(part) for part in parts.values())])
    number = hashlib.sha256(said.encode()).digest()
    locks.hold(number)
    code = f"T{int.from_bytes(number[:8], 'big') % 10**18:018d}"
    return _locked(code, grid_code) or Building(
        code=code,
        grid_code=grid_code,
        **parts,
        building_use=str(values["housing.building_use"]),
        house_structure=str(values.get("housing.house_structure") or ""),
        longitude=values["housing.longitude"],
        latitude=values["housing.latitude"],
    )
