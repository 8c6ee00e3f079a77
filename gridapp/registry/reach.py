"""Which records somebody can reach, and who lives where."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from gridapp.org import scope
from gridapp.org.models import User

from .models import Record, Residency

_FEW = 1000
"""Second homes that are worth naming one by one: more than a grid or a community has."""


def visible(by: User) -> QuerySet[Record]:
    """The records of the user's areas, and the people who live at a housing unit there though kept in another grid."""
    # A record is kept in the grid of the main home, so only second homes can lie elsewhere: few, and asked for once.
    return _inside(by, Q(pk__in=_second_homes(by)))


def searchable(by: User) -> QuerySet[Record]:
    """The same for a search, at one statement more: areas and words are then looked up in their indexes together.

    Else everybody in the district with a frequent surname is read to find those of one grid.
    """
    living_there = list(_second_homes(by)[: _FEW + 1])
    if len(living_there) > _FEW:
        return visible(by)
    return _inside(by, Q(pk__in=[one["resident"] for one in living_there]))


def _inside(by: User, second_homes: Q) -> QuerySet[Record]:
    inside = scope.condition(by)
    if not scope.may_read_records(by):
        return Record.objects.none()
    # An empty condition is everything, but joined to another one with OR it would vanish.
    return Record.objects.filter(inside | second_homes) if inside else Record.objects.all()


def _second_homes(by: User) -> QuerySet[Residency, Any]:
    there = Residency.objects.filter(scope.condition(by, "housing__grid_code"), is_open=True, is_primary=False)
    return there.values("resident")


def find(record_id: UUID, *, by: User) -> Record | None:
    """One record, or None where it does not exist or is none of the user's: the two look the same."""
    record = Record.objects.filter(pk=record_id).first() if scope.may_read_records(by) else None
    if record is None or scope.allows(by, record.grid_code):
        return record
    return visible(by).filter(pk=record_id).first()  # of another grid: perhaps with a second home here


def residents_at(housing: Record) -> list[Record]:
    """The people living at a housing unit now, longest first."""
    living = Record.objects.filter(residencies__housing=housing, residencies__is_open=True)
    return list(living.order_by("residencies__created_at"))
