"""One lane from claim to settled, against a connector that answers from a script (see conftest)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from gridapp.contract import Delivered, Misconfigured, Outcome, Parcel, Rejected, Unavailable
from gridapp.delivery import lane
from gridapp.delivery.models import Attempt, Delivery, Lane, Status
from gridapp.delivery.plan import plan
from gridapp.registry.models import Record

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Record]


@pytest.fixture(autouse=True)
def _brief(settings: Settings) -> None:
    settings.LANE_LINGER = 0


@pytest.fixture
def planned(scripted: Any, make_record: Make) -> Callable[..., Delivery]:
    """The delivery of a new record, as a plan makes it."""

    def make(**fields: Any) -> Delivery:
        record = make_record(**fields)
        with transaction.atomic():
            plan([record.id])
        return Delivery.objects.get(record=record)

    return make


def test_a_lane_with_nothing_due_calls_nobody(scripted: Any) -> None:
    lane.serve(scripted.target.pk)

    assert scripted.seen == []


def test_a_target_that_is_not_configured_is_not_served(scripted: Any) -> None:
    assert lane.serve(scripted.target.pk + 1) is False


def test_a_parcel_holds_the_declared_fields_and_nothing_else(scripted: Any, planned: Any) -> None:
    delivery = planned(occupation="焊工")

    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert dict(scripted.seen[0].fields) == {"name": "测试甲", "phone": "13912345678"}
    assert delivery.status == Status.DELIVERED


def test_a_refused_record_does_not_stop_the_next(scripted: Any, planned: Any) -> None:
    bad, good = planned(phone="13900000001"), planned()

    def refuse(parcel: Parcel) -> Outcome:
        return Rejected("11", "不正确", ("phone",)) if parcel.fields["phone"].endswith("0001") else Delivered("1")

    scripted.script = staticmethod(refuse)
    lane.serve(scripted.target.pk)

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, good.status) == (Status.RETURNED, Status.DELIVERED)


def test_a_dead_target_costs_a_record_nothing(scripted: Any, planned: Any) -> None:
    delivery = planned()

    def dead(parcel: Parcel) -> Outcome:
        raise Unavailable("connection refused", maybe_sent=False)

    scripted.script = staticmethod(dead)
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.maybe_sent) == (Status.WAITING, 0, False)
    assert Lane.objects.get(pk=scripted.target.pk).failures == 1
    assert Attempt.objects.get().outcome == "unavailable"


def test_a_misconfigured_target_stops_its_lane_after_one_call(scripted: Any, planned: Any) -> None:
    deliveries = [planned() for _ in range(25)]

    def refuse(parcel: Parcel) -> Outcome:
        raise Misconfigured("48001", "接口无权限")

    scripted.script = staticmethod(refuse)
    lane.serve(scripted.target.pk)
    lane.serve(scripted.target.pk)

    waiting = Delivery.objects.filter(status=Status.WAITING).count()
    assert waiting == len(deliveries)
    assert len(scripted.seen) == 10
    assert "48001" in Lane.objects.get(pk=scripted.target.pk).stopped_why


def test_a_bug_in_one_record_parks_that_record_alone(scripted: Any, planned: Any) -> None:
    bad, good = planned(name="测试乙"), planned()

    def trip(parcel: Parcel) -> Outcome:
        return Delivered("1") if parcel.fields["name"] == "测试甲" else _stumble()

    scripted.script = staticmethod(trip)
    lane.serve(scripted.target.pk)

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, bad.reason_code, good.status) == (Status.FAILED, "connector", Status.DELIVERED)


def test_a_bug_in_every_record_stops_the_lane_and_burns_none(scripted: Any, planned: Any) -> None:
    for _ in range(5):
        planned()

    scripted.script = staticmethod(lambda parcel: _stumble())
    lane.serve(scripted.target.pk)

    assert set(Delivery.objects.values_list("status", flat=True)) == {Status.WAITING}
    assert Lane.objects.get(pk=scripted.target.pk).stopped_why == "connector"


def test_a_record_that_does_not_open_is_parked_alone(scripted: Any, planned: Any) -> None:
    bad, good = planned(), planned()
    Record.objects.filter(pk=bad.record_id).update(sealed=b"\1\0\1" + b"x" * 60)

    lane.serve(scripted.target.pk)

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, bad.reason_code, good.status) == (Status.FAILED, "unreadable", Status.DELIVERED)


def test_the_key_stays_for_the_same_content_and_is_new_for_new(scripted: Any, planned: Any) -> None:
    delivery = planned()
    answers = iter([Unavailable("reset", maybe_sent=True), None])

    def shaky(parcel: Parcel) -> Outcome:
        if error := next(answers, None):
            raise error
        return Delivered("1")

    scripted.script = staticmethod(shaky)
    lane.serve(scripted.target.pk)
    Delivery.objects.update(due_at=timezone.now())
    Lane.objects.update(closed_until=None)
    lane.serve(scripted.target.pk)
    Delivery.objects.filter(pk=delivery.pk).update(
        status="waiting", due_at=timezone.now(), generation=2, wanted_digest=b"z" * 20
    )
    lane.serve(scripted.target.pk)

    first, again, changed = (parcel.key for parcel in scripted.seen)
    assert first == again != changed
    assert [parcel.action for parcel in scripted.seen] == ["create", "create", "change"]


def test_two_workers_never_serve_one_lane_together(scripted: Any, planned: Any) -> None:
    planned()
    entered, leave = threading.Event(), threading.Event()

    def slow(parcel: Parcel) -> Outcome:
        entered.set()
        leave.wait(1)
        return Delivered("1")

    scripted.script = staticmethod(slow)
    other = threading.Thread(target=_serve_and_close, args=[scripted.target.pk])
    other.start()
    entered.wait(5)
    planned()

    lane.serve(scripted.target.pk)
    sent_meanwhile = len(scripted.seen)
    leave.set()
    other.join()

    assert sent_meanwhile == 1


def _serve_and_close(target_id: int) -> None:
    try:
        lane.serve(target_id)
    finally:
        connection.close()


def _stumble() -> Outcome:
    raise KeyError("a bug")
