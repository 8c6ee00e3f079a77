"""What an operator does: nothing is dropped, nothing that may be there forgotten, and it is filed who did it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured
from gridapp.delivery import alarms, operating
from gridapp.delivery.models import Alarm, Attempt, Delivery, Hold, Lane, Rank, Status
from gridapp.delivery.sweep import sweep
from gridapp.org.models import User

from .conftest import claim_as

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]


def test_a_pause_is_said_once_with_its_reason_and_who_said_it(
    served: Configured, operator: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    done = [operating.pause(served.target, why, operator) for why in ("对方升级", "再说一遍")]

    served.target.refresh_from_db()
    assert (done, served.target.paused_why) == ([True, False], "对方升级")
    assert [line.getMessage() for line in caplog.records] == [f"operator: pause TEST by user {operator.pk}"]


@pytest.mark.usefixtures("fresh")
def test_what_is_paused_is_held_and_goes_out_when_it_is_resumed(
    served: Configured, operator: User, make_delivery: Make
) -> None:
    rows = [make_delivery() for _ in range(3)]
    operating.pause(served.target, "对方升级", operator)
    sweep()
    held = set(Delivery.objects.values_list("status", "hold"))
    freed_while_paused = operating.let_go(served)

    was_paused = operating.resume(served.target, operator)
    freed = operating.let_go(targets.targets()[0])

    assert held == {(Status.HELD, Hold.PAUSED)}
    assert (freed_while_paused, was_paused, freed) == (0, True, len(rows))
    assert set(Delivery.objects.values_list("status", "hold", "rank")) == {(Status.WAITING, "", Rank.BACKLOG)}
    assert operating.resume(served.target, operator) is False


@pytest.mark.usefixtures("fresh")
def test_a_large_backlog_is_freed_slice_by_slice(
    served: Configured, make_delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operating, "SLICE", 2)
    for _ in range(5):
        make_delivery(status=Status.HELD, hold=Hold.PAUSED, due_at=None)

    slices = [operating.let_go(served) for _ in range(4)]

    assert slices == [2, 2, 1, 0]


def test_what_waits_for_another_target_is_not_freed_by_a_resume(served: Configured, make_delivery: Make) -> None:
    row = make_delivery(status=Status.HELD, hold=Hold.DEPENDENCY, waits_for="FWBM", due_at=None)

    operating.let_go(served)

    row.refresh_from_db()
    assert (row.status, row.hold) == (Status.HELD, Hold.DEPENDENCY)


def test_a_resume_forgets_what_was_rejected_and_ends_the_alarm(served: Configured, operator: User) -> None:
    operating.pause(served.target, "rejections", None)
    Lane.objects.create(target=served.target, lately="x" * 50, closed_until=timezone.now() + timedelta(minutes=5))
    alarms.raise_alarm(served.target.pk, Alarm.Kind.REJECTIONS, "50/50")

    operating.resume(served.target, operator, slowly=0.5)

    row = Lane.objects.get(target=served.target)
    assert (row.lately, row.slowly, row.closed_until, alarms.open_alarms()) == ("", 0.5, None, [])


@pytest.mark.parametrize(
    ("columns", "slowly"),
    [
        ({"rank": Rank.BACKLOG}, 2.0),
        ({"status": Status.HELD, "hold": Hold.PAUSED, "due_at": None}, 2.0),
        ({"rank": Rank.ENTERED}, None),
        ({"rank": Rank.BACKLOG, "due_at": timezone.now() + timedelta(hours=1)}, None),
        ({"rank": Rank.BACKLOG, "status": Status.DELIVERED, "due_at": None}, None),
    ],
)
def test_a_lane_goes_slowly_until_its_backlog_is_out(
    served: Configured, make_delivery: Make, columns: dict[str, Any], slowly: float | None
) -> None:
    make_delivery(**columns)
    operating.slow(served.target, None, slowly=2.0)

    operating.end_slow_lanes()

    assert Lane.objects.get(target=served.target).slowly == slowly


def test_a_lane_stays_slow_while_its_target_is_paused(served: Configured, operator: User) -> None:
    operating.slow(served.target, operator, slowly=2.0)
    operating.pause(served.target, "", operator)

    operating.end_slow_lanes()

    assert Lane.objects.get(target=served.target).slowly == 2.0


def test_a_lane_that_stopped_is_opened_again(served: Configured, operator: User) -> None:
    Lane.objects.create(target=served.target, failures=9, stopped_why="401", closed_until=timezone.now())
    alarms.raise_alarm(served.target.pk, Alarm.Kind.STOPPED, "401")

    operating.reopen(served.target, operator)

    row = Lane.objects.get(target=served.target)
    assert (row.failures, row.stopped_why, row.closed_until, alarms.open_alarms()) == (0, "", None, [])


@pytest.mark.parametrize(
    "columns",
    [
        {"due_at": timezone.now() + timedelta(hours=1), "attempts": 4, "rank": Rank.BACKLOG},
        {"status": Status.FAILED, "due_at": None, "reason_code": "poison"},
        {"status": Status.RETURNED, "due_at": None, "reason_code": "22", "fields": ["name"]},
        {"status": Status.HELD, "hold": Hold.PAUSED, "due_at": None},
        {"status": Status.CANCELLED, "due_at": None, "reason_code": operating.CANCELLED},
    ],
)
def test_one_is_sent_now_before_all_others(
    served: Configured, operator: User, make_delivery: Make, columns: dict[str, Any]
) -> None:
    for _ in range(2):
        make_delivery(due_at=timezone.now() - timedelta(hours=2))
    row = make_delivery(**columns)

    refused = operating.send_now(row, served, operator)

    assert refused == ""
    assert [claimed.id for claimed in claim_as(uuid.uuid4(), served.target.pk, limit=1)] == [row.pk]
    assert list(Attempt.objects.values_list("delivery", "outcome", "by")) == [(row.pk, "hurried", operator.pk)]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"status": Status.DELIVERED, "due_at": None}, "is_delivered"),
        ({"status": Status.UNCERTAIN, "due_at": None}, "is_uncertain"),
        ({"status": Status.SUBMITTED, "due_at": None, "ticket": "T1"}, "is_submitted"),
        ({"status": Status.HELD, "hold": Hold.DEPENDENCY, "due_at": None}, "dependency"),
        ({"status": Status.FAILED, "due_at": None, "reason_code": "unmapped"}, "unmapped"),
        ({"status": Status.RETURNED, "due_at": None, "reason_code": "incomplete"}, "incomplete"),
        ({"status": Status.CANCELLED, "due_at": None, "reason_code": "not_wanted"}, "not_wanted"),
    ],
)
def test_what_cannot_be_sent_now_is_refused_with_a_reason(
    served: Configured, operator: User, make_delivery: Make, columns: dict[str, Any], why: str
) -> None:
    row = make_delivery(**columns)

    assert operating.send_now(row, served, operator) == why

    before = row.status
    row.refresh_from_db()
    assert (row.status, Attempt.objects.count()) == (before, 0)


def test_nothing_is_sent_now_while_the_target_takes_nothing(
    served: Configured, operator: User, make_delivery: Make
) -> None:
    row = make_delivery()
    served.target.paused_at = timezone.now()
    paused = operating.send_now(row, served, operator)
    served.target.paused_at, served.target.enabled = None, False

    assert (paused, operating.send_now(row, served, operator)) == ("paused", "not_live")


def test_what_may_have_arrived_is_not_sent_now_where_it_would_be_stored_twice(
    served: Configured, operator: User, make_delivery: Make, scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make_delivery(status=Status.FAILED, due_at=None, maybe_sent=True)
    safe = operating.refusal(row, served)
    monkeypatch.setattr(scripted, "capabilities", replace(scripted.capabilities, resend_safe=False))

    assert (safe, operating.send_now(row, served, operator)) == ("", "doubtful")


def test_a_row_that_changed_since_it_was_seen_is_left_alone(
    served: Configured, operator: User, make_delivery: Make
) -> None:
    row = make_delivery()
    Delivery.objects.filter(pk=row.pk).update(generation=2)

    assert operating.send_now(row, served, operator) == "changed"


def test_what_was_held_is_found_by_an_index(served: Configured) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {operating._LET_GO}", [served.target.pk, operating.SLICE])
        freeing = "\n".join(row[0] for row in cursor.fetchall())

    assert "using delivery_held" in freeing and "Sort" not in freeing
