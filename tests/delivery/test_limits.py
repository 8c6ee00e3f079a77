"""Who goes first, how much a day, and that a target is listened to while its pace allows no sending."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from gridapp import sealing
from gridapp.catalogue import profiles
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import Delivered, Submitted
from gridapp.delivery import breaker, clock, gates, lane
from gridapp.delivery.models import Delivery, Evidence, Hold, Lane, Rank, Status
from gridapp.delivery.standing import of
from gridapp.delivery.sweep import sweep

from .conftest import claim_as

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Delivery]


@pytest.fixture(autouse=True)
def _short(settings: Any) -> None:
    settings.LANE_LINGER = 0.2


def test_what_was_just_entered_overtakes_the_backlog(scripted: Any, make_delivery: Make) -> None:
    old = [make_delivery(rank=Rank.BACKLOG) for _ in range(3)]
    new = make_delivery(due_at=timezone.now())

    claimed = claim_as(uuid.uuid4(), scripted.target.pk, limit=2)

    assert [one.id for one in claimed] == sorted([old[0].pk, new.pk])


def test_what_waited_for_its_target_to_open_is_backlog_when_it_opens(scripted: Any, make_delivery: Make) -> None:
    held = make_delivery(status=Status.HELD, hold=Hold.WINDOW, due_at=None)

    sweep()

    held.refresh_from_db()
    assert (held.status, held.rank) == (Status.WAITING, Rank.BACKLOG)


@pytest.fixture
def two_a_day(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(scripted, "capabilities", replace(scripted.capabilities, per_day=2))
    return scripted


def test_a_target_is_sent_no_more_a_day_than_it_takes(two_a_day: Any, make_delivery: Make) -> None:
    waiting = [make_delivery() for _ in range(5)]

    lane.serve(two_a_day.target.pk)
    sweep()

    statuses = [Delivery.objects.get(pk=one.pk).status for one in waiting]
    assert statuses == [Status.DELIVERED] * 2 + [Status.HELD] * 3
    assert len(two_a_day.seen) == 2
    held = of(waiting[-1].record)[0]
    assert held.reason_code == "" or "额度" in held.status_label
    assert held.next_try is not None
    assert (held.next_try.hour, held.next_try.date()) == (0, clock.day(timezone.now()) + timedelta(days=1))


def test_the_next_day_it_goes_on(two_a_day: Any, make_delivery: Make) -> None:
    waiting = [make_delivery() for _ in range(3)]
    lane.serve(two_a_day.target.pk)
    sweep()

    Lane.objects.update(day=clock.day(timezone.now()) - timedelta(days=1))
    sweep()
    lane.serve(two_a_day.target.pk)

    assert {Delivery.objects.get(pk=one.pk).status for one in waiting} == {Status.DELIVERED}


def test_tickets_are_asked_for_while_the_pace_allows_no_sending(
    scripted: Any, make_delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    can = replace(scripted.capabilities, per_second=1 / 3600, asynchronous=True)
    monkeypatch.setattr(scripted, "capabilities", can)
    scripted.script = staticmethod(lambda parcel: Submitted("T1"))
    first = make_delivery()
    lane.serve(scripted.target.pk)
    second = make_delivery()

    async def track(self: Any, tickets: Any) -> Any:
        return [Delivered("R-1")] * len(tickets)

    scripted.track = track
    Delivery.objects.filter(pk=first.pk).update(track_at=timezone.now())
    assert sweep() == [scripted.target.pk]
    lane.serve(scripted.target.pk)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (Status.DELIVERED, Status.WAITING)
    assert len(scripted.seen) == 1


def test_a_lane_that_waits_for_its_pace_alone_is_not_woken_in_vain(scripted: Any, make_delivery: Make) -> None:
    token = uuid.uuid4()
    breaker.take(scripted.target.pk, token=token, lease=60)
    breaker.went_well(scripted.target.pk, token=token, rest=3600)
    make_delivery()

    assert sweep() == []


def test_a_picture_of_what_was_seen_is_kept_sealed(scripted: Any, make_delivery: Make) -> None:
    scripted.script = staticmethod(lambda parcel: Delivered("R-1", evidence=b"\x89PNG picture"))
    delivery = make_delivery()

    lane.serve(scripted.target.pk)

    seen = Evidence.objects.get(delivery=delivery)
    assert b"picture" not in bytes(seen.sealed)
    assert sealing.unseal(bytes(seen.sealed), bound_to=seen.bound_to) == b"\x89PNG picture"


def test_b5_the_labour_system_at_the_months_end_is_held_until_the_first_at_noon(scripted: Any) -> None:
    profile = profiles.profiles()["labour_security"]
    one = Configured(Target(key="LB", enabled=True), profile, scripted)
    closing = datetime(2026, 3, 31, 18, 0, tzinfo=ZoneInfo("Asia/Shanghai"))

    block = gates.block(one, closing)

    assert block is not None
    assert (block.status, block.hold) == (Status.HELD, Hold.WINDOW)
    assert gates.opens_at(one, closing) == datetime(2026, 4, 1, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert gates.block(one, closing - timedelta(minutes=1)) is None
