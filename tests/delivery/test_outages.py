"""Lanes when what they stand on breaks: the database, the target's settings, the connector's own code, the process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from gridapp.contract import Delivered, NotYet, Outcome, Parcel, Unavailable
from gridapp.delivery import dispatch, lane, wake
from gridapp.delivery.models import Attempt, Delivery, Lane, Status
from gridapp.delivery.retrying import outlasting

from .conftest import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Delivery]


@pytest.fixture(autouse=True)
def _brief(settings: Settings) -> None:
    settings.LANE_LINGER = 0


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
        elsewhere(_cut_all)
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


def test_an_answer_that_is_no_outcome_is_a_bug_of_the_connector(scripted: Any, make_delivery: Make) -> None:
    delivery = make_delivery()

    scripted.script = staticmethod(lambda parcel: None)
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    tried = Attempt.objects.get(delivery=delivery)
    assert (delivery.status, delivery.held_digest) == (Status.WAITING, None)
    assert (tried.outcome, tried.code, tried.reason) == ("broken", "unavailable", "connector")


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
