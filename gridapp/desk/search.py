"""What a search finds, one line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import prefetch_related_objects

from gridapp import registry
from gridapp.desk import recent, rooms
from gridapp.org.models import User
from gridapp.registry.models import Record, Residency


@dataclass(frozen=True)
class Hit:
    record: Record
    title: str
    place: str


def hits(query: str, *, by: User, on: date) -> list[Hit]:
    """Records of the user's areas; where people live stands beside them. Four statements."""
    found = registry.search.search(query, by=by)
    prefetch_related_objects(found, "building")
    living = Residency.objects.filter(resident__in=found, is_open=True).select_related("housing__building")
    homes = {one.resident_id: rooms.housing_label(one.housing) for one in living.order_by("is_primary")}
    return [Hit(record, recent.title(record, on=on), homes.get(record.id, "")) for record in found]
