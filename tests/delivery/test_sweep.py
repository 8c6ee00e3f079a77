"""The clock's work, and when a target may be called at all."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.delivery import gates
from gridapp.delivery.models import Delivery, Hold, Lane, Status, Sweep
from gridapp.delivery.sweep import _hold, sweep

from .conftest import PROFILE, claim_as

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("clock", "closed"), [("06:29", True), ("06:30", False), ("12:00", False), ("22:29", False), ("22:30", True)]
)
def test_a_window_is_told_by_local_time(clock: str, closed: bool) -> None:
    one = Configured(Target(key="PDA", window={"opens": "06:30", "closes": "22:30"}), PROFILE, None)
    moment = datetime.fromisoformat(f"2026-03-02T{clock}").replace(tzinfo=SHANGHAI)

    block = gates.block(one, moment)

    assert (block is not None and block.hold == Hold.WINDOW) is closed


def test_the_next_opening_is_tomorrow_morning_when_the_day_is_over() -> None:
    one = Configured(Target(key="PDA", window={"opens": "06:30", "closes": "22:30"}), PROFILE, None)

    opens = gates.opens_at(one, datetime(2026, 3, 2, 23, 0, tzinfo=SHANGHAI))

    assert opens == datetime(2026, 3, 3, 6, 30, tzinfo=SHANGHAI)


def test_an_idle_house_wakes_nobody(scripted: Any) -> None:
    assert sweep() == []


def test_due_work_wakes_its_lane(scripted: Any, make_delivery: Make) -> None:
    make_delivery()

    assert sweep() == [scripted.target.pk]


def test_a_lane_that_pauses_is_left_alone(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()
    Lane.objects.create(target_id=delivery.target_id, closed_until=timezone.now() + timedelta(minutes=5))

    assert sweep() == []


def test_a_ticket_that_is_due_wakes_its_lane(scripted: Any, make_delivery: Make) -> None:
    make_delivery(
        status="submitted", due_at=None, ticket="T1", track_at=timezone.now() - timedelta(hours=1), sent_generation=1
    )

    assert sweep() == [scripted.target.pk]


def test_paused_means_held_never_dropped_and_goes_on_when_resumed(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()
    scripted.target.paused_at = timezone.now()
    sweep()
    delivery.refresh_from_db()
    held = (delivery.status, delivery.hold)

    scripted.target.paused_at = None
    sweep()

    delivery.refresh_from_db()
    assert held == (Status.HELD, Hold.PAUSED)
    assert (delivery.status, delivery.hold) == (Status.WAITING, "")


def test_the_sweeper_frees_what_a_dead_worker_held_and_wakes_the_lane(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()
    claim_as(uuid.uuid4(), delivery.target_id, lease=-1)

    assert sweep() == [scripted.target.pk]


def test_a_target_that_is_switched_off_holds_its_rows_and_frees_what_was_on_its_way(
    scripted: Any, make_delivery: Make
) -> None:
    on_its_way = make_delivery()
    claim_as(uuid.uuid4(), on_its_way.target_id, lease=-1)
    waiting = make_delivery()

    scripted.target.enabled = False
    woken = sweep()

    rows = Delivery.objects.filter(pk__in=[on_its_way.pk, waiting.pk])
    assert woken == []
    assert {(row.status, row.hold) for row in rows} == {(Status.HELD, Hold.PAUSED)}


def test_hours_that_cannot_be_read_stop_nobody(scripted: Any, make_delivery: Make) -> None:
    make_delivery()
    scripted.target.window = {"opens": "half past six"}

    assert sweep() == [scripted.target.pk]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_a_plan_has_in_hand_is_not_put_back_by_the_clock(scripted: Any, make_delivery: Make) -> None:
    held = make_delivery(status=Status.HELD, hold=Hold.WINDOW, due_at=None)
    swept = threading.Thread(target=_sweep_and_close)

    with transaction.atomic():
        Delivery.objects.filter(pk=held.pk).update(status=Status.CANCELLED, hold="", wanted_digest=None)
        swept.start()
        swept.join(1)
    swept.join()

    held.refresh_from_db()
    assert held.status == Status.CANCELLED


def _sweep_and_close() -> None:
    try:
        sweep()
    finally:
        connection.close()


def test_due_work_that_nobody_serves_is_counted_once_a_look(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()
    Lane.objects.create(target_id=delivery.target_id)

    sweep()
    sweep()

    assert Lane.objects.get().found_by_sweep == 2


def test_work_of_a_lane_that_is_served_or_that_has_just_come_is_no_find(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()
    lease = {"token": uuid.uuid4(), "lease_until": timezone.now() + timedelta(minutes=1)}
    lane = Lane.objects.create(target_id=delivery.target_id, **lease)
    sweep()

    Lane.objects.update(token=None, lease_until=None)
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    sweep()

    lane.refresh_from_db()
    assert lane.found_by_sweep == 0


def test_a_lane_whose_worker_died_is_found(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()
    gone = {"token": uuid.uuid4(), "lease_until": timezone.now() - timedelta(seconds=1)}
    lane = Lane.objects.create(target_id=delivery.target_id, **gone)

    sweep()

    lane.refresh_from_db()
    assert lane.found_by_sweep == 1


@pytest.mark.parametrize(("ended", "stays"), [(-60, True), (1, True), (60, False)])
def test_a_lane_whose_worker_died_long_ago_is_nobodys(scripted: Any, ended: int, stays: bool) -> None:
    token = uuid.uuid4()
    lease = {"token": token, "lease_until": timezone.now() - timedelta(seconds=ended)}
    lane = Lane.objects.create(target_id=scripted.target.pk, **lease)

    sweep()

    lane.refresh_from_db()
    assert (lane.token, lane.lease_until is not None) == (token if stays else None, stays)


def test_the_clock_says_when_it_has_looked(scripted: Any) -> None:
    sweep()
    first = Sweep.objects.get().done_at
    sweep()

    assert first < Sweep.objects.get().done_at <= timezone.now()


def test_holding_a_large_backlog_reads_it_by_an_index_and_sorts_nothing(scripted: Any, make_delivery: Make) -> None:
    make_delivery()
    one = Configured(scripted.target, PROFILE, scripted)

    with CaptureQueriesContext(connection) as captured:
        _hold(one, str(Hold.PAUSED))

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for statement in captured.captured_queries:
            cursor.execute(f"EXPLAIN {statement['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "->  Sort" not in plan, plan
