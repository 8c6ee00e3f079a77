"""Which records somebody can reach, and who lives where."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from gridapp.org import scope
from gridapp.org.models import User

from .models import Record, Residency


def visible(by: User) -> QuerySet[Record]:
    """The records of the user's areas, and the people who live at a housing unit there though kept in another grid."""
    lives_here = Residency.objects.filter(
        scope.condition(by, "housing__grid_code"), resident=OuterRef("pk"), is_open=True
    )
    return Record.objects.filter(scope.condition(by) | Exists(lives_here))


def find(record_id: UUID, *, by: User) -> Record | None:
    """One record, or None where it does not exist or is none of the user's: the two look the same."""
    return visible(by).filter(pk=record_id).first()


def residents_at(housing: Record) -> list[Record]:
    """The people living at a housing unit now, longest first."""
    living = Record.objects.filter(residencies__housing=housing, residencies__is_open=True)
    return list(living.order_by("residencies__created_at"))
