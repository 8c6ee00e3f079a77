"""The figures are the database's: read at each scrape by a fixed number of statements, about targets and nobody."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from gridapp.catalogue.models import Target
from gridapp.contract import Kind
from gridapp.delivery.models import (
    Alarm,
    Backfill,
    Callback,
    Delivery,
    Hold,
    Lane,
    Rank,
    Reconciliation,
    Status,
    Sweep,
    Tally,
)
from gridapp.registry.models import Record
from gridapp.watch import readings

pytestmark = pytest.mark.django_db
Put = Callable[..., Delivery]
NOW = timezone.now()
STATEMENTS = 13


def families() -> dict[str, Any]:
    """Name -> family, as Prometheus' own parser reads what we say."""
    said = Client().get("/metrics").content.decode()
    return {family.name: family for family in text_string_to_metric_families(said)}


def value(sample: str, **labels: str) -> float | None:
    """The value of one sample, None where there is none."""
    for family in families().values():
        for one in family.samples:
            if one.name == sample and one.labels == labels:
                return float(one.value)
    return None


@pytest.fixture
def target() -> Target:
    return Target.objects.create(key="FWBM", connector="housing_code", zh="房屋", en="Housing", enabled=True)


@pytest.fixture
def put(target: Target) -> Put:
    """`put(status="returned")`: a delivery of a record of its own."""

    def make(**columns: Any) -> Delivery:
        record = Record.objects.create(id=uuid.uuid4(), kind=Kind.RESIDENT, grid_code="990101001001001", sealed=b"")
        due = timezone.now() - timedelta(hours=1) if columns.get("status", Status.WAITING) == Status.WAITING else None
        values = {"status": Status.WAITING, "wanted_version": 1, "due_at": due, "target": target}
        return Delivery.objects.create(record=record, **{**values, **columns})

    return make


def test_a_house_with_nothing_in_it_has_figures_too() -> None:
    found = families()

    assert found["gridapp_build_info"].samples[0].value == 1
    assert found["gridapp_scrape_seconds"].samples[0].value > 0
    assert found["gridapp_sweep_age_seconds"].samples == []


def test_names_follow_the_conventions_and_each_says_what_it_is() -> None:
    for name, family in families().items():
        assert name.startswith("gridapp_")
        assert family.documentation.endswith("."), name
        assert family.type in {"gauge", "counter"}
        ages = any(word in name for word in ("age", "try", "scrape"))
        assert not ages or name.endswith(("_seconds", "_bytes", "_per_second")), name


@pytest.mark.parametrize(("rank", "word"), [(Rank.ENTERED, "entered"), (Rank.BACKLOG, "backlog")])
def test_the_age_of_a_lane_is_that_of_its_oldest_due_delivery(put: Put, rank: Rank, word: str) -> None:
    put(rank=rank)
    put(rank=rank, due_at=timezone.now() - timedelta(minutes=5))
    put(rank=rank, due_at=NOW + timedelta(days=1))

    ages = {one: value("gridapp_lane_age_seconds", target="FWBM", rank=one) for one in ("entered", "backlog")}

    assert ages.pop(word) == pytest.approx(3600, abs=120)
    assert list(ages.values()) == [0]


def test_what_is_due_tomorrow_is_not_late(put: Put) -> None:
    put(due_at=NOW + timedelta(days=1))

    assert value("gridapp_lane_age_seconds", target="FWBM", rank="entered") == 0
    assert value("gridapp_deliveries", target="FWBM", status="waiting") == 1


def test_deliveries_are_counted_by_whose_move_they_are(put: Put) -> None:
    leased = {"lease_until": NOW + timedelta(days=1), "token": uuid.uuid4()}
    rows: list[dict[str, Any]] = [
        {}, {}, {"status": Status.SENDING, **leased}, {"status": Status.SUBMITTED, "ticket": "T1"},
        {"status": Status.HELD, "hold": Hold.WINDOW}, {"status": Status.HELD, "hold": Hold.DEPENDENCY},
        {"status": Status.RETURNED}, {"status": Status.CONFLICT}, {"status": Status.MANUAL},
        {"status": Status.UNCERTAIN}, {"status": Status.FAILED}, {"status": Status.DELIVERED},
    ]  # fmt: skip
    for row in rows:
        put(**row)

    samples = families()["gridapp_deliveries"].samples
    assert {one.labels["status"]: one.value for one in samples} == {
        "waiting": 2, "sending": 1, "submitted": 1, "held": 2, "returned": 1, "conflict": 1, "manual": 1,
        "uncertain": 1, "failed": 1,
    }  # fmt: skip
    assert value("gridapp_deliveries_held", target="FWBM", hold="window") == 1
    assert value("gridapp_deliveries_held", target="FWBM", hold="paused") == 0


def test_a_doubt_has_an_age(put: Put) -> None:
    old = put(status=Status.UNCERTAIN)
    put(status=Status.UNCERTAIN)
    Delivery.objects.filter(pk=old.pk).update(changed_at=timezone.now() - timedelta(hours=2))

    assert value("gridapp_uncertain_age_seconds", target="FWBM") == pytest.approx(7200, abs=120)


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, "closed"),
        ({"failures": 2}, "closed"),
        ({"failures": 7, "closed_until": NOW + timedelta(days=5)}, "open"),
        ({"failures": 7, "closed_until": NOW - timedelta(minutes=5)}, "half_open"),
        ({"failures": 5, "closed_until": NOW + timedelta(days=5), "stopped_why": "HTTP 401"}, "stopped"),
    ],
)
def test_the_breaker_is_in_one_state(target: Target, columns: dict[str, Any], state: str) -> None:
    Lane.objects.create(target=target, **columns)

    samples = families()["gridapp_lane_breaker_state"].samples

    assert [one.labels["state"] for one in samples if one.value == 1] == [state]
    assert len(samples) == 4
    assert value("gridapp_lane_failures", target="FWBM") == columns.get("failures", 0)


def test_a_lane_says_when_it_tries_again_and_what_it_lost(target: Target) -> None:
    Lane.objects.create(
        target=target, closed_until=timezone.now() + timedelta(seconds=100), leases_lost=3, found_by_sweep=8,
        last_success_at=NOW,
    )  # fmt: skip

    assert value("gridapp_lane_next_try_seconds", target="FWBM") == pytest.approx(100, abs=5)
    assert value("gridapp_lane_leases_lost_total", target="FWBM") == 3
    assert value("gridapp_lane_sweeper_finds_total", target="FWBM") == 8
    assert value("gridapp_lane_last_success_timestamp_seconds", target="FWBM") == pytest.approx(NOW.timestamp())


def test_a_target_that_no_lane_has_served_yet_is_there(target: Target) -> None:
    assert value("gridapp_target_enabled", target="FWBM") == 1
    assert value("gridapp_target_paused", target="FWBM") == 0
    assert value("gridapp_lane_served", target="FWBM") == 0
    assert value("gridapp_lane_last_success_timestamp_seconds", target="FWBM") is None


def test_tries_are_counted_by_what_came_of_them(target: Target) -> None:
    Tally.objects.create(target=target, outcome="delivered", tries=12_000_000_000)
    Tally.objects.create(target=target, outcome="rejected", tries=4)

    assert families()["gridapp_attempts"].type == "counter"
    assert value("gridapp_attempts_total", target="FWBM", outcome="delivered") == 12_000_000_000
    assert value("gridapp_attempts_total", target="FWBM", outcome="rejected") == 4


def test_open_alarms_are_told_by_kind_and_those_that_are_over_are_not(target: Target) -> None:
    Alarm.objects.create(target=target, kind=Alarm.Kind.STOPPED)
    Alarm.objects.create(target=None, kind=Alarm.Kind.SNAPSHOT)
    Alarm.objects.create(target=target, kind=Alarm.Kind.LATE, ended_at=NOW)

    assert value("gridapp_alarms_open", target="FWBM", kind="stopped") == 1
    assert value("gridapp_alarms_open", target="", kind="snapshot") == 1
    assert value("gridapp_alarms_open", target="FWBM", kind="late") is None


def test_calls_that_wait_are_counted_with_their_age(target: Target) -> None:
    for event in ("a", "b"):
        Callback.objects.create(target=target, event=event, sealed=b"", signed_at=NOW)
    Callback.objects.create(target=target, event="c", sealed=b"", signed_at=NOW)
    Callback.objects.filter(event="a").update(received_at=timezone.now() - timedelta(hours=1))
    Callback.objects.filter(event="c").update(due_at=None)

    assert value("gridapp_callbacks_waiting", target="FWBM") == 2
    assert value("gridapp_callbacks_age_seconds", target="FWBM") == pytest.approx(3600, abs=120)


def test_the_last_comparison_counts_and_one_that_runs_does_not(target: Target) -> None:
    Reconciliation.objects.create(target=target, finished_at=NOW - timedelta(days=1), lost=99)
    Reconciliation.objects.create(
        target=target, finished_at=NOW, asked=10, agreed=7, lost=2, differing=1, trouble="no_answer"
    )
    Reconciliation.objects.create(target=target, asked=1)

    assert value("gridapp_reconciliation_deliveries", target="FWBM", result="lost") == 2
    assert value("gridapp_reconciliation_deliveries", target="FWBM", result="agreed") == 7
    assert value("gridapp_reconciliation_broken_off", target="FWBM") == 1
    assert value("gridapp_reconciliation_timestamp_seconds", target="FWBM") == pytest.approx(NOW.timestamp())


def test_how_far_planning_anew_has_come(target: Target) -> None:
    Backfill.objects.create(target=target, why=Backfill.Why.ADDED, total=1000, seen=400, written=250)

    assert value("gridapp_backfill_running", target="FWBM") == 1
    assert value("gridapp_backfill_records", target="FWBM", step="seen") == 400
    assert value("gridapp_backfill_records", target="FWBM", step="total") == 1000


def test_how_long_ago_the_clock_has_looked() -> None:
    Sweep.objects.create(done_at=timezone.now() - timedelta(seconds=90))

    assert value("gridapp_sweep_age_seconds") == pytest.approx(90, abs=5)


def test_labels_are_of_targets_and_of_nobody_else(put: Put, target: Target) -> None:
    put(status=Status.RETURNED, reason="王小明 990101199203040017", reference="DJBH-1", waits_for="WG")
    Lane.objects.create(target=target, stopped_why="王小明")

    said = Client().get("/metrics").content.decode()

    names = {label for family in families().values() for one in family.samples for label in one.labels}
    assert names <= {"target", "status", "hold", "rank", "state", "outcome", "kind", "result", "step", "version",
                     "python", "pid"}  # fmt: skip
    assert "王小明" not in said and "9901011992" not in said and "DJBH" not in said


def fill(target: Target, rows: int) -> None:
    """So many waiting deliveries, without their records: nothing here looks at those."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL statement_timeout = 60000")
        cursor.execute(
            """
            INSERT INTO delivery_delivery (record_id, target_id, status, wanted_version, generation, due_at, rank,
                maybe_sent, was_maybe_sent, attempts, crashes, ticket, reference, hold, waits_for, reason_code, reason,
                fields, changed_at)
            SELECT gen_random_uuid(), %s, 'waiting', 1, 1, now() - n * interval '1 ms', 1, FALSE, FALSE, 0, 0, '', '',
                '', '', '', '', '{}', now() FROM generate_series(1, %s) AS n
            """,
            [target.pk, rows],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_backlog_beyond_all_counting_costs_no_statement_and_no_reading_of_it(target: Target) -> None:
    with CaptureQueriesContext(connection) as empty:
        Client().get("/metrics")
    fill(target, 3 * readings.MOST)

    with CaptureQueriesContext(connection) as full:
        counted = value("gridapp_deliveries", target="FWBM", status="waiting")

    assert counted == readings.MOST
    assert len(full) == len(empty)
    assert len([one for one in full if "SAVEPOINT" not in one["sql"]]) == STATEMENTS
