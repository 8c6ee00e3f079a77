"""A grid is handed over with what is open there: forms of its worker that were set aside wait for the next one.

What departments sent back needs no handing over: whoever has the grid sees it.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet

from gridapp.org import handover
from gridapp.org.models import Area, HandOver, User

from .models import SetAside


def forms(grid: Area, giver: User) -> QuerySet[SetAside]:
    """What waits for the giver in this grid; with their last grid also what belongs to none, or nobody would see it."""
    here = Q(grid_code=grid.pk) | Q(grid_code="", record__grid_code=grid.pk)
    if not giver.areas.exclude(pk=grid.pk).exists():
        here |= Q(grid_code="", record=None)
    return SetAside.objects.filter(here, owner=giver, settled_at=None)


def hand_over(grid: Area, giver: User, taker: User, *, by: User, why: str = "") -> HandOver:
    """The grid and the open forms together, or neither. Raises areas.Unfit."""
    with transaction.atomic():
        going = list(forms(grid, giver).select_for_update(of=("self",)).values_list("pk", flat=True))
        made = handover.give(grid, giver, taker, by=by, why=why, forms=len(going))
        SetAside.objects.filter(pk__in=going).update(owner=taker)
    return made
