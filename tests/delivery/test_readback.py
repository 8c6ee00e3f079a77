"""Doubts are asked about before anything is sent again, and the nightly comparison finds what was lost or changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridapp.contract import (
    AlreadyThere,
    Delivered,
    Differs,
    NotYet,
    Outcome,
    Parcel,
    Submitted,
    Unavailable,
    Unknown,
)
from gridapp.delivery import lane, reconcile
from gridapp.delivery.models import Attempt, Delivery, Reconciliation, Status
from gridapp.delivery.standing import of
from gridapp.delivery.sweep import sweep

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Delivery]


@pytest.fixture(autouse=True)
def _short(settings: Any) -> None:
    settings.LANE_LINGER = 0.2


class Holding:
    """What the target answers when it is asked what it holds, and what it was asked."""

    def __init__(self, *answers: Outcome | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Parcel] = []

    def __call__(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        self.asked.extend(parcels)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return [answer] * len(parcels)


@pytest.fixture
def holding(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Holding]:
    """`holding(outcome, …)`: the target can be asked and answers these, one after another."""

    def make(*answers: Outcome | Exception) -> Holding:
        held = Holding(*answers)

        async def read_back(self: Any, parcels: Sequence[Parcel]) -> list[Outcome]:
            return held(parcels)

        monkeypatch.setattr(
            scripted, "capabilities", replace(scripted.capabilities, can_read_back=True, resend_safe=False)
        )
        monkeypatch.setattr(scripted, "read_back", read_back)
        return held

    return make


def _doubtful(make_delivery: Make) -> Delivery:
    return make_delivery(
        status=Status.UNCERTAIN, due_at=None, maybe_sent=True, sent_version=1, sent_digest=b"x" * 20, sent_generation=1
    )


@pytest.mark.parametrize(
    ("answer", "status", "sent"),
    [
        (Delivered("R-1"), Status.DELIVERED, 0),
        (AlreadyThere("R-1"), Status.DELIVERED, 0),
        (Submitted("T-1"), Status.SUBMITTED, 0),
        (NotYet("holds nothing"), Status.DELIVERED, 1),
        (Differs("R-1"), Status.DELIVERED, 1),
        (Unknown("cannot say"), Status.UNCERTAIN, 0),
        (Unavailable("away", maybe_sent=False), Status.UNCERTAIN, 0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_doubt_is_settled_by_what_the_target_holds_and_nothing_is_sent_before_it_was_asked(
    scripted: Any, make_delivery: Make, holding: Any, answer: Any, status: str, sent: int
) -> None:
    held = holding(answer)
    delivery = _doubtful(make_delivery)

    assert sweep() == [scripted.target.pk]
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (delivery.status, len(scripted.seen)) == (status, sent)
    assert len(held.asked) == 1
    assert sent == 0 or scripted.seen[0].key == held.asked[0].key, "sent again under its own key"


def test_a_doubt_that_the_target_cannot_settle_is_not_asked_about_all_the_time(
    scripted: Any, make_delivery: Make, holding: Any
) -> None:
    held = holding(Unknown("cannot say"))
    _doubtful(make_delivery)

    lane.serve(scripted.target.pk)
    lane.serve(scripted.target.pk)

    assert len(held.asked) == 1
    assert sweep() == []


def test_the_page_says_that_a_doubt_settles_itself_where_the_target_can_be_asked(
    make_delivery: Make, holding: Any
) -> None:
    delivery = _doubtful(make_delivery)
    asked_of_a_person = of(delivery.record)[0].move

    holding(Delivered("R-1"))

    assert (asked_of_a_person, of(delivery.record)[0].move) == ("operator", "system")


def _there(make_delivery: Make, **columns: Any) -> Delivery:
    held = {"held_version": 1, "held_digest": b"x" * 20, "sent_version": 1, "sent_digest": b"x" * 20}
    return make_delivery(status=Status.DELIVERED, due_at=None, sent_generation=1, **held, **columns)


def _compared(target_id: int) -> Reconciliation:
    reconcile.begin()
    lane.serve(target_id)
    return Reconciliation.objects.latest("pk")


def test_what_is_there_as_it_should_be_is_counted_and_left_alone(
    scripted: Any, make_delivery: Make, holding: Any
) -> None:
    holding(Delivered("R-1"))
    for _ in range(25):
        _there(make_delivery)

    run = _compared(scripted.target.pk)

    assert (run.asked, run.agreed, run.lost, run.differing) == (25, 25, 0, 0)
    assert run.finished_at is not None
    assert scripted.seen == []


def test_a_record_that_the_target_lost_is_found_and_sent_again_under_its_key(
    scripted: Any, make_delivery: Make, holding: Any
) -> None:
    held = holding(NotYet("nothing of it"))
    delivery = _there(make_delivery)

    run = _compared(scripted.target.pk)
    lane.serve(scripted.target.pk)

    delivery.refresh_from_db()
    assert (run.asked, run.lost) == (1, 1)
    assert delivery.status == Status.DELIVERED
    assert [parcel.key for parcel in scripted.seen] == [held.asked[0].key]
    assert scripted.seen[0].action == "create"
    assert list(Attempt.objects.values_list("action", "outcome")) == [("compare", "lost"), ("create", "delivered")]


def test_a_record_that_was_lost_a_second_time_goes_out_under_a_new_key(
    scripted: Any, make_delivery: Make, holding: Any
) -> None:
    holding(NotYet("nothing of it"))
    _there(make_delivery)

    _compared(scripted.target.pk)
    lane.serve(scripted.target.pk)
    _compared(scripted.target.pk)
    lane.serve(scripted.target.pk)

    first, second = scripted.seen
    assert first.key != second.key


def test_what_differs_there_is_put_right_once_and_then_a_supervisor_is_asked(
    scripted: Any, make_delivery: Make, holding: Any
) -> None:
    held = holding(Differs("R-1", ("phone",)))
    delivery = _there(make_delivery)

    _compared(scripted.target.pk)
    lane.serve(scripted.target.pk)
    delivery.refresh_from_db()
    after_the_first = delivery.status
    run = _compared(scripted.target.pk)

    delivery.refresh_from_db()
    assert after_the_first == Status.DELIVERED
    assert [parcel.action for parcel in scripted.seen] == ["change"]
    assert scripted.seen[0].key != held.asked[0].key, "new content for a target that keys on our key"
    assert (run.differing, delivery.status, delivery.fields) == (1, Status.CONFLICT, ["phone"])
    assert "以哪边为准" in of(delivery.record)[0].reason


def test_a_correction_entered_meanwhile_is_not_overtaken(scripted: Any, make_delivery: Make, holding: Any) -> None:
    delivery = _there(make_delivery)
    held = holding(NotYet("nothing of it"))
    Delivery.objects.filter(pk=delivery.pk).update(
        status=Status.WAITING, wanted_digest=b"y" * 20, generation=2, due_at=timezone.now() + timedelta(hours=1)
    )

    run = _compared(scripted.target.pk)

    assert (run.asked, held.asked) == (0, [])


def test_a_target_that_does_not_answer_is_compared_another_night(
    scripted: Any, make_delivery: Make, holding: Any
) -> None:
    holding(Unavailable("away", maybe_sent=False))
    delivery = _there(make_delivery)

    run = _compared(scripted.target.pk)

    delivery.refresh_from_db()
    assert (run.trouble, run.agreed, delivery.status) == ("no_answer", 0, Status.DELIVERED)
    assert run.finished_at is not None


def test_a_target_that_cannot_be_asked_is_not_compared(scripted: Any, make_delivery: Make) -> None:
    _there(make_delivery)

    assert reconcile.begin() == []
