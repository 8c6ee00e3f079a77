"""A department that changes its mind about everything: few records are burned, the rest is held."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridapp.catalogue.models import Target
from gridapp.delivery import alarms, rejections
from gridapp.delivery.models import Delivery, Lane

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
def lane(make_delivery: Make) -> tuple[Target, uuid.UUID]:
    target, token = make_delivery().target, uuid.uuid4()
    Lane.objects.create(target=target, token=token, lease_until=timezone.now() + timedelta(minutes=1))
    return target, token


def test_a_lane_with_too_many_pauses_its_target_with_one_alarm(lane: tuple[Target, uuid.UUID]) -> None:
    target, token = lane

    noted = [rejections.note(target.pk, token, "x" * 30) for _ in range(2)]

    target.refresh_from_db()
    assert noted == [True, True]
    assert (target.paused_at is not None, target.paused_why) == (True, "rejections")
    assert [(alarm.kind, alarm.said) for alarm in alarms.open_alarms()] == [("rejections", "30/30")]


def test_few_rejections_pause_nothing(lane: tuple[Target, uuid.UUID]) -> None:
    target, token = lane

    assert rejections.note(target.pk, token, "." * 45 + "x" * 5) is False

    target.refresh_from_db()
    assert target.paused_at is None


def test_a_worker_that_lost_the_lane_pauses_nothing(lane: tuple[Target, uuid.UUID]) -> None:
    rejections.note(lane[0].pk, uuid.uuid4(), "x" * 50)

    lane[0].refresh_from_db()
    assert (lane[0].paused_at, alarms.open_alarms()) == (None, [])


def test_what_an_operator_said_of_a_pause_stands(lane: tuple[Target, uuid.UUID]) -> None:
    target, token = lane
    Target.objects.filter(pk=target.pk).update(paused_at=timezone.now(), paused_why="对方升级")

    rejections.note(target.pk, token, "x" * 50)

    target.refresh_from_db()
    assert (target.paused_why, alarms.open_alarms()) == ("对方升级", [])


def test_until_every_process_knows_of_the_pause_the_lane_rests(lane: tuple[Target, uuid.UUID], settings: Any) -> None:
    settings.CATALOGUE_KEPT = 3.0

    rejections.note(*(lane[0].pk, lane[1]), "x" * 50)

    closed = Lane.objects.get(target=lane[0]).closed_until
    assert closed is not None and closed > timezone.now() + timedelta(seconds=3)
