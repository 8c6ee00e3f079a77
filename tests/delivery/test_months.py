"""The months of the tries: made ahead of time, carried over by the migration, left alone while somebody reads them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from gridapp.delivery import keeping, partitions
from gridapp.delivery.models import Attempt, Delivery

from .conftest import elsewhere
from .tries import tried, where

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]
MONTH = timedelta(days=31)


def test_this_month_and_the_next_two_are_there_from_the_beginning() -> None:
    now = timezone.now()

    covered = [
        any(one.covers(partitions.months_later(now, ahead)) for one in partitions.partitions()) for ahead in range(3)
    ]

    assert covered == [True, True, True]


def test_a_try_of_today_lies_in_its_month_and_has_an_id(make_delivery: Make) -> None:
    attempt = tried(make_delivery(), timedelta())

    assert where(attempt) == f"delivery_attempt_{timezone.now().astimezone(UTC):%Y_%m}"
    assert Attempt.objects.get(pk=attempt.pk) == attempt


def test_a_month_that_nobody_made_is_made_and_its_tries_come_home(make_delivery: Make) -> None:
    delivery = make_delivery()
    attempts = [tried(delivery, 3 * MONTH), tried(delivery, 5 * MONTH)]
    assert {where(one) for one in attempts} == {"delivery_attempt_default"}

    done = keeping.tidy()

    assert done["months made"] == 2
    assert [where(one) for one in attempts] == [f"delivery_attempt_{one.started_at:%Y_%m}" for one in attempts]
    assert keeping.tidy()["months made"] == 0, "nothing is left to be made"


def test_a_try_dated_to_another_century_stays_and_is_found(make_delivery: Make) -> None:
    delivery = make_delivery()
    attempt = tried(delivery, -timedelta(days=40_000))

    keeping.tidy()

    assert where(attempt) == "delivery_attempt_default"
    assert list(delivery.tries.all()) == [attempt]


def test_a_month_in_use_is_left_to_the_next_night(
    transactional_db: None, make_delivery: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(partitions, "_PATIENCE", "50ms")
    old = tried(make_delivery(), timedelta(days=38 * 31))
    partitions.make(old.started_at, old.started_at)
    done: list[int] = []

    with transaction.atomic():
        assert Attempt.objects.count() == 1  # somebody reads
        with caplog.at_level(logging.WARNING, "gridapp.delivery.partitions"):
            elsewhere(lambda: done.append(keeping.tidy()["months dropped"]))

    assert done == [0]
    assert "left to the next night" in caplog.text
    assert keeping.tidy()["months dropped"] == 1


def test_finding_the_tries_of_a_record_reads_indexes_alone_with_forty_months(make_delivery: Make) -> None:
    now = timezone.now()
    partitions.make(partitions.months_later(now, -37), now)
    delivery = make_delivery()
    for months in range(0, 36, 5):
        tried(delivery, months * MONTH)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # a table of one row is read whole by right
        cursor.execute(
            "EXPLAIN SELECT * FROM delivery_attempt WHERE delivery_id = ANY(%s) ORDER BY id DESC LIMIT 200",
            [[delivery.pk]],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert plan.count("Index Scan") >= 40
    assert "Seq Scan" not in plan


class Migrate(Protocol):
    """See the fixture `migrate`."""

    def __call__(self, name: str = "") -> None: ...


@pytest.fixture
def migrate(transactional_db: None) -> Iterator[Migrate]:
    """`migrate(name)` takes the delivery app to that migration, without a name to the newest, where it ends up."""

    def to(name: str = "") -> None:
        executor = MigrationExecutor(connection)
        newest = executor.loader.graph.leaf_nodes("delivery")
        executor.migrate([("delivery", name)] if name else newest)

    yield to
    Attempt.objects.all().delete()
    for name in ("0004_alarms_backfills_tallies", ""):
        to(name)


def test_the_migration_carries_over_what_a_filled_house_has_and_goes_back(
    migrate: Migrate, make_delivery: Make
) -> None:
    delivery = make_delivery()
    here, far = tried(delivery, 2 * MONTH), tried(delivery, -timedelta(days=4_000))
    tries = sorted(Attempt.objects.values_list())

    migrate("0004_alarms_backfills_tallies")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM delivery_attempt")
        counted = cursor.fetchone()[0]
    divided = partitions.is_divided()
    migrate()

    assert (counted, divided) == (2, False)
    assert sorted(Attempt.objects.values_list()) == tries
    assert (where(here), where(far)) == ("delivery_attempt_before", "delivery_attempt_default")
    assert tried(delivery, timedelta()).pk > far.pk
    before = partitions.partitions()[0]
    assert before.begins is None
    assert before.ends > timezone.now()


def test_months_are_counted_over_the_turn_of_the_year() -> None:
    moment = datetime(2026, 11, 22, 5, tzinfo=UTC)

    later = [partitions.months_later(moment, number).strftime("%Y-%m-%d") for number in (-11, 0, 1, 2)]

    assert later == ["2025-12-01", "2026-11-01", "2026-12-01", "2027-01-01"]
