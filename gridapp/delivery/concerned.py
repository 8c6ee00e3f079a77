"""Which deliveries are whose to look at: what one target was or will be sent, and what waits for somebody."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from gridapp import registry
from gridapp.catalogue import officers
from gridapp.catalogue.targets import Configured
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.registry.models import Record

from .models import Delivery, Status

_KNOWN = ~Q(status__in=(Status.WITHHELD, Status.CANCELLED)) | Q(held_digest__isnull=False)
"""What was withheld, or cancelled before it was sent, a department knows nothing of."""


def told(one: Configured, by: User) -> QuerySet[Delivery]:
    """The deliveries of somebody's areas that this target knows of or soon will; none where they do not see it."""
    rows = Delivery.objects.filter(_KNOWN, officers.condition(by), target=one.target)
    return scope.within(rows, by, "record__grid_code")


def moves(by: User) -> QuerySet[Delivery]:
    """What is someone's move in somebody's areas, whoever's: read from the few rows that say where they wait."""
    # One condition and no other on the same column or the status: the planner would take them for independent, and
    # one in a hundred of one in a hundred for next to nothing.
    return Delivery.objects.filter(scope.condition(by, "waits_in") or Q(waits_in__isnull=False))


def record(record_id: UUID, one: Configured, *, by: User) -> Record | None:
    """A record to be looked at as this target sees it; None where there is none, or it is not theirs to look at."""
    if scope.may_read_records(by):
        return registry.find(record_id, by=by)
    if not scope.may_see_targets(by):
        return None  # a security administrator knows accounts, not residents
    row = told(one, by).filter(record=record_id).select_related("record__building").first()
    return row.record if row else None
