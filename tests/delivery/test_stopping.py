"""Credentials withdrawn in the middle of a batch: what was answered counts, and the lane stops with the next call."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from connectors.transport.one_by_one import OneByOne
from gridapp.contract import Capabilities, Delivered, Misconfigured, Outcome, Parcel
from gridapp.delivery import breaker, lane
from gridapp.delivery.models import Alarm, Delivery, Lane, Status
from gridapp.delivery.plan import plan
from gridapp.registry.models import Record

pytestmark = pytest.mark.django_db(transaction=True)

RECORDS, CONCURRENCY = 30, 4


class Office:
    """Takes records one by one while `lets_in` says so; counts what it was asked."""

    def __init__(self, lets_in: Callable[[int, Parcel], bool]) -> None:
        self.lets_in = lets_in
        self.asked: list[str] = []
        self.taken: list[str] = []

    async def take(self, parcel: Parcel) -> Outcome:
        self.asked.append(parcel.key)
        if not self.lets_in(len(self.asked), parcel):
            raise Misconfigured("401", "授权已失效")
        self.taken.append(parcel.key)
        return Delivered(f"N-{len(self.taken)}")


@pytest.fixture
def office_that(
    scripted: Any, settings: Settings, make_record: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Office]:
    """`office_that(lets_in)` has thirty records waiting for it and a connector that sends them one by one."""
    settings.LANE_LINGER = 0

    def made(lets_in: Callable[[int, Parcel], bool], *, batch: int = 20, odd: int = 0) -> Office:
        office = Office(lets_in)

        async def send(self: Any, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
            line: OneByOne = self.__dict__.setdefault(
                "line", OneByOne(office.take, concurrency=CONCURRENCY, seconds=20)
            )
            return await line.send(parcels)

        can = Capabilities(batch=batch, concurrency=CONCURRENCY, resend_safe=True, deadline=30)
        monkeypatch.setattr(scripted, "capabilities", can)
        monkeypatch.setattr(scripted, "send", send)
        with transaction.atomic():
            plan([make_record().id for _ in range(RECORDS - odd)])
            plan([make_record(name="测试乙").id for _ in range(odd)])
        return office

    return made


def test_what_was_answered_counts_and_the_next_call_stops_the_lane(scripted: Any, office_that: Any) -> None:
    office = office_that(lambda number, _parcel: number <= 12)

    lane.serve(scripted.target.pk)

    assert len(office.taken) == 12
    assert Delivery.objects.filter(status=Status.DELIVERED).count() == 12
    assert Delivery.objects.filter(status=Status.WAITING).count() == RECORDS - 12
    assert len(office.asked) <= 12 + CONCURRENCY + 1  # those on their way, and the one that knocked again
    assert "401" in Lane.objects.get(pk=scripted.target.pk).stopped_why


def test_a_stopped_lane_is_one_alarm_and_nobody_knocks_any_more(
    scripted: Any, office_that: Any, caplog: pytest.LogCaptureFixture
) -> None:
    office = office_that(lambda number, _parcel: number <= 12)

    with caplog.at_level(logging.ERROR):
        lane.serve(scripted.target.pk)
        asked = len(office.asked)
        for _ in range(5):
            lane.serve(scripted.target.pk)

    assert len(office.asked) == asked
    assert Alarm.objects.filter(kind=Alarm.Kind.STOPPED, ended_at=None).count() == 1
    assert len(caplog.records) == 1


def test_with_new_credentials_everything_arrives_once(scripted: Any, office_that: Any) -> None:
    office = office_that(lambda number, _parcel: number <= 12)
    lane.serve(scripted.target.pk)

    office.lets_in = lambda number, parcel: True
    Delivery.objects.filter(status=Status.WAITING).update(due_at=timezone.now())
    breaker.reopen(scripted.target.pk)
    lane.serve(scripted.target.pk)

    assert Delivery.objects.filter(status=Status.DELIVERED).count() == RECORDS
    assert len(set(office.taken)) == len(office.taken) == RECORDS
    assert not Alarm.objects.filter(ended_at=None).exists()


def test_a_permission_that_one_record_lacks_stops_the_lane_too_and_does_not_go_round_in_circles(
    scripted: Any, office_that: Any
) -> None:
    office = office_that(lambda _number, parcel: parcel.fields["name"] != "测试乙", batch=10, odd=1)

    for _ in range(5):
        lane.serve(scripted.target.pk)

    refused = len(office.asked) - len(office.taken)
    assert "401" in Lane.objects.get(pk=scripted.target.pk).stopped_why
    assert refused <= 5
    assert Delivery.objects.filter(status=Status.DELIVERED).count() == len(office.taken)
