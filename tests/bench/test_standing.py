"""The house with standing data, small: what is filled in is what the product itself would have written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from gridapp.bench import clockwork, filling, live, overseeing, standing
from gridapp.bench.own_database import own_database
from gridapp.delivery import clock, counts, counts_full, partitions
from gridapp.delivery.counts import Extent
from gridapp.delivery.models import Attempt, Delivery, Step
from gridapp.delivery.views import views
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record, Residency
from gridapp.registry.search import search

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]
RESIDENTS = 1_000


@pytest.fixture
def register() -> Iterator[filling.Filled]:
    """People and homes alone."""
    with own_database():
        yield filling.fill(RESIDENTS, history=False)


@pytest.fixture
def filled() -> Iterator[filling.Filled]:
    with own_database():
        yield filling.fill(RESIDENTS)


def test_records_open_are_found_and_stand_where_they_should(filled: filling.Filled) -> None:
    residents = Record.objects.filter(kind="resident")
    record = residents.order_by("pk")[7]
    worker = User.objects.get(pk=next(one.worker_id for one in filled.grids if one.code == record.grid_code))

    document = record.document()
    view = views([record], on=clock.day(clock.now()))[record.id]

    assert residents.count() == RESIDENTS
    assert Entry.objects.get(record=record).fields()["id_number"] == document["id_number"]
    assert record in search(document["name"], worker)
    assert [one.pk for one in search(document["id_number"], worker)] == [record.pk]
    assert view["housing.occupant_count"] == 4
    assert Residency.objects.values("housing").distinct().count() == RESIDENTS // 4


def test_each_resident_has_its_deliveries_counted_and_their_tries_lie_in_their_months(filled: filling.Filled) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM delivery_attempt_default")
        strays = cursor.fetchone()[0]

    assert Delivery.objects.count() == Attempt.objects.count() == RESIDENTS * 14
    assert strays == 0
    assert len(partitions.partitions()) >= 5
    assert 0 < Delivery.objects.exclude(status="delivered").count() < RESIDENTS
    assert not Delivery.objects.exclude(status="delivered").exclude(waits_in=F("record__grid_code")).exists()

    # Counted all the same, though it was filled in past the triggers.
    today = clock.day(clock.now())

    month = counts.together(counts.flows(Extent(("",), inside=True), first=today - timedelta(days=100), last=today))
    assert counts_full.differing() == []
    assert not Step.objects.exists()
    assert month.accepted + month.returned == RESIDENTS * 14


def test_every_page_and_every_statement_is_measured(filled: filling.Filled) -> None:
    above = overseeing.pages(filled, calls=1, by=["chief", "administrator"])
    took = [*standing.pages(filled, calls=1), *above, *clockwork.clockwork(1)]

    names = {one.name for one in took}
    assert len(took) == len(names)
    assert {"home of a worker", "live check", "API: a record", "claim of a healthy lane"} <= names
    assert {
        "chief: down to a grid",
        "chief: the largest cause",
        "administrator: causes",
        "administrator: lanes",
    } <= names
    assert all(0 < one.p50_ms <= one.p95_ms <= one.worst_ms for one in took)


def test_everything_that_is_asked_while_somebody_types_is_measured(register: filling.Filled) -> None:
    took = list(live.asked(register, calls=1))

    names = {one.name for one in took}
    assert len(took) == len(names)
    assert {"check by a worker: a whole form", "check by a worker: a flat"} <= names
    assert {"alike by a worker: a namesake of the same age", "search by a worker: a surname"} <= names
    assert (Record.objects.filter(kind="resident").count(), Entry.objects.count()) == (RESIDENTS, 0)
