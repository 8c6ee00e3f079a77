"""A day that is over, and how its report is read."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from gridapp.delivery import counts_folding
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.models.counts import Flow
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record
from gridapp.review import report_days
from gridapp.review.report_state import midnight

STREET = "990101001"
SOON = timedelta(seconds=30)
"""After midnight: when the clock looks."""


def returned(row: Delivery, *, days: int, reason: str = "电话为空号", field: str = "phone") -> None:
    Delivery.objects.filter(pk=row.pk).update(
        status=Status.RETURNED, due_at=None, hold="", waits_for="", reason_code="3102", reason=reason, fields=[field],
        changed_at=timezone.now() - timedelta(days=days),
    )  # fmt: skip


def lines(page: str) -> dict[str, list[str]]:
    """Key of a line -> what its cells say."""
    rows = re.findall(r'<tr data-line="([\w-]+)">(.*?)</tr>', page, re.DOTALL)
    return {key: re.findall(r"<td[^>]*>([^<]*)</td>", cells) for key, cells in rows}


def report(client: Client, period: object, area: str = STREET) -> str:
    answer = client.get(f"/review/reports/{area}/{period}/")
    assert answer.status_code == 200
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


@pytest.fixture
def today(db: None) -> date:
    return timezone.localdate()


@pytest.fixture
def rows(resident: Record, people: dict[str, User]) -> list[Delivery]:
    """The resident's deliveries in the order of the systems; all there are wait for the systems to open."""
    Delivery.objects.update(status=Status.HELD, hold="window", waits_for="", due_at=None, reason_code="", fields=[])
    return list(Delivery.objects.filter(record=resident).order_by("target__position"))


@pytest.fixture
def happened(rows: list[Delivery], today: date) -> date:
    """Yesterday: a flat and a resident were entered, three systems sent the resident back, of which one long ago.

    Nobody has looked yet how it ended.
    """
    for row, days in zip(rows, (1, 3, 10), strict=False):
        returned(row, days=days)
    counts_folding.fold()
    Flow.objects.update(day=F("day") - 1)
    Entry.objects.update(received_at=F("received_at") - timedelta(days=1))
    return today - timedelta(days=1)


@pytest.fixture
def yesterday(happened: date, today: date) -> date:
    """The same, and the clock came by just after midnight."""
    assert report_days.keep(midnight(today) + SOON) == 2
    return happened
