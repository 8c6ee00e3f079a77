"""What departments call us with: early, twice, out of order, about what nobody knows, unreadable."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from gridapp.catalogue.targets import Configured
from gridapp.contract import Delivered, Notice, Outcome, Rejected, Signed, Submitted
from gridapp.delivery import inbox, lane
from gridapp.delivery.models import Attempt, Callback, Delivery, Status

from .conftest import PROFILE

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Delivery]
VERDICTS: Mapping[str, Outcome | None] = {
    "yes": Delivered("R-1"),
    "no": Rejected("50001", "退回:业主反馈无此人居住"),
    "wait": None,
}


@pytest.fixture
def one(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> Configured:
    """A target whose calls are {ticket: verdict}."""

    def notices(self: Any, body: bytes) -> list[Notice]:
        return [Notice(ticket, VERDICTS[verdict]) for ticket, verdict in json.loads(body).items()]

    monkeypatch.setattr(scripted, "notices", notices, raising=False)
    return Configured(scripted.target, PROFILE, scripted)


def _called(one: Configured, event: str = "", **verdicts: str) -> bool:
    return inbox.keep(one, Signed(timezone.now(), event), json.dumps(verdicts).encode())


def _submitted(make_delivery: Make, ticket: str = "T1", **columns: Any) -> Delivery:
    sent = {"sent_version": 1, "sent_digest": b"x" * 20, "sent_generation": 1}
    return make_delivery(status=Status.SUBMITTED, due_at=None, ticket=ticket, **{**sent, **columns})


def _came_of_it() -> list[str]:
    return list(Callback.objects.order_by("pk").values_list("came_of_it", flat=True))


@pytest.mark.parametrize(
    ("verdict", "status"), [("yes", Status.DELIVERED), ("no", Status.RETURNED), ("wait", Status.SUBMITTED)]
)
def test_a_verdict_settles_the_delivery_that_has_the_ticket(
    one: Configured, make_delivery: Make, verdict: str, status: str
) -> None:
    delivery = _submitted(make_delivery)
    _called(one, T1=verdict)

    inbox.read(one)

    delivery.refresh_from_db()
    assert delivery.status == status
    assert _came_of_it() == ["nothing" if verdict == "wait" else "settled"]
    assert Callback.objects.exclude(sealed=b"").count() == 0, "nothing of the person stays"


def test_the_same_call_again_is_known_and_changes_nothing(one: Configured, make_delivery: Make) -> None:
    _submitted(make_delivery)

    assert [_called(one, "E1", T1="yes"), _called(one, "E1", T1="yes")] == [True, False]
    inbox.read(one)

    assert not _called(one, "E1", T1="yes")
    assert Attempt.objects.filter(action="callback").count() == 1


def test_fifty_copies_at_once_have_one_effect(one: Configured, make_delivery: Make) -> None:
    _submitted(make_delivery)
    fresh: list[bool] = []

    def call() -> None:
        try:
            fresh.append(_called(one, "E1", T1="yes"))
            inbox.read(one)
        finally:
            connection.close()

    callers = [threading.Thread(target=call) for _ in range(50)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert fresh.count(True) == 1
    assert Attempt.objects.filter(action="callback").count() == 1


def test_a_verdict_that_comes_before_our_own_answer_waits_for_it(
    one: Configured, scripted: Any, make_delivery: Make
) -> None:
    delivery = make_delivery()
    _called(one, T1="yes")

    inbox.read(one)
    assert _came_of_it() == [""]
    scripted.script = staticmethod(lambda parcel: Submitted("T1"))
    lane.serve(scripted.target.pk)
    Callback.objects.update(due_at=timezone.now())
    inbox.read(one)

    delivery.refresh_from_db()
    assert (delivery.status, _came_of_it()) == (Status.DELIVERED, ["settled"])


def test_a_second_verdict_about_a_ticket_that_was_decided_changes_nothing(one: Configured, make_delivery: Make) -> None:
    delivery = _submitted(make_delivery)
    _called(one, T1="yes")
    inbox.read(one)

    _called(one, T1="no")
    inbox.read(one)

    delivery.refresh_from_db()
    assert delivery.status == Status.DELIVERED


def test_a_verdict_about_an_earlier_ticket_does_not_touch_the_newer_one(one: Configured, make_delivery: Make) -> None:
    delivery = _submitted(make_delivery, ticket="T2")
    _called(one, T1="no")

    inbox.read(one)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.ticket) == (Status.SUBMITTED, "T2")


def test_a_verdict_settles_a_doubt_too(one: Configured, make_delivery: Make) -> None:
    delivery = _submitted(make_delivery)
    Delivery.objects.update(status=Status.UNCERTAIN)
    _called(one, T1="yes")

    inbox.read(one)

    delivery.refresh_from_db()
    assert delivery.status == Status.DELIVERED


def test_a_correction_made_meanwhile_goes_out_after_the_verdict(one: Configured, make_delivery: Make) -> None:
    delivery = _submitted(make_delivery, generation=2)
    _called(one, T1="yes")

    inbox.read(one)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.held_version) == (Status.WAITING, 1)


def test_a_ticket_that_nobody_ever_knows_is_given_up_after_a_day(one: Configured) -> None:
    _called(one, T9="yes")
    inbox.read(one)
    assert _came_of_it() == [""]

    old = timezone.now() - timedelta(days=2)
    Callback.objects.update(received_at=old, due_at=old)
    inbox.read(one)

    assert _came_of_it() == ["unknown"]
    assert inbox.due() == []


def test_a_call_that_cannot_be_read_does_not_stop_the_next(one: Configured, make_delivery: Make) -> None:
    delivery = _submitted(make_delivery)
    inbox.keep(one, Signed(timezone.now()), b"not what was agreed")
    _called(one, T1="yes")

    inbox.read(one)

    delivery.refresh_from_db()
    assert (delivery.status, _came_of_it()) == (Status.DELIVERED, ["unreadable", "settled"])


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_call_of_another_time_is_stale(one: Configured, minutes: int) -> None:
    signed = Signed(timezone.now() + timedelta(minutes=minutes), "E1")

    with pytest.raises(inbox.StaleError):
        inbox.keep(one, signed, b"{}")

    assert not Callback.objects.exists()


def test_calls_of_long_ago_are_forgotten_and_open_ones_are_not(one: Configured) -> None:
    _called(one, "E1", T1="wait")
    inbox.read(one)
    _called(one, "E2", T2="yes")
    Callback.objects.update(received_at=timezone.now() - timedelta(days=31))

    assert inbox.forget() == 1
    assert list(Callback.objects.values_list("event", flat=True)) == ["E2"]


def test_the_body_is_sealed_while_it_waits(one: Configured) -> None:
    _called(one, T1="yes")

    assert b"T1" not in bytes(Callback.objects.get().sealed)
