from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from pytest_django import Settings

from gridapp.delivery import alarms, breaker
from gridapp.delivery.models import Delivery, Lane

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]


@pytest.fixture
def lane(make_delivery: Make) -> tuple[int, uuid.UUID]:
    target_id, token = make_delivery().target_id, uuid.uuid4()
    breaker.take(target_id, token=token, lease=60)
    return target_id, token


def test_a_lane_belongs_to_one_worker_until_its_lease_ends(lane: tuple[int, uuid.UUID]) -> None:
    target_id, _ = lane

    assert breaker.take(target_id, token=uuid.uuid4(), lease=60) is None


def test_a_worker_renews_its_own_lane(lane: tuple[int, uuid.UUID]) -> None:
    target_id, token = lane

    assert breaker.take(target_id, token=token, lease=60) is not None


def test_a_lane_given_up_is_anybodys(lane: tuple[int, uuid.UUID]) -> None:
    target_id, token = lane

    breaker.give_up(target_id, token=token)

    assert breaker.take(target_id, token=uuid.uuid4(), lease=60) is not None


def test_pauses_grow_with_failures_and_a_success_ends_them(lane: tuple[int, uuid.UUID], settings: Settings) -> None:
    target_id, token = lane
    settings.BREAKER_FIRST, settings.BREAKER_LONGEST = 30, 900
    rests = []
    for _ in range(13):
        breaker.went_wrong(target_id, token=token)
        turn = breaker.take(target_id, token=token, lease=60)
        assert turn is not None
        rests.append((round(turn.rest), turn.probing))

    breaker.went_well(target_id, token=token)
    turn = breaker.take(target_id, token=token, lease=60)

    assert [rest for rest, _ in rests] == [1, 2, 3, 4, 30, 60, 120, 240, 480, 900, 900, 900, 900]
    assert [probing for _, probing in rests] == [False] * 4 + [True] * 9
    assert turn is not None
    assert (turn.rest, turn.failures, turn.probing, turn.recently_well) == (0, 0, False, True)


def test_a_target_that_says_when_to_come_back_is_taken_at_its_word(lane: tuple[int, uuid.UUID]) -> None:
    target_id, token = lane

    breaker.went_wrong(target_id, token=token, rest=7200)

    turn = breaker.take(target_id, token=token, lease=60)
    assert turn is not None
    assert round(turn.rest) == 7200


def test_a_target_that_always_says_at_once_is_believed_four_times(
    lane: tuple[int, uuid.UUID], settings: Settings
) -> None:
    target_id, token = lane
    settings.BREAKER_FIRST, settings.BREAKER_LONGEST = 30, 900
    rests = []

    for _ in range(6):
        breaker.went_wrong(target_id, token=token, rest=0)
        turn = breaker.take(target_id, token=token, lease=60)
        assert turn is not None
        rests.append(round(turn.rest))

    assert rests == [0, 0, 0, 0, 30, 60]


def test_a_misconfigured_target_stops_at_once_and_says_why(lane: tuple[int, uuid.UUID]) -> None:
    target_id, token = lane

    breaker.went_wrong(target_id, token=token, why="48001 接口无权限")

    turn = breaker.take(target_id, token=token, lease=60)
    assert turn is not None
    assert turn.probing
    assert Lane.objects.get(pk=target_id).stopped_why == "48001 接口无权限"


def test_a_stopped_lane_is_one_alarm_until_it_goes_well(lane: tuple[int, uuid.UUID]) -> None:
    target_id, token = lane
    for _ in range(3):
        breaker.went_wrong(target_id, token=token, why="401 凭据 11010519491231002X")
    breaker.went_wrong(target_id, token=token)
    told = [(alarm.kind, alarm.said) for alarm in alarms.open_alarms()]
    still = Lane.objects.get(pk=target_id).stopped_why

    breaker.went_well(target_id, token=token)

    assert told == [("stopped", "401 凭据 110***********002X")]
    assert still == told[0][1], "a target that is away meanwhile does not mend its settings"
    assert (alarms.open_alarms(), Lane.objects.get(pk=target_id).stopped_why) == ([], "")


def test_an_alarm_of_a_worker_that_lost_the_lane_is_none(lane: tuple[int, uuid.UUID]) -> None:
    breaker.went_wrong(lane[0], token=uuid.uuid4(), why="late")

    assert alarms.open_alarms() == []


def test_an_operator_reopens_a_lane(lane: tuple[int, uuid.UUID]) -> None:
    target_id, token = lane
    breaker.went_wrong(target_id, token=token, why="48001")

    breaker.reopen(target_id)

    turn = breaker.take(target_id, token=token, lease=60)
    assert turn is not None
    assert turn.rest == 0
    assert alarms.open_alarms() == []


def test_the_pace_is_kept_between_calls(lane: tuple[int, uuid.UUID]) -> None:
    target_id, token = lane

    breaker.went_well(target_id, token=token, rest=2)

    turn = breaker.take(target_id, token=token, lease=60)
    assert turn is not None
    assert 1.5 < turn.pace <= 2
    assert turn.rest == 0


def test_a_worker_that_lost_the_lane_writes_nothing_to_it(lane: tuple[int, uuid.UUID]) -> None:
    target_id, _ = lane

    breaker.went_wrong(target_id, token=uuid.uuid4(), why="late")

    assert Lane.objects.get(pk=target_id).failures == 0
