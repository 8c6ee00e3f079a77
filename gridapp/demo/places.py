"""The made-up district 990101: three communities of ten grids, their buildings, and the flats in them.

Whatever is drawn comes from the `random.Random` that is handed in, so a district is the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

DISTRICT = "990101"
STREET = "990101001"
GRIDS = 10
BUILDINGS_PER_GRID = 2
FLOORS = 6
ROOMS_PER_FLOOR = 2
_ORDINALS = "一二三四五六七八九十"
_VILLAGE_GRIDS = (9, 10)  # houses that villagers built themselves, let room by room
_SQUARE_METRES = {False: (45, 130), True: (250, 500)}


@dataclass(frozen=True)
class Community:
    """`short` begins the name of everything in it; `longitude`, `latitude`: its south-west corner, degrees."""

    code: str
    short: str
    en: str
    longitude: float
    latitude: float


COMMUNITIES = (
    Community(f"{STREET}001", "银杏", "Ginkgo", 113.9401, 22.5301),
    Community(f"{STREET}002", "清河", "Clearwater", 113.9602, 22.5302),
    Community(f"{STREET}003", "枫林", "Maplewood", 113.9403, 22.5503),
)


@dataclass(frozen=True)
class Area:
    """One node of the tree of areas."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Building:
    """One stairwell. `column`: the columns of registry.Building but the code."""

    code: str
    grid_code: str
    columns: dict[str, Any]
    is_village_house: bool


@dataclass
class Flat:
    """One housing unit. `fields`: canonical names below `housing.`, without who owns it and whether it is let."""

    building: Building
    floor_no: int
    room_no: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The 25 digits that the housing code office would give."""
        return f"{self.building.code}{int(self.room_no):06d}"

    @property
    def address(self) -> str:
        """From the road to the room."""
        parts = ("road", "door_no", "estate_name", "building_no", "unit_no")
        return "".join(self.building.columns[part] for part in parts) + f"{self.room_no}室"


def areas() -> Iterator[Area]:
    """District, sub-district, communities, grids: parents first."""
    yield Area(DISTRICT, "测试区", "Practice District")
    yield Area(STREET, "望月街道", "Moonview Sub-district")
    for community in COMMUNITIES:
        yield Area(community.code, f"{community.short}社区", f"{community.en} Community")
        for number in range(1, GRIDS + 1):
            yield Area(
                grid_code(community, number),
                f"{community.short}社区第{_ORDINALS[number - 1]}网格",
                f"{community.en} Grid {number}",
            )


def grid_code(community: Community, number: int) -> str:
    """15 digits; grids of a community are numbered from 1."""
    return f"{community.code}{number:03d}"


def grid_codes() -> list[str]:
    """Every grid of the district."""
    return [grid_code(community, number) for community in COMMUNITIES for number in range(1, GRIDS + 1)]


def mapped_codes(code: str) -> dict[str, str]:
    """The codes that other systems use for one of our grids: system -> code."""
    community = next(one for one in COMMUNITIES if code.startswith(one.code))
    station = code[9:12]
    return {
        "police_grid": f"{DISTRICT}{station}{code[12:]}",
        "fire_grid": f"XF{code[6:]}",
        "safety_grid": f"AJ-{station}-{code[12:]}",
        "traffic_grid": f"JT{code[9:]}",
        "school_district": f"XQ{station}",
        "provincial_grid": f"测试省/测试市/测试区/望月街道/{community.short}社区/{code[12:]}网格",
    }


def buildings() -> Iterator[Building]:
    """Two stairwells a grid, six floors each."""
    for community in COMMUNITIES:
        for number in range(1, GRIDS + 1):
            for which in range(1, BUILDINGS_PER_GRID + 1):
                yield _building(community, number, which)


def _building(community: Community, number: int, which: int) -> Building:
    village = number in _VILLAGE_GRIDS
    return Building(
        code=f"{community.code}{(number - 1) * BUILDINGS_PER_GRID + which:07d}",
        grid_code=grid_code(community, number),
        columns={
            "road": f"{community.short}路",
            "door_no": f"{number * 10}号",
            "estate_name": f"{community.short}{_ORDINALS[number - 1]}村",
            "building_no": f"{which}栋",
            "unit_no": "" if village else "1单元",
            "floors": FLOORS,
            "building_use": "01",
            "house_structure": "4" if village else "3",
            "longitude": round(community.longitude + number * 0.0011 + which * 0.0003, 8),
            "latitude": round(community.latitude + number * 0.0007, 8),
        },
        is_village_house=village,
    )


def flats(building: Building, random: Random) -> Iterator[Flat]:
    """Every flat of a stairwell, with its rooms as builders leave them."""
    for floor_no in range(1, FLOORS + 1):
        for which in range(1, ROOMS_PER_FLOOR + 1):
            yield Flat(
                building,
                floor_no,
                f"{floor_no}{which:02d}",
                {
                    "housing.floor_no": floor_no,
                    "housing.room_no": f"{floor_no}{which:02d}",
                    "housing.house_form": "4" if building.is_village_house else "1",
                    "housing.floor_area": str(random.randint(*_SQUARE_METRES[building.is_village_house])),
                    "housing.ownership_kind": "4" if building.is_village_house else "1",
                },
            )
