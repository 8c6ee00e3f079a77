"""A department that changes its mind about everything: few records are burned, the rest is held."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridapp.catalogue.models import Target
from gridapp.delivery import alarms, lane, operating, rejections
from gridapp.delivery.models import Delivery, Hold, Lane, Status
from gridapp.delivery.sweep import sweep
from gridapp.org.models import User

from .receiver import OverTheWire, Receiver

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]


@pytest.mark.parametrize(
    ("lately", "expected"),
    [
        ("", False),
        ("x" * 24, False),
        ("x" * 25, True),
        ("." * 20 + "x" * 5, False),
        ("." * 19 + "x" * 6, True),
        ("." * 40 + "x" * 10, False),
        ("." * 39 + "x" * 11, True),
        ("x" * 11 + "." * 39, True),
        ("." * 50, False),
    ],
)
def test_more_than_a_fifth_of_the_last_answers_is_too_many(lately: str, expected: bool) -> None:
    assert rejections.too_many(lately) is expected


@pytest.fixture
def ours(make_delivery: Make) -> tuple[Target, uuid.UUID]:
    target, token = make_delivery().target, uuid.uuid4()
    Lane.objects.create(target=target, token=token, lease_until=timezone.now() + timedelta(minutes=1))
    return target, token


def test_a_lane_with_too_many_pauses_its_target_with_one_alarm(ours: tuple[Target, uuid.UUID]) -> None:
    target, token = ours

    noted = [rejections.note(target.pk, token, "x" * 30) for _ in range(2)]

    target.refresh_from_db()
    assert noted == [True, True]
    assert (target.paused_at is not None, target.paused_why) == (True, "rejections")
    assert [(alarm.kind, alarm.said) for alarm in alarms.open_alarms()] == [("rejections", "30/30")]


def test_few_rejections_pause_nothing(ours: tuple[Target, uuid.UUID]) -> None:
    target, token = ours

    assert rejections.note(target.pk, token, "." * 45 + "x" * 5) is False

    target.refresh_from_db()
    assert target.paused_at is None


def test_a_worker_that_lost_the_lane_pauses_nothing(ours: tuple[Target, uuid.UUID]) -> None:
    rejections.note(ours[0].pk, uuid.uuid4(), "x" * 50)

    ours[0].refresh_from_db()
    assert (ours[0].paused_at, alarms.open_alarms()) == (None, [])


def test_what_an_operator_said_of_a_pause_stands(ours: tuple[Target, uuid.UUID]) -> None:
    target, token = ours
    Target.objects.filter(pk=target.pk).update(paused_at=timezone.now(), paused_why="对方升级")

    rejections.note(target.pk, token, "x" * 50)

    target.refresh_from_db()
    assert (target.paused_why, alarms.open_alarms()) == ("对方升级", [])


def test_until_every_process_knows_of_the_pause_the_lane_rests(ours: tuple[Target, uuid.UUID], settings: Any) -> None:
    settings.CATALOGUE_KEPT = 3.0

    rejections.note(*(ours[0].pk, ours[1]), "x" * 50)

    closed = Lane.objects.get(target=ours[0]).closed_until
    assert closed is not None and closed > timezone.now() + timedelta(seconds=3)


@pytest.mark.django_db(transaction=True)
def test_of_a_large_backlog_few_are_burned_and_the_rest_goes_out_after_a_resume(
    wired: Target, receiver: Receiver, backlog: Callable[[int], None], operator: User, settings: Any
) -> None:
    settings.LANE_LINGER = 0
    backlog(1000)
    receiver.status = 422
    for _ in range(3):
        lane.serve(wired.pk)
        sweep()
    calls, burned = receiver.calls, Delivery.objects.filter(status=Status.RETURNED).count()
    held = Delivery.objects.filter(status=Status.HELD, hold=Hold.PAUSED).count()
    told = [alarm.kind for alarm in alarms.open_alarms()]

    receiver.status = 200
    operating.resume(wired, operator)
    sweep()
    while lane.serve(wired.pk):
        continue

    assert told == ["rejections"]
    assert (burned, held) == (calls, 1000 - burned)
    assert burned <= 50 + OverTheWire.capabilities.batch
    assert Delivery.objects.filter(status=Status.DELIVERED).count() == 1000 - burned
    assert Target.objects.get(pk=wired.pk).paused_at is None
    assert alarms.open_alarms() == []


@pytest.mark.django_db(transaction=True)
def test_what_was_answered_is_remembered_from_slice_to_slice(
    wired: Target, receiver: Receiver, backlog: Callable[[int], None], settings: Any
) -> None:
    settings.LANE_LINGER = 0
    backlog(40)
    lane.serve(wired.pk)
    backlog(10)
    receiver.status = 422

    lane.serve(wired.pk)

    assert Lane.objects.get(target=wired).lately == "." * 40 + "x" * 10
