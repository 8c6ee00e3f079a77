from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from gridapp.contract import Delivered, NotYet, Outcome, Rejected, Submitted, Unknown
from gridapp.delivery import loading
from gridapp.delivery.models import Attempt, Delivery, Status, Tally
from gridapp.delivery.plan import plan
from gridapp.delivery.settle import Owned, Settled, settle
from gridapp.delivery.transitions import move, untaken
from gridapp.registry.models import Record

from .conftest import claim_as

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]


def _claimed(delivery: Delivery) -> uuid.UUID:
    token = uuid.uuid4()
    claim_as(token, delivery.target_id)
    return token


def _settle(delivery: Delivery, outcome: Outcome, token: uuid.UUID | None, *, safe: bool = True) -> int:
    moved = move(outcome, attempts=1, resend_safe=safe)
    row = Settled(delivery.pk, delivery.record_id, moved, type(outcome).__name__.lower(), "create", delivery.ticket)
    owned = Owned.CLAIM if token else Owned.TICKET
    settled = settle([row], source="TEST", owned=owned, token=token, started_at=timezone.now())
    delivery.refresh_from_db()
    return settled


def test_an_answer_that_comes_after_the_lease_was_lost_changes_nothing(make_delivery: Make) -> None:
    delivery = make_delivery()
    _claimed(delivery)

    mine = _settle(delivery, Delivered("1"), uuid.uuid4())

    assert mine == 0
    assert delivery.status == Status.SENDING
    assert not Attempt.objects.exists()


def test_a_success_is_what_the_target_holds(make_delivery: Make) -> None:
    delivery = make_delivery(wanted_version=7)

    _settle(delivery, Delivered("DJBH-0012"), _claimed(delivery))

    assert (delivery.status, delivery.reference, delivery.held_version) == (Status.DELIVERED, "DJBH-0012", 7)
    assert bytes(delivery.held_digest or b"") == b"x" * 20
    assert (delivery.maybe_sent, delivery.attempts) == (False, 0)
    assert Attempt.objects.get().outcome == "delivered"


def test_a_refusal_is_the_workers_with_the_departments_words_and_the_field(make_delivery: Make) -> None:
    delivery = make_delivery()

    _settle(delivery, Rejected("3102", "退回:联系电话为空号", ("phone",)), _claimed(delivery))

    assert (delivery.status, delivery.reason, delivery.fields) == (Status.RETURNED, "退回:联系电话为空号", ["phone"])
    assert delivery.held_digest is None


def test_what_changed_while_it_was_on_its_way_is_sent_again(make_delivery: Make) -> None:
    delivery = make_delivery()
    token = _claimed(delivery)
    Delivery.objects.filter(pk=delivery.pk).update(generation=2, wanted_digest=b"y" * 20)

    _settle(delivery, Delivered("1"), token)

    assert delivery.status == Status.WAITING
    assert bytes(delivery.held_digest or b"") == b"x" * 20


def test_a_refusal_of_content_that_was_corrected_meanwhile_is_nobodys_work(make_delivery: Make) -> None:
    delivery = make_delivery()
    token = _claimed(delivery)
    Delivery.objects.filter(pk=delivery.pk).update(generation=2, wanted_digest=b"y" * 20)

    _settle(delivery, Rejected("3102", "退回:联系电话为空号", ("phone",)), token)

    assert (delivery.status, delivery.reason, delivery.fields) == (Status.WAITING, "", [])


@pytest.mark.parametrize(("safe", "status"), [(True, Status.WAITING), (False, Status.UNCERTAIN)])
def test_an_unknown_outcome_stays_doubtful(make_delivery: Make, safe: bool, status: str) -> None:
    delivery = make_delivery()

    _settle(delivery, Unknown("no answer"), _claimed(delivery), safe=safe)

    assert (delivery.status, delivery.maybe_sent) == (status, True)


@pytest.mark.parametrize("doubt", [False, True])
def test_a_no_for_now_says_nothing_about_earlier_tries(make_delivery: Make, doubt: bool) -> None:
    delivery = make_delivery(maybe_sent=doubt)

    _settle(delivery, NotYet("busy", retry_after=60), _claimed(delivery))

    assert (delivery.status, delivery.maybe_sent) == (Status.WAITING, doubt)
    assert delivery.due_at is not None
    assert timedelta(seconds=50) < delivery.due_at - timezone.now() <= timedelta(seconds=61)


def test_a_call_that_never_reached_the_target_does_not_count_against_the_record(make_delivery: Make) -> None:
    delivery = make_delivery(attempts=2)
    token = _claimed(delivery)
    row = Settled(
        delivery.pk, delivery.record_id, untaken("refused", wait=timedelta(seconds=1)), "unavailable", "create"
    )

    settle([row], source="TEST", token=token, started_at=timezone.now())

    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.maybe_sent) == (2, False)


def test_a_ticket_waits_for_the_department_and_its_answer_needs_no_claim(make_delivery: Make) -> None:
    delivery = make_delivery()
    _settle(delivery, Submitted("T-1"), _claimed(delivery))
    assert (delivery.status, delivery.ticket, delivery.maybe_sent) == (Status.SUBMITTED, "T-1", True)

    _settle(delivery, Delivered("RK-9"), None)

    assert (delivery.status, delivery.reference, delivery.ticket) == (Status.DELIVERED, "RK-9", "")


def test_a_second_answer_to_the_same_ticket_changes_nothing(make_delivery: Make) -> None:
    delivery = make_delivery()
    _settle(delivery, Submitted("T-1"), _claimed(delivery))
    _settle(delivery, Delivered("RK-9"), None)

    assert _settle(delivery, Rejected("3101", "退回"), None) == 0
    assert delivery.status == Status.DELIVERED


def test_a_closing_that_was_taken_leaves_nothing_there(make_delivery: Make) -> None:
    delivery = make_delivery(wanted_digest=None, held_digest=b"x" * 20, held_version=1)

    _settle(delivery, Delivered(""), _claimed(delivery))

    assert (delivery.status, delivery.held_digest, delivery.held_version) == (Status.CANCELLED, None, None)


def test_nobody_has_to_mend_what_is_no_concern_of_the_target_any_more(make_delivery: Make) -> None:
    delivery = make_delivery(
        status=Status.RETURNED, due_at=None, held_digest=b"h" * 20, held_version=1, reason_code="3102"
    )
    Record.objects.filter(pk=delivery.record_id).update(closed_at=timezone.now())

    with transaction.atomic():
        plan([delivery.record_id])

    delivery.refresh_from_db()
    assert (delivery.status, delivery.wanted_digest) == (Status.DELIVERED, b"h" * 20)


def test_what_came_of_every_try_is_tallied(make_delivery: Make) -> None:
    for outcome in (Delivered("A-1"), Rejected("E1", "no"), Delivered("A-2")):
        row = make_delivery()
        _settle(row, outcome, _claimed(row))

    tallies = dict(Tally.objects.filter(target=row.target).values_list("outcome", "tries"))
    assert tallies == {"delivered": 2, "rejected": 1}


_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_others_wait_for_keeps_no_plan_of_its_record_waiting(
    make_delivery: Make, until: Callable[..., object]
) -> None:
    """A plan has the record and wants its deliveries: whoever settles one must not have that and want the record."""
    delivery = make_delivery()
    token = _claimed(delivery)

    def settle_it() -> None:
        with contextlib.closing(connection):
            _settle(delivery, Delivered("1", gives={"TEST.number": "17"}), token)

    def somebody_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the same again and again
            cursor.execute(_WAITS)
            return bool(cursor.fetchone()[0])

    lane = threading.Thread(target=settle_it)
    with transaction.atomic():
        loading.locked([delivery.record_id], residents=False)
        lane.start()
        until(somebody_waits)
        free = Delivery.objects.select_for_update(nowait=True, no_key=True).filter(pk=delivery.pk).exists()
    lane.join()

    assert free
    assert Delivery.objects.get(pk=delivery.pk).reference == "1"
