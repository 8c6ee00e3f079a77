"""What is somebody's move, made for a test: deliveries that came back, people, homes not seen for long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.submit import submit
from gridapp.desk import work
from gridapp.desk.work import Ask, Part
from gridapp.org.models import User
from gridapp.registry import EntryForm
from gridapp.registry.models import Entry, Record, Residency
from tests import factories
from tests.desk.cast import GRID, RESIDENT


def all_told(resident: Record) -> Record:
    """The same resident, about whom, as about the room, everything is told and nothing is missing."""
    settled: dict[str, Any] = {
        "status": Status.DELIVERED,
        "due_at": None,
        "hold": "",
        "waits_for": "",
        "reason_code": "",
        "fields": [],
    }
    Delivery.objects.update(**settled)
    return resident


def part(key: str, user: User, **asked: int) -> Part:
    return work.PARTS[key](Ask(user, timezone.now(), **asked))


def move(record: Record, target: str, status: str = Status.RETURNED, **columns: object) -> Delivery:
    """A delivery that is somebody's move."""
    told = {"status": status, "due_at": None, "hold": "", "waits_for": "", "reason_code": "3102"} | columns
    rows = Delivery.objects.filter(record=record, target__key=target)
    assert rows.update(**told) == 1
    return rows.get()


def people(worker: User, flat: Record, number: int) -> list[Record]:
    made = []
    for _ in range(number):
        fields = RESIDENT | {"id_number": factories.id_number(), "phone": factories.phone()}
        form = EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, GRID, fields, housing=flat.id)
        made.append(submit(form, by=worker).record)
    return made


def unseen(record: Record, days: int) -> None:
    Residency.objects.filter(resident=record).update(verified_at=timezone.now() - timedelta(days=days))
