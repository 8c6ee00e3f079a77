"""Many at once: what may be retried or cancelled, by whom, and that nothing that may be there is forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from gridapp import sealing
from gridapp.catalogue.targets import Configured
from gridapp.delivery import lane, operating, plan, tasks
from gridapp.delivery.models import Attempt, Delivery, Hold, Status
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record

from .conftest import elsewhere

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]


def failed(make: Make, **columns: Any) -> Delivery:
    return make(**{"status": Status.FAILED, "due_at": None, "reason_code": "connector", **columns})


def test_failures_are_retried_in_bulk_and_filed_under_who_wanted_it(
    served: Configured, operator: User, make_delivery: Make
) -> None:
    rows = [failed(make_delivery, attempts=7) for _ in range(3)]
    others = [
        failed(make_delivery, reason_code="unmapped"),
        make_delivery(status=Status.RETURNED, due_at=None, reason_code="22"),
        make_delivery(status=Status.UNCERTAIN, due_at=None),
    ]

    done, goes_on = operating.retry_all(served, operator, status=Status.FAILED, seconds=10)

    again = Delivery.objects.filter(pk__in=[row.pk for row in rows])
    assert (done.changed, done.doubtful, goes_on) == (3, 0, False)
    assert set(again.values_list("status", "rank", "attempts", "reason_code")) == {("waiting", 1, 0, "")}
    assert [Delivery.objects.get(pk=row.pk).status for row in others] == [row.status for row in others]
    assert set(Attempt.objects.values_list("outcome", "by")) == {("retried", operator.pk)}


def test_what_a_department_returned_by_its_own_mistake_is_retried_when_an_operator_says_so(
    served: Configured, operator: User, make_delivery: Make
) -> None:
    burned = make_delivery(status=Status.RETURNED, due_at=None, reason_code="22", fields=["name"])
    lacking = make_delivery(status=Status.RETURNED, due_at=None, reason_code="incomplete")

    operating.retry_all(served, operator, status=Status.RETURNED, seconds=10)

    assert Delivery.objects.get(pk=burned.pk).status == Status.WAITING
    assert Delivery.objects.get(pk=lacking.pk).status == Status.RETURNED


def test_what_may_have_arrived_is_asked_about_before_it_is_sent_again(
    served: Configured, operator: User, make_delivery: Make, scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripted, "capabilities", replace(scripted.capabilities, resend_safe=False))
    doubtful, plain = failed(make_delivery, maybe_sent=True, sent_generation=1), failed(make_delivery)

    done, _ = operating.retry_all(served, operator, status=Status.FAILED, seconds=10)

    assert (done.changed, done.doubtful) == (2, 1)
    assert Delivery.objects.get(pk=doubtful.pk).status == Status.UNCERTAIN
    assert Delivery.objects.get(pk=plain.pk).status == Status.WAITING


def test_only_what_lies_in_the_operators_area_is_touched(
    served: Configured, operator: User, make_delivery: Make
) -> None:
    far = failed(make_delivery)
    Record.objects.filter(pk=far.record_id).update(grid_code="990102001001001")

    operating.retry_all(served, operator, status=Status.FAILED, seconds=10)
    operating.cancel(operating.removable(served.target, operator), operator)

    far.refresh_from_db()
    assert far.status == Status.FAILED


def test_many_are_retried_in_slices_and_the_rest_by_a_task(
    served: Configured, operator: User, make_delivery: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operating, "SLICE", 2)
    begun: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks.retry_stuck, "apply_async", lambda args, **options: begun.append(args))
    for _ in range(5):
        failed(make_delivery)

    first, goes_on = operating.retry_all(served, operator, status=Status.FAILED, seconds=0)
    tasks.retry_stuck(*begun[0])
    tasks.retry_stuck(*begun[0])

    assert (first.changed, goes_on, begun[0]) == (2, True, (served.target.pk, operator.pk, "failed"))
    assert Delivery.objects.filter(status=Status.WAITING).count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_has_in_hand_is_left_to_them(
    served: Configured, operator: User, make_delivery: Make
) -> None:
    mine, free = failed(make_delivery), failed(make_delivery)

    with transaction.atomic():
        Delivery.objects.select_for_update().get(pk=mine.pk)
        elsewhere(lambda: operating.retry_all(served, operator, status=Status.FAILED, seconds=10))

    assert Delivery.objects.get(pk=mine.pk).status == Status.FAILED
    assert Delivery.objects.get(pk=free.pk).status == Status.WAITING


@pytest.mark.parametrize(
    ("columns", "removed"),
    [
        ({}, True),
        ({"status": Status.HELD, "hold": Hold.PAUSED, "due_at": None}, True),
        ({"status": Status.FAILED, "due_at": None}, True),
        ({"status": Status.RETURNED, "due_at": None}, True),
        ({"status": Status.MANUAL, "due_at": None}, True),
        ({"held_digest": b"y" * 20}, False),
        ({"maybe_sent": True}, False),
        ({"status": Status.UNCERTAIN, "due_at": None}, False),
        ({"status": Status.SUBMITTED, "due_at": None, "ticket": "T1"}, False),
        ({"status": Status.DELIVERED, "due_at": None}, False),
        ({"status": Status.CANCELLED, "due_at": None, "wanted_digest": None}, False),
    ],
)
def test_only_what_the_target_surely_does_not_hold_is_cancelled(
    served: Configured, operator: User, make_delivery: Make, columns: dict[str, Any], removed: bool
) -> None:
    row = make_delivery(**columns)

    done = operating.cancel(operating.removable(served.target, operator), operator)

    before = row.status
    row.refresh_from_db()
    assert done.changed == int(removed)
    assert (row.status, row.reason_code) == (("cancelled", "by_operator") if removed else (before, ""))


@pytest.mark.django_db(transaction=True)
def test_a_plan_does_not_bring_back_what_an_operator_cancelled_but_new_content_is_sent(
    served: Configured, operator: User, make_record: Callable[..., Record], scripted: Any, settings: Any
) -> None:
    settings.LANE_LINGER = 0
    record = make_record()
    _plan(record)
    operating.cancel(operating.removable(served.target, operator), operator)
    _plan(record)
    lane.serve(served.target.pk)
    row = Delivery.objects.get(record=record)
    stayed = (row.status, row.reason_code, len(scripted.seen))

    _correct(record, operator)
    _plan(record)
    lane.serve(served.target.pk)

    row.refresh_from_db()
    assert stayed == (Status.CANCELLED, "by_operator", 0)
    assert (row.status, len(scripted.seen)) == (Status.DELIVERED, 1)


def _plan(record: Record) -> None:
    with transaction.atomic():
        plan.plan([record.pk])


def _correct(record: Record, by: User) -> None:
    record.refresh_from_db()
    record.version = 2
    record.sealed = sealing.seal_json({"name": "测试乙", "phone": "13912345678"}, bound_to=record.bound_to)
    record.save(update_fields=["version", "sealed"])
    Entry.objects.create(
        id=uuid.uuid4(), record=record, action="correct", version=2, digest=b"", sealed=b"", by=by,
        grid_code=record.grid_code, made_at=timezone.now(),
    )  # fmt: skip


def test_reasons_that_only_a_plan_takes_back_are_the_plans_own() -> None:
    assert plan._OURS == operating.PLANNED
