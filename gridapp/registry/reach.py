"""Which records somebody can reach, and who lives where."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from gridapp.org import scope
from gridapp.org.models import User

from .models import Record, Residency


def visible(by: User) -> QuerySet[Record]:
    """The records of the user's areas, and the people who live at a housing unit there though kept in another grid."""
    # A record is kept in the grid of the main home, so only second homes can lie elsewhere: few, and asked for once.
    second_homes = Residency.objects.filter(scope.condition(by, "housing__grid_code"), is_open=True, is_primary=False)
    return Record.objects.filter(scope.condition(by) | Q(pk__in=second_homes.values("resident")))


def find(record_id: UUID, *, by: User) -> Record | None:
    """One record, or None where it does not exist or is none of the user's: the two look the same."""
    return visible(by).filter(pk=record_id).first()


def residents_at(housing: Record) -> list[Record]:
    """The people living at a housing unit now, longest first."""
    living = Record.objects.filter(residencies__housing=housing, residencies__is_open=True)
    return list(living.order_by("residencies__created_at"))
