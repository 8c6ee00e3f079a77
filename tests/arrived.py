"""Everything of a record is where it should be: what a story begins with when it is about what is told again."""

from __future__ import annotations

from django.db.models import F, QuerySet

from gridapp.delivery.models import Delivery, Status
from gridapp.registry.models import Record


def all_arrived(record: Record) -> QuerySet[Delivery]:
    """The deliveries of `record`, each of them now delivered as wanted."""
    rows = Delivery.objects.filter(record=record)
    rows.update(
        status=Status.DELIVERED, due_at=None, hold="", waits_for="", reason_code="", fields=[],
        held_digest=F("wanted_digest"), held_version=F("wanted_version"),
    )  # fmt: skip
    return rows
