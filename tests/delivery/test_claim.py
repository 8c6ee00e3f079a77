from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from gridapp.delivery.claim import POISON, claim, claimed_by, expire, release
from gridapp.delivery.models import Attempt, Delivery, Status

from .conftest import claim_as

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "columns",
    [
        {"due_at": timezone.now() + timedelta(days=5)},
        {"status": "delivered", "due_at": None},
        {"status": "held", "hold": "paused", "due_at": None},
        {"crashes": POISON},
    ],
)
def test_nothing_is_claimed_that_is_not_due(make_delivery: Callable[..., Delivery], columns: dict[str, Any]) -> None:
    delivery = make_delivery(**columns)

    claimed = claim_as(uuid.uuid4(), delivery.target_id, limit=10, lease=60)

    assert claimed == []


def test_a_claim_is_written_down_before_anything_is_sent(make_delivery: Callable[..., Delivery]) -> None:
    delivery, token = make_delivery(generation=3), uuid.uuid4()

    claimed = claim_as(token, delivery.target_id, limit=10, lease=60)

    delivery.refresh_from_db()
    assert [one.id for one in claimed] == [delivery.pk]
    assert delivery.status == Status.SENDING
    assert (delivery.token, delivery.attempts, delivery.maybe_sent) == (token, 1, True)
    assert (delivery.sent_generation, bytes(delivery.sent_digest or b"")) == (3, b"x" * 20)


def test_a_worker_that_lost_the_lane_claims_nothing(make_delivery: Callable[..., Delivery]) -> None:
    delivery = make_delivery()
    claim_as(uuid.uuid4(), delivery.target_id, limit=0)

    _, claimed = claim(delivery.target_id, token=uuid.uuid4(), limit=10, lease=60)

    assert claimed == []


def test_a_claim_takes_no_more_than_its_limit_oldest_first(make_delivery: Callable[..., Delivery]) -> None:
    now = timezone.now()
    made = [make_delivery(due_at=now - timedelta(minutes=number)) for number in range(5)]

    claimed = claim_as(uuid.uuid4(), made[0].target_id, limit=2, lease=60)

    assert {one.id for one in claimed} == {made[4].pk, made[3].pk}


@pytest.mark.parametrize("doubt", [False, True])
def test_rows_given_back_unsent_are_as_doubtful_as_before(make_delivery: Callable[..., Delivery], doubt: bool) -> None:
    delivery, token = make_delivery(maybe_sent=doubt, attempts=4), uuid.uuid4()
    claimed = claim_as(token, delivery.target_id, limit=1, lease=60)

    release(claimed, token=token)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.maybe_sent, delivery.attempts) == (Status.WAITING, doubt, 4)


def test_a_release_with_a_stale_token_touches_nothing(make_delivery: Callable[..., Delivery]) -> None:
    delivery = make_delivery()
    claimed = claim_as(uuid.uuid4(), delivery.target_id, limit=1, lease=60)

    assert release(claimed, token=uuid.uuid4()) == 0


@pytest.mark.parametrize(("resend_safe", "status"), [(True, Status.WAITING), (False, Status.UNCERTAIN)])
def test_what_a_dead_worker_held_goes_on_as_its_target_allows(
    make_delivery: Callable[..., Delivery], resend_safe: bool, status: str
) -> None:
    delivery = make_delivery()
    claim_as(uuid.uuid4(), delivery.target_id, limit=1, lease=-1)

    expire(delivery.target_id, resend_safe=resend_safe)

    delivery.refresh_from_db()
    attempt = Attempt.objects.get(delivery=delivery)
    assert (delivery.status, delivery.crashes, delivery.maybe_sent) == (status, 1, True)
    assert (attempt.outcome, attempt.code) == ("unknown", "worker_gone")


def test_a_lease_that_has_not_ended_is_left_alone(make_delivery: Callable[..., Delivery]) -> None:
    delivery = make_delivery()
    claim_as(uuid.uuid4(), delivery.target_id, limit=1, lease=60)

    assert expire(delivery.target_id, resend_safe=True) == 0


def test_a_record_that_killed_three_workers_comes_alone_and_is_parked_when_it_kills_again(
    make_delivery: Callable[..., Delivery],
) -> None:
    poison, token = make_delivery(crashes=POISON), uuid.uuid4()
    make_delivery()

    claimed = claim_as(token, poison.target_id, limit=10, lease=-1, alone=True)
    expire(poison.target_id, resend_safe=True)

    poison.refresh_from_db()
    assert [one.id for one in claimed] == [poison.pk]
    assert (poison.status, poison.reason_code) == (Status.FAILED, "poison")


def test_a_child_process_finds_only_what_is_claimed_under_its_token(make_delivery: Callable[..., Delivery]) -> None:
    delivery, token = make_delivery(), uuid.uuid4()
    claimed = claim_as(token, delivery.target_id, limit=1, lease=60)

    assert claimed_by(delivery.pk, token=token) == (delivery.target_id, claimed[0])
    with pytest.raises(LookupError):
        claimed_by(delivery.pk, token=uuid.uuid4())


@pytest.mark.django_db(transaction=True)
def test_parallel_claims_never_share_a_row(make_delivery: Callable[..., Delivery]) -> None:
    made, token = [make_delivery() for _ in range(60)], uuid.uuid4()
    taken: list[int] = []

    def take() -> None:
        try:
            while rows := claim_as(token, made[0].target_id, limit=7):
                taken.extend(row.id for row in rows)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == sorted(one.pk for one in made)
