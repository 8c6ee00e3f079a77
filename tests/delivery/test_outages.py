"""Lanes when what they stand on breaks: the database, the target's settings, the connector's own code, the process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from gridapp.contract import AlreadyThere, Delivered, NotYet, Outcome, Parcel, Unavailable, Unknown
from gridapp.delivery import dispatch, lane, wake
from gridapp.delivery.models import Attempt, Delivery, Lane, Status
from gridapp.delivery.plan import plan
from gridapp.delivery.retrying import outlasting

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Delivery]


@pytest.fixture(autouse=True)
def _brief(settings: Settings) -> None:
    settings.LANE_LINGER = 0


def _elsewhere(act: Callable[[], Any]) -> None:
    """As another process would, on a connection of its own, while the lane waits for its target."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    other = threading.Thread(target=run)
    other.start()
    other.join()


def _cut_all() -> None:
    """Ends every connection to the database from the server's side, as a restart of the server does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_an_answer_is_kept_when_the_database_was_away_while_it_came(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()

    def answer(parcel: Parcel) -> Outcome:
        _elsewhere(_cut_all)
        return Delivered("R-1")

    scripted.script = staticmethod(answer)
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.reference, len(scripted.seen)) == (Status.DELIVERED, "R-1", 1)


def test_a_step_that_fails_on_a_living_connection_is_not_done_again() -> None:
    tries = []

    def step() -> None:
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 20; SELECT pg_sleep(5)")

    with pytest.raises(OperationalError, match="statement timeout"):
        outlasting(step, seconds=5)

    connection.close()
    assert len(tries) == 1


def test_a_database_that_stumbles_while_a_batch_is_read_costs_no_record_anything(
    scripted: Any, make_delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = make_delivery()

    def stumble(record_ids: Any) -> Any:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(dispatch, "newest", stumble)
    with pytest.raises(OperationalError):
        lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.maybe_sent) == (Status.WAITING, 0, False)


def test_settings_that_do_not_open_stop_their_lane_with_a_reason(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()
    scripted.target.sealed_settings = b"sealed with a key that is lost"

    left = lane.serve(scripted.target.pk)

    row = Lane.objects.get(pk=scripted.target.pk)
    delivery.refresh_from_db()
    assert (left, delivery.status, delivery.attempts, row.token) == (False, Status.WAITING, 0, None)
    assert row.stopped_why.startswith("Unsealable")
    assert row.closed_until is not None and row.closed_until > timezone.now() + timedelta(minutes=5)


def test_a_connector_that_does_not_close_ends_its_slice_all_the_same(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()

    async def trip(self: Any, *error: Any) -> None:
        raise KeyError("session")

    scripted.__aexit__ = trip
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert delivery.status == Status.DELIVERED


def test_a_process_that_ends_finishes_its_call_and_claims_nothing_more(
    scripted: Any, make_delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake, "_stopping", threading.Event())
    scripted.target.batch = 1
    for _ in range(3):
        make_delivery()

    def answer(parcel: Parcel) -> Outcome:
        wake.stop()
        return Delivered("1")

    scripted.script = staticmethod(answer)
    left = lane.serve(scripted.target.pk)

    statuses = sorted(Delivery.objects.values_list("status", flat=True))
    assert (left, statuses) == (True, [Status.DELIVERED, Status.WAITING, Status.WAITING])
    assert Lane.objects.get(pk=scripted.target.pk).token is None


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
        _elsewhere(lambda: Delivery.objects.filter(pk=delivery.pk).update(ticket="T2"))  # by whoever took the lane
        return [Delivered("OLD")]

    scripted.track = track
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.ticket, delivery.reference) == (Status.SUBMITTED, "T2", "")


def _asynchronous(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted, "capabilities", replace(scripted.capabilities, asynchronous=True))


def test_a_bug_met_after_sending_leaves_the_doubt_that_it_arrived(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()

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


def test_an_answer_that_is_no_outcome_is_a_bug_of_the_connector(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()

    scripted.script = staticmethod(lambda parcel: None)
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.reason_code) == (Status.FAILED, "connector")


@pytest.mark.parametrize("seconds", [1e15, -5.0])
def test_an_absurd_pause_is_cut_to_a_day(scripted: Any, make_delivery: Make, seconds: float) -> None:
    delivery = make_delivery()

    def busy(parcel: Parcel) -> Outcome:
        if len(scripted.seen) > 1:
            return Delivered("1")
        raise Unavailable("429", maybe_sent=False, retry_after=seconds)

    scripted.script = staticmethod(busy)
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    closed = Lane.objects.get(pk=scripted.target.pk).closed_until
    latest = timezone.now() + timedelta(days=1)
    assert delivery.due_at is None or delivery.due_at <= latest
    assert closed is None or closed <= latest


def test_what_a_department_says_with_a_nul_in_it_is_kept(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()

    scripted.script = staticmethod(lambda parcel: NotYet("bu\0sy", retry_after=600))
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.reason) == (Status.WAITING, "busy")


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
        _elsewhere(lambda: Delivery.objects.filter(pk=delivery.pk).update(wanted_digest=first, generation=6))
        return NotYet("busy")

    scripted.script = staticmethod(refuse)
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, len(scripted.seen)) == (Status.DELIVERED, 2)
    assert Attempt.objects.filter(outcome="notyet").count() == 1


def test_a_ticket_that_nobody_can_say_anything_of_stands(
    scripted: Any, make_delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    _asynchronous(scripted, monkeypatch)
    delivery = make_delivery(
        status=Status.SUBMITTED, due_at=None, ticket="T1", track_at=timezone.now(), sent_generation=1
    )

    async def track(self: Any, tickets: Any) -> Any:
        return [Unknown("no answer")]

    scripted.track = track
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.ticket) == (Status.SUBMITTED, "T1")
