"""A new room is mostly like the one next door: what its form begins with, to be looked at and saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from gridapp import registry
from gridapp.org.models import User
from gridapp.registry.models import Building, Record

ALIKE = (
    "housing.building_use",
    "housing.house_structure",
    "housing.house_form",
    "housing.ownership_kind",
    "housing.owner_type",
    "housing.is_rental",
    "housing.rental_use",
    "housing.rental_mode",
)
"""What neighbouring flats have in common; never who owns a flat or lives there."""

IN_USE = "1"
"""A flat that is entered at the door is in use, unless the worker says otherwise."""


def next_door(record_id: UUID | None, building: Building, *, by: User) -> Record | None:
    """The flat next door, of the same building and the user's areas."""
    found = registry.find(record_id, by=by) if record_id else None
    return found if found and found.building_id == building.code and found.closed_at is None else None


def begun(neighbour: Record) -> Mapping[str, Any]:
    """The values that the form of a new room begins with: canonical name -> value."""
    known = registry.views.view(neighbour, on=timezone.localdate())
    return {**{name: known.get(name) for name in ALIKE}, "housing.housing_status": IN_USE}
