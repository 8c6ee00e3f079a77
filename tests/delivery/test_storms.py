"""Whose fault is it? A department in trouble is asked rarely and burns no record; a record in trouble stops no lane.

Time is shifted, not waited for: what the lane's row and the deliveries say of it is moved into the past.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from gridapp.catalogue.models import Target
from gridapp.contract import Delivered, Misconfigured, Outcome, Parcel
from gridapp.delivery import alarms, lane
from gridapp.delivery.models import Attempt, Delivery, Lane, Status
from gridapp.delivery.wishes import key_of

from .receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)
Backlog = Callable[[int], None]
Make = Callable[..., Delivery]


@pytest.fixture(autouse=True)
def _as_in_production(settings: Any) -> None:
    settings.LANE_LINGER = 0
    settings.BREAKER_FIRST, settings.BREAKER_LONGEST = 30, 900


def pass_time(seconds: float) -> None:
    """So many seconds later, as far as the rows know."""
    shift = {"seconds": seconds}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_lane SET closed_until = closed_until - make_interval(secs => %(seconds)s), "
            "last_success_at = last_success_at - make_interval(secs => %(seconds)s), "
            "next_call_at = next_call_at - make_interval(secs => %(seconds)s)",
            shift,
        )
        cursor.execute(
            "UPDATE delivery_delivery SET due_at = due_at - make_interval(secs => %(seconds)s) "
            "WHERE status = 'waiting'",
            shift,
        )


def storm(target: Target, *, minutes: float) -> None:
    """Serves the lane whenever it may be called, for so long."""
    left = minutes * 60
    while left > 0:
        lane.serve(target.pk)
        row = Lane.objects.get(target=target)
        rest = (row.closed_until - timezone.now()).total_seconds() if row.closed_until else 0
        pass_time(max(rest, 1.0))
        left -= max(rest, 1.0)


@pytest.mark.parametrize("answer", [500, 503])
def test_thirty_minutes_of_errors_cost_the_target_sixty_requests_and_no_record_anything(
    wired: Target, receiver: Receiver, backlog: Backlog, answer: int
) -> None:
    backlog(60)
    lane.serve(wired.pk)
    backlog(140)
    before, receiver.status = receiver.calls, answer

    storm(wired, minutes=30)

    assert receiver.calls - before <= 60
    statuses = dict.fromkeys(Delivery.objects.values_list("status", flat=True))
    assert set(statuses) == {Status.DELIVERED, Status.WAITING}
    assert Delivery.objects.filter(status=Status.WAITING).count() == 140


@pytest.mark.parametrize("headers", [{"Retry-After": "0"}, {"Retry-After": "1"}])
def test_a_target_that_always_says_in_a_second_is_not_called_every_second(
    wired: Target, receiver: Receiver, backlog: Backlog, headers: dict[str, str]
) -> None:
    backlog(100)
    receiver.status, receiver.headers = 503, headers

    storm(wired, minutes=30)

    assert receiver.calls <= 60


def test_when_the_storm_is_over_one_call_is_enough_and_all_goes_out(
    wired: Target, receiver: Receiver, backlog: Backlog
) -> None:
    backlog(100)
    receiver.status = 503
    storm(wired, minutes=30)

    receiver.status = 200
    pass_time(3600)
    while lane.serve(wired.pk):
        continue

    assert set(Delivery.objects.values_list("status", flat=True)) == {Status.DELIVERED}


def test_credentials_that_are_no_longer_taken_stop_the_lane_with_one_alarm_and_burn_nothing(
    wired: Target, receiver: Receiver, backlog: Backlog
) -> None:
    backlog(200)
    receiver.status = 401

    storm(wired, minutes=60)

    assert receiver.calls <= 1 + 60 * 60 // 900
    assert set(Delivery.objects.values_list("status", flat=True)) == {Status.WAITING}
    assert [(alarm.kind, alarm.target_id) for alarm in alarms.open_alarms()] == [("stopped", wired.pk)]
    assert "401" in Lane.objects.get(target=wired).stopped_why


def test_credentials_that_expire_in_the_middle_of_a_crowd_burn_nothing_either(
    wired: Target, receiver: Receiver, backlog: Backlog
) -> None:
    backlog(60)
    lane.serve(wired.pk)
    backlog(140)
    receiver.status = 403

    storm(wired, minutes=5)

    assert not Delivery.objects.exclude(status__in=[Status.DELIVERED, Status.WAITING]).exists()
    assert [alarm.kind for alarm in alarms.open_alarms()] == ["stopped"]


def test_a_connector_that_breaks_on_every_record_stops_after_the_first_batch(
    scripted: Any, make_delivery: Make
) -> None:
    for _ in range(10):
        make_delivery()

    def broken(parcel: Parcel) -> Outcome:
        raise KeyError("phone")

    scripted.script = staticmethod(broken)
    for _ in range(3):
        lane.serve(scripted.target.pk)

    assert set(Delivery.objects.values_list("status", flat=True)) == {Status.WAITING}
    assert [(alarm.kind, alarm.said) for alarm in alarms.open_alarms()] == [("stopped", "connector scripted")]


def test_a_connector_that_breaks_on_single_records_is_found_out_too(scripted: Any, make_delivery: Make) -> None:
    def broken(parcel: Parcel) -> Outcome:
        raise KeyError("phone")

    scripted.script = staticmethod(broken)
    for _ in range(12):
        make_delivery()
        lane.serve(scripted.target.pk)
        pass_time(3)

    assert Delivery.objects.filter(status=Status.FAILED).count() == 0
    assert [alarm.kind for alarm in alarms.open_alarms()] == ["stopped"]


def test_one_record_that_breaks_the_connector_is_parked_soon_and_the_others_go_on(
    scripted: Any, make_delivery: Make
) -> None:
    poison = make_delivery()

    def answer(parcel: Parcel) -> Outcome:
        if parcel.key == key_of(poison.pk, 1):
            raise KeyError("phone")
        return Delivered("1")

    scripted.script = staticmethod(answer)
    for _ in range(15):
        make_delivery()
        lane.serve(scripted.target.pk)
        pass_time(60)

    poison.refresh_from_db()
    assert (poison.status, poison.reason_code) == (Status.FAILED, "connector")
    assert Attempt.objects.filter(delivery=poison).count() <= 5
    assert Delivery.objects.filter(status=Status.DELIVERED).count() >= 14


def test_one_record_that_breaks_the_connector_in_a_quiet_lane_is_parked_after_a_few_tries(
    scripted: Any, make_delivery: Make
) -> None:
    poison = make_delivery()

    def answer(parcel: Parcel) -> Outcome:
        if parcel.key == key_of(poison.pk, 1):
            raise KeyError("phone")
        return Delivered("1")

    scripted.script = staticmethod(answer)
    for _ in range(10):
        lane.serve(scripted.target.pk)
        pass_time(900)
    other = make_delivery()
    lane.serve(scripted.target.pk)

    poison.refresh_from_db()
    other.refresh_from_db()
    assert (poison.status, poison.reason_code, other.status) == (Status.FAILED, "connector", Status.DELIVERED)
    assert Attempt.objects.filter(delivery=poison).count() <= 5
    assert alarms.open_alarms() == []


def test_a_connector_that_breaks_at_a_target_that_may_not_be_sent_twice_costs_one_batch(
    scripted: Any, make_delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripted, "capabilities", replace(scripted.capabilities, resend_safe=False))
    for _ in range(30):
        make_delivery()

    def broken(parcel: Parcel) -> Outcome:
        raise KeyError("phone")

    scripted.script = staticmethod(broken)
    for _ in range(3):
        lane.serve(scripted.target.pk)

    assert Delivery.objects.filter(status=Status.UNCERTAIN).count() == scripted.capabilities.batch
    assert [alarm.kind for alarm in alarms.open_alarms()] == ["stopped"]


def test_a_setting_that_is_wrong_stops_at_once(scripted: Any, make_delivery: Make) -> None:
    rows = [make_delivery() for _ in range(3)]

    def refuse(parcel: Parcel) -> Outcome:
        raise Misconfigured("48001", "接口无权限")

    scripted.script = staticmethod(refuse)
    lane.serve(scripted.target.pk)

    assert len(scripted.seen) == len(rows)
    assert [alarm.kind for alarm in alarms.open_alarms()] == ["stopped"]
