"""Which building, which floor, which room: the steps from a worker's area to one home."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.org import scope
from gridapp.org.models import User
from gridapp.registry import occupancy, search_tokens
from gridapp.registry.models import Building, Record
from gridapp.registry.occupancy import Room, State

LISTED = 60
"""Buildings on one page; a search narrows more of them down."""
WHOLE = 120
"""A building of up to so many rooms is shown whole; of a larger one the floor is chosen first."""
_NUMBERED = re.compile(r"(.*?)([0-9]+)")

LOOKS: dict[State, tuple[str, str | Promise]] = {
    State.EMPTY: ("○", _("空")),
    State.OCCUPIED: ("●", _("有人")),
    State.STALE: ("!", _("待核实")),
    State.CLOSED: ("×", _("已注销")),
}
"""State -> symbol and word: never by colour alone."""
LEGEND = [LOOKS[state] for state in (State.EMPTY, State.OCCUPIED)]
"""Those that need no explaining."""


@dataclass(frozen=True)
class Floor:
    """`next_room`: the number that a room not registered yet probably has, "" where it cannot be told.

    `like`: the neighbour whose use, structure and form the new room takes over.
    """

    number: int | None
    rooms: list[Room]
    next_room: str = ""
    like: UUID | None = None

    @property
    def counts(self) -> list[tuple[str, str | Promise, int]]:
        """Symbol, word and how many, for every state there is on the floor."""
        states = [room.state for room in self.rooms]
        return [(*look, states.count(state)) for state, look in LOOKS.items() if state in states]


@dataclass(frozen=True)
class Steps:
    """Where the choice stands: buildings until one is chosen, then its floors from the top, each with its rooms.

    `is_whole`: the rooms of all floors are shown at once. `floor`: the one that was chosen.
    """

    query: str = ""
    building: Building | None = None
    floor: int | None = None
    buildings: list[Building] = field(default_factory=list)
    is_cut: bool = False
    floors: list[Floor] = field(default_factory=list)
    is_whole: bool = False


def steps(user: User, *, query: str = "", building_code: str = "", floor: int | None = None) -> Steps:
    """What to offer next, in at most three statements. A building outside the user's areas is as good as none."""
    mine = scope.within(Building.objects.all(), user)
    building = mine.filter(code=building_code).first() if building_code else None
    if building is None:
        found = list(_matching(mine, query)[: LISTED + 1])
        return Steps(query=query, buildings=found[:LISTED], is_cut=len(found) > LISTED)
    rooms = occupancy.rooms([building.code], at=timezone.now())
    floors = _floors(building, rooms)
    if floor is not None:
        chosen = [one for one in floors if one.number == floor] or [_floor(floor, [], rooms)]
        return Steps(building=building, floor=floor, floors=chosen, is_whole=True)
    return Steps(building=building, floors=floors, is_whole=len(rooms) <= WHOLE)


def _matching(buildings: QuerySet[Building], query: str) -> QuerySet[Building]:
    columns = ("road", "door_no", "estate_name", "building_no", "unit_no", "code")
    for word in query.replace("\0", "").split():
        anywhere = Q()
        for column in columns:
            anywhere |= Q(**{f"{column}__icontains": word})
        if word.isascii() and word.isalpha():
            anywhere |= _spelt(buildings, word)
        buildings = buildings.filter(anywhere)
    return buildings.order_by("code")


def _spelt(buildings: QuerySet[Building], letters: str) -> Q:
    """Roads and estates whose pinyin or initials begin with the letters: few names, however many the buildings."""
    names = {name for pair in buildings.order_by().values_list("road", "estate_name").distinct() for name in pair}
    meant = [name for name in names if name and search_tokens.is_read_as(name, letters)]
    return Q(road__in=meant) | Q(estate_name__in=meant)


def _floors(building: Building, rooms: Sequence[Room]) -> list[Floor]:
    """From the top as the building stands there, also floors of rooms entered outside the known ones (a basement)."""
    numbers = {*range(1, building.floors + 1), *(room.floor for room in rooms if room.floor is not None)}
    floors = [_floor(number, [room for room in rooms if room.floor == number], rooms) for number in sorted(numbers)]
    unknown = [room for room in rooms if room.floor is None]
    return [*reversed(floors), *([Floor(None, unknown)] if unknown else [])]


def _floor(number: int, there: list[Room], all_rooms: Sequence[Room]) -> Floor:
    taken = {room.room_no for room in all_rooms}
    like = _neighbour(number, all_rooms)
    return Floor(number, there, next_room(number, [room.room_no for room in there], taken), like.id if like else None)


def _neighbour(number: int, rooms: Sequence[Room]) -> Room | None:
    """The last room of the floor, else of the floor nearest to it."""
    known = [room for room in rooms if room.floor is not None and room.state != State.CLOSED]
    return min(reversed(known), key=lambda room: abs((room.floor or 0) - number), default=None)


def next_room(floor: int, there: Sequence[str], taken: Collection[str]) -> str:
    """One more than the highest number of the floor, else its first: 303 after 302, 401 on an empty fourth floor."""
    numbered = [(found[1], found[2]) for one in there if (found := _NUMBERED.fullmatch(one))]
    if numbered:
        prefix, digits = max(numbered, key=lambda pair: int(pair[1]))
    elif floor > 0 and not there:
        prefix, digits = "", f"{floor}00"
    else:
        return ""
    for number in range(int(digits) + 1, int(digits) + 100):
        if (room_no := f"{prefix}{number:0{len(digits)}d}") not in taken:
            return room_no
    return ""


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
