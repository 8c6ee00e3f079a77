"""What has waited for longer than a week is looked at once more before it is sent, through the real lane."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import Kind, at_least, not_
from gridapp.delivery import lane, stale
from gridapp.delivery.dispatch import Prepared, prepare
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.registry.models import Entry, Record

from .conftest import PROFILE, claim_as

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Record]
BELOW_18 = not_(at_least("age", 18))


@pytest.fixture(autouse=True)
def _short(settings: Any) -> None:
    settings.LANE_LINGER = 0.2


@pytest.fixture
def for_minors(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The target takes people below eighteen."""
    layout = replace(PROFILE.layouts[Kind.RESIDENT], applies=BELOW_18)
    one = Configured(scripted.target, replace(PROFILE, layouts={Kind.RESIDENT: layout}), scripted)
    monkeypatch.setattr(configured_targets, "targets", lambda: [one])
    monkeypatch.setattr(configured_targets, "target", lambda target_id: one)
    return scripted


def _planned(record: Record, *, days_ago: int = 10, **columns: Any) -> Delivery:
    """As it was planned so many days ago, and has waited since."""
    then = timezone.now() - timedelta(days=days_ago)
    with transaction.atomic():
        plan([record.pk], on=then.date())
    Entry.objects.filter(record=record).update(made_at=then)
    Delivery.objects.filter(record=record).update(due_at=then, **columns)
    return Delivery.objects.get(record=record)


def _eighteen(days_ago: int) -> str:
    today = timezone.localdate()
    return (date(today.year - 18, today.month, min(today.day, 28)) - timedelta(days=days_ago)).isoformat()


def test_who_grew_too_old_while_it_waited_is_not_told_any_more(for_minors: Any, make_record: Make) -> None:
    grown, child = make_record(birth_date=_eighteen(5)), make_record(birth_date=_eighteen(-3000))
    rows = [_planned(one) for one in (grown, child)]
    waited = [row.status for row in rows]

    lane.serve(for_minors.target.pk)

    for row in rows:
        row.refresh_from_db()
    assert waited == [Status.WAITING, Status.WAITING]
    assert [row.status for row in rows] == [Status.CANCELLED, Status.DELIVERED]
    assert len(for_minors.seen) == 1


def test_what_is_still_right_goes_out_as_one_try(scripted: Any, make_record: Make) -> None:
    row = _planned(make_record())

    lane.serve(scripted.target.pk)

    row.refresh_from_db()
    assert (row.status, row.generation, row.maybe_sent) == (Status.DELIVERED, 1, False)
    assert row.tries.count() == 1
    assert len(scripted.seen) == 1


def test_the_content_of_today_goes_out_under_a_key_of_its_own(scripted: Any, make_record: Make) -> None:
    record = make_record()
    row = _planned(record)
    # What a plan has not heard of: a mapping, a derived value or a table that moved on.
    Delivery.objects.filter(pk=row.pk).update(wanted_digest=b"o" * 20)

    lane.serve(scripted.target.pk)

    row.refresh_from_db()
    assert (row.status, row.generation) == (Status.DELIVERED, 2)
    assert row.held_digest == row.wanted_digest != b"o" * 20
    assert len(scripted.seen) == 1


def test_what_was_closed_meanwhile_and_never_sent_is_told_to_nobody(scripted: Any, make_record: Make) -> None:
    record = make_record()
    row = _planned(record)
    Record.objects.filter(pk=record.pk).update(closed_at=timezone.now())

    lane.serve(scripted.target.pk)

    row.refresh_from_db()
    assert (row.status, scripted.seen) == (Status.CANCELLED, [])


def test_what_may_have_arrived_is_not_taken_back_silently(for_minors: Any, make_record: Make) -> None:
    row = _planned(make_record(birth_date=_eighteen(5)), maybe_sent=True)

    lane.serve(for_minors.target.pk)

    row.refresh_from_db()
    assert (row.status, len(for_minors.seen)) == (Status.DELIVERED, 1)


def test_what_waits_for_less_than_a_week_costs_nothing(for_minors: Any, make_record: Make) -> None:
    row = _planned(make_record(birth_date=_eighteen(1)), days_ago=3)

    lane.serve(for_minors.target.pk)

    row.refresh_from_db()
    assert row.status == Status.DELIVERED, "the plan of the night is what looks at it until then"


def test_a_row_tried_every_hour_for_a_week_is_looked_at_too(for_minors: Any, make_record: Make, settings: Any) -> None:
    record = make_record(birth_date=_eighteen(5))
    row = _planned(record)
    Delivery.objects.filter(pk=row.pk).update(changed_at=timezone.now(), due_at=timezone.now())

    lane.serve(for_minors.target.pk)

    row.refresh_from_db()
    assert row.status == Status.CANCELLED


def _claimed_of(row: Delivery, one: Configured, token: uuid.UUID) -> Prepared:
    claimed = claim_as(token, row.target_id)
    return prepare(claimed, one, on=timezone.localdate(), judges_before=timezone.now() - stale.AGE)


def test_a_claim_that_is_lost_meanwhile_is_left_to_its_new_owner(scripted: Any, make_record: Make) -> None:
    row = _planned(make_record(), wanted_digest=b"o" * 20)
    one, token = Configured(scripted.target, PROFILE, scripted), uuid.uuid4()
    prepared = _claimed_of(row, one, token)
    Delivery.objects.filter(pk=row.pk).update(token=uuid.uuid4())

    gone = stale.give_back(prepared.claimed, prepared.outdated, one, token=token)

    row.refresh_from_db()
    assert gone == {row.pk}
    assert (row.status, row.token == token) == (Status.SENDING, False)


@pytest.mark.parametrize("days_ago", [1, 10])
def test_what_is_still_right_is_not_planned_again(
    scripted: Any, make_record: Make, django_assert_num_queries: Any, days_ago: int
) -> None:
    row = _planned(make_record(), days_ago=days_ago)
    one, token = Configured(scripted.target, PROFILE, scripted), uuid.uuid4()
    prepared = _claimed_of(row, one, token)

    with django_assert_num_queries(0):
        gone = stale.give_back(prepared.claimed, prepared.outdated, one, token=token)

    assert (prepared.outdated, gone) == (frozenset(), frozenset())
