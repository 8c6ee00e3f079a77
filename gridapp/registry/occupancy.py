"""The rooms of a building at one glance: empty, lived in, or lived in and not seen for long."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce, Right

from .door_codes import SHORT
from .models import Record

STALE_AFTER = timedelta(days=90)
"""A home is to be seen four times a year (handbook section 9: each rental 4x/year)."""


class State(StrEnum):
    EMPTY = "empty"
    OCCUPIED = "occupied"
    STALE = "stale"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Room:
    """One housing unit; `residents` live there now. `short`: what can be typed from its door, see door_codes."""

    id: UUID
    building: str
    floor: int | None
    room_no: str
    residents: int
    state: State
    short: str


def rooms(buildings: Collection[str], *, at: datetime, most: int | None = None) -> list[Room]:
    """The housing units of buildings by their codes, floor by floor. One statement, no sealed value is read.

    The caller sees to it that the buildings are the user's. `most`: no more of them.
    """
    there = Q(occupancies__is_open=True)
    seen = Coalesce("occupancies__verified_at", "occupancies__created_at")
    rows = Record.objects.filter(kind=Record.Kind.HOUSING, building__in=buildings)
    counted = rows.annotate(residents=Count("occupancies", filter=there), seen=Min(seen, filter=there))
    counted = counted.annotate(short=Right("housing_code", SHORT))
    names = ("id", "building_id", "floor_no", "room_no", "residents", "closed_at", "seen", "short")
    ordered = counted.order_by("building_id", "floor_no", "room_no").values_list(*names)[:most]
    return [
        Room(id_, building, floor_no, room_no, residents, _state(residents, closed_at, seen_at, at), short or "")
        for id_, building, floor_no, room_no, residents, closed_at, seen_at, short in ordered
    ]


def _state(residents: int, closed_at: datetime | None, seen_at: datetime | None, at: datetime) -> State:
    if closed_at is not None:
        return State.CLOSED
    if not residents:
        return State.EMPTY
    return State.STALE if seen_at is None or at - seen_at > STALE_AFTER else State.OCCUPIED
