"""Turns what happened into messages for the addresses that are told of it.

It reads the log of entries and tries; who enters and who settles does not know of it, so that costs them nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from gridapp.delivery import happened
from gridapp.delivery.happened import Happening, Place
from gridapp.delivery.models import Delivery
from gridapp.registry.models import Entry
from gridapp.registry.reach import visible

from .models import Endpoint, Event, Happened, Message, Reader

KEPT = timedelta(days=30)


def follow() -> int:
    """Reads on from where it was; how many messages came of it. One reader at a time, another one reads nothing."""
    endpoints = list(Endpoint.objects.filter(disabled_at=None, user__is_active=True).select_related("user"))
    made, more = 0, True
    while more:
        made_now, more = _read_on(endpoints)
        made += made_now
    return made


def tidy() -> int:
    """Throws away what is older than thirty days; how many events."""
    return Event.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


@transaction.atomic
def _read_on(endpoints: Sequence[Endpoint]) -> tuple[int, bool]:
    reader = Reader.objects.select_for_update(skip_locked=True).first()
    if reader is None:
        return 0, False
    if not endpoints:
        # Whoever is added next is told of what happens from then on
        place, rows, more = happened.latest(), list[Happening](), False
    else:
        place = Place(reader.entry, reader.attempt)
        rows, more = happened.since(place)
    entry = max((row.number for row in rows if not row.target), default=place.entry)
    attempt = max((row.number for row in rows if row.target), default=place.attempt)
    if (entry, attempt) != (reader.entry, reader.attempt):
        Reader.objects.filter(pk=reader.pk).update(entry=entry, attempt=attempt)
    return _messages(endpoints, _events(rows)), more


def _events(rows: Sequence[Happening]) -> list[Event]:
    entries = dict(
        Entry.objects.filter(number__in=[row.number for row in rows if not row.target]).values_list("number", "id")
    )
    standing = {
        (record, target): status
        for record, target, status in Delivery.objects.filter(
            record__in={row.record_id for row in rows if row.target}
        ).values_list("record", "target__key", "status")
    }
    found = []
    for row in rows:
        for kind, thin in _told(row, entries, standing):
            found.append(Event(kind=kind, number=row.number, record=row.record_id, thin=thin, at=row.at))
    # A number that was read before is none of ours: after a restore, say
    Event.objects.bulk_create(found, ignore_conflicts=True)
    numbers = {event.number for event in found}
    return list(Event.objects.filter(number__in=numbers, kind__in={event.kind for event in found}).order_by("pk"))


def _told(
    row: Happening, entries: Mapping[int, UUID], standing: Mapping[tuple[UUID, str], str]
) -> list[tuple[Happened, dict[str, Any]]]:
    """Ids and states: what a person's values are, whoever is told asks the API for, with a token of its own."""
    about = {"record": str(row.record_id), "version": row.version}
    if row.target:
        status = standing.get((row.record_id, row.target), "")
        return [(Happened.DELIVERY, {**about, "target": row.target, "outcome": row.word, "status": status})]
    entered = {**about, "entry": str(entries.get(row.number, "")), "action": row.word}
    closed = [(Happened.CLOSED, about)] if row.word == Entry.Action.CLOSE else []
    return [(Happened.ENTERED, entered), *closed]


def _messages(endpoints: Sequence[Endpoint], events: Sequence[Event]) -> int:
    records = {event.record for event in events if event.record is not None}
    made = []
    for endpoint in endpoints if events else ():
        seen = set(visible(endpoint.user).filter(pk__in=records).values_list("pk", flat=True))
        made += [
            Message(endpoint=endpoint, event=event, due_at=event.at)
            for event in events
            if event.kind in endpoint.events and event.record in seen
        ]
    return len(Message.objects.bulk_create(made, ignore_conflicts=True))
