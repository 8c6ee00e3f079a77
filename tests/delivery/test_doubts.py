"""What may have arrived and what a ticket stands for: doubt is kept until somebody who knows has spoken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from gridapp.contract import AlreadyThere, Delivered, NotYet, Outcome, Parcel, Unavailable, Unknown
from gridapp.delivery import lane
from gridapp.delivery.models import Attempt, Delivery, Lane, Status
from gridapp.delivery.plan import plan

from .conftest import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Delivery]


@pytest.fixture(autouse=True)
def _brief(settings: Settings) -> None:
    settings.LANE_LINGER = 0


def test_a_bug_in_asking_for_tickets_does_not_stop_what_is_to_be_sent(
    scripted: Any, make_delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    _asynchronous(scripted, monkeypatch)
    ticket = make_delivery(
        status=Status.SUBMITTED, due_at=None, ticket="T1", track_at=timezone.now(), sent_generation=1
    )
    fresh = make_delivery()

    lane.serve(scripted.target.pk)  # its track() is not written: NotImplementedError

    ticket.refresh_from_db()
    fresh.refresh_from_db()
    assert (ticket.status, fresh.status) == (Status.SUBMITTED, Status.DELIVERED)


def test_an_answer_to_an_old_ticket_says_nothing_about_a_newer_one(
    scripted: Any, make_delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    _asynchronous(scripted, monkeypatch)
    delivery = make_delivery(
        status=Status.SUBMITTED, due_at=None, ticket="T1", track_at=timezone.now(), sent_generation=1
    )

    async def track(self: Any, tickets: Any) -> Any:
        elsewhere(lambda: Delivery.objects.filter(pk=delivery.pk).update(ticket="T2"))  # by whoever took the lane
        return [Delivered("OLD")]

    scripted.track = track
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.ticket, delivery.reference) == (Status.SUBMITTED, "T2", "")


def _asynchronous(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted, "capabilities", replace(scripted.capabilities, asynchronous=True))


def test_a_bug_met_after_sending_leaves_the_doubt_that_it_arrived(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()
    Lane.objects.create(target=scripted.target, last_success_at=timezone.now())  # others go through: it is this record

    def trip(parcel: Parcel) -> Outcome:
        raise KeyError("their answer has another shape")

    scripted.script = staticmethod(trip)
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.reason_code, delivery.maybe_sent) == (Status.FAILED, "connector", True)


def test_a_target_that_goes_away_while_a_bad_record_is_looked_for_burns_no_good_one(
    scripted: Any, make_delivery: Make
) -> None:
    bad, good, third = make_delivery(), make_delivery(), make_delivery()
    order = {delivery.pk: parcel for parcel, delivery in enumerate((bad, good, third))}

    def trip(parcel: Parcel) -> Outcome:
        if parcel is scripted.seen[0] or len(scripted.seen) == 4:
            raise KeyError("a bug")
        if len(scripted.seen) == 5:
            raise Unavailable("reset", maybe_sent=True)
        return Delivered("1")

    scripted.script = staticmethod(trip)
    lane.serve(scripted.target.pk)

    rows = sorted(Delivery.objects.all(), key=lambda row: order[row.pk])
    assert [row.status for row in rows] == [Status.FAILED, Status.WAITING, Status.DELIVERED]
    assert rows[1].maybe_sent


def test_already_there_after_a_lost_answer_and_a_correction_is_told_the_newer(
    scripted: Any, make_delivery: Make
) -> None:
    delivery = make_delivery(maybe_sent=True, generation=2)

    scripted.script = staticmethod(
        lambda parcel: AlreadyThere("R-1") if parcel.action == "create" else Delivered("R-1")
    )
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert [(parcel.action, parcel.reference) for parcel in scripted.seen] == [("create", ""), ("change", "R-1")]
    assert (delivery.status, delivery.held_digest) == (Status.DELIVERED, b"x" * 20)


def test_a_change_taken_back_after_a_lost_answer_is_told_as_a_change(scripted: Any, make_delivery: Make) -> None:
    make_delivery(maybe_sent=True, generation=3, held_digest=b"x" * 20, held_version=1, reference="R-1")

    lane.serve(scripted.target.pk)

    assert [parcel.action for parcel in scripted.seen] == ["change"]


def test_a_refused_change_that_was_taken_back_meanwhile_leaves_nothing_to_tell(
    scripted: Any, make_delivery: Make
) -> None:
    delivery = make_delivery()
    with transaction.atomic():
        plan([delivery.record_id])
    lane.serve(scripted.target.pk)
    delivery.refresh_from_db()
    first = bytes(delivery.held_digest or b"")
    Delivery.objects.filter(pk=delivery.pk).update(
        status="waiting", due_at=timezone.now(), wanted_digest=b"y" * 20, generation=5
    )

    def refuse(parcel: Parcel) -> Outcome:
        elsewhere(lambda: Delivery.objects.filter(pk=delivery.pk).update(wanted_digest=first, generation=6))
        return NotYet("busy")

    scripted.script = staticmethod(refuse)
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, len(scripted.seen)) == (Status.DELIVERED, 2)
    assert Attempt.objects.filter(outcome="notyet").count() == 1


def test_an_answer_to_a_ticket_that_does_not_fit_is_nobodys_yes(
    scripted: Any, make_delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    _asynchronous(scripted, monkeypatch)
    delivery = make_delivery(
        status=Status.SUBMITTED, due_at=None, ticket="T1", track_at=timezone.now(), sent_generation=1, sent_version=1
    )

    async def track(self: Any, tickets: Any) -> Any:
        return [Unknown("a row too few")]

    scripted.track = track
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.ticket) == (Status.UNCERTAIN, "T1")
