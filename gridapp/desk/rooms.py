"""Which building, which floor, which room: the steps from a worker's area to one home."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.org import scope
from gridapp.org.models import User
from gridapp.registry.models import Building, Record

LISTED = 60
"""Buildings on one page; a search narrows more of them down."""


@dataclass(frozen=True)
class Room:
    id: UUID
    room_no: str
    residents: int
    closed: bool


@dataclass(frozen=True)
class Steps:
    """Where the choice stands: buildings until one is chosen, then its floors, then the rooms of one floor."""

    query: str = ""
    building: Building | None = None
    floor: int | None = None
    buildings: list[Building] = field(default_factory=list)
    is_cut: bool = False
    floors: list[int] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)


def steps(user: User, *, query: str = "", building_code: str = "", floor: int | None = None) -> Steps:
    """What to offer next, in at most two statements. A building outside the user's areas is as good as none."""
    mine = scope.within(Building.objects.all(), user)
    building = mine.filter(code=building_code).first() if building_code else None
    if building is None:
        found = list(_matching(mine, query)[: LISTED + 1])
        return Steps(query=query, buildings=found[:LISTED], is_cut=len(found) > LISTED)
    if floor is None:
        return Steps(building=building, floors=_floors(building))
    return Steps(building=building, floor=floor, rooms=_rooms(building, floor))


def _matching(buildings: QuerySet[Building], query: str) -> QuerySet[Building]:
    for word in query.replace("\0", "").split():
        columns = ("road", "door_no", "estate_name", "building_no", "unit_no", "code")
        anywhere = Q()
        for column in columns:
            anywhere |= Q(**{f"{column}__icontains": word})
        buildings = buildings.filter(anywhere)
    return buildings.order_by("code")


def _floors(building: Building) -> list[int]:
    """The floors it is known to have, and those of rooms entered outside them (a basement, a new storey)."""
    entered = building.rooms.exclude(floor_no=None).values_list("floor_no", flat=True).distinct()
    return sorted({*range(1, building.floors + 1), *(floor for floor in entered if floor is not None)})


def _rooms(building: Building, floor: int) -> list[Room]:
    rows = (
        Record.objects.filter(building=building, floor_no=floor, kind=Record.Kind.HOUSING)
        .annotate(residents=Count("occupancies", filter=Q(occupancies__is_open=True)))
        .order_by("room_no")
    )
    return [Room(row.id, row.room_no, row.residents, row.closed_at is not None) for row in rows]


def label(building: Building) -> str:
    """A building as people say it: 测试路12号芳草园3栋2单元."""
    parts = (building.road, building.door_no, building.estate_name, building.building_no, building.unit_no)
    return "".join(part for part in parts if part)


def housing_label(housing: Record) -> str:
    """One home as people say it. The record must come with its building."""
    return f"{label(housing.building) if housing.building else ''} {housing.room_no}".strip()


HEADINGS: dict[str, str | Promise] = {
    "resident": _("录入居民：先选住处"),
    "housing": _("录入房屋：选位置"),
    "move": _("换住处：选新住处"),
}
