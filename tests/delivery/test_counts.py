"""Counters equal a full count after everything that happens to a delivery, folded or not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.contract import Delivered, Rejected
from gridapp.delivery import counts, counts_folding
from gridapp.delivery.counts import BOUNDS, Extent
from gridapp.delivery.models import Delivery, Status, Step
from gridapp.registry.models import Entry, Record
from tests.delivery.counting import (  # noqa: F401 - fixture
    COMMUNITY,
    DISTRICT,
    GRID,
    OTHER,
    SUBDISTRICT,
    and_equal_a_full_count,
    answered,
    flowed,
    sent,
    standing,
)

from .conftest import Scripted, claim_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("and_equal_a_full_count")]
Make = Callable[..., Delivery]


def test_what_is_planned_is_counted_at_every_level(make_delivery: Make) -> None:
    make_delivery()

    assert [standing(area) for area in (GRID, COMMUNITY, SUBDISTRICT, DISTRICT)] == [{"waiting": 1}] * 4
    assert standing(OTHER) == {}


def test_a_claim_moves_nothing_and_writes_nothing(make_delivery: Make) -> None:
    delivery = make_delivery()
    before = Step.objects.count()

    claim_as(uuid.uuid4(), delivery.target_id)

    assert Step.objects.count() == before
    assert standing() == {"waiting": 1}


@pytest.mark.parametrize("rows", [3, 25])
def test_a_batch_writes_one_step_a_group_and_not_one_a_row(rows: int, make_delivery: Make) -> None:
    made = [make_delivery() for _ in range(rows)]
    token = uuid.uuid4()
    claimed = claim_as(token, made[0].target_id, limit=rows)
    counts_folding.fold()

    answered(claimed, token, Delivered("1"))

    step = Step.objects.get()
    assert (step.was, step.stands, step.verdict, step.number, step.at_once) == (
        "waiting", "delivered", "created", rows, True,
    )  # fmt: skip
    assert standing() == {"delivered": rows}


def test_reading_says_the_same_before_and_after_folding(make_delivery: Make) -> None:
    sent(make_delivery(), Delivered("1"))
    make_delivery()
    before = standing(), flowed()

    assert counts_folding.fold() > 0

    assert (standing(), flowed()) == before
    assert counts_folding.fold() == 0


def test_every_status_has_its_number(scripted: type[Scripted], make_delivery: Make) -> None:
    held = {"status": Status.HELD, "due_at": None}
    make_delivery(**held, hold="window")
    make_delivery(**held, hold="dependency")
    for status in ("returned", "conflict", "manual", "uncertain", "failed", "withheld", "cancelled", "delivered"):
        make_delivery(status=status, due_at=None)

    assert standing() == dict.fromkeys(
        ["window", "dependency", "returned", "conflict", "manual", "uncertain", "failed", "withheld", "cancelled",
         "delivered"], 1,
    )  # fmt: skip


def test_what_was_returned_is_counted_by_its_age(make_delivery: Make) -> None:
    today = timezone.localdate()
    for days in (0, 1, 2, 3, 4, 40):
        row = make_delivery(status="returned", due_at=None)
        Delivery.objects.filter(pk=row.pk).update(changed_at=timezone.now() - timedelta(days=days))

    rows = counts.standings(Extent((GRID,)), today=today)

    assert {row.age: row.number for row in rows if row.standing == "returned"} == {0: 2, 1: 2, 2: 2}


def test_a_day_tells_what_was_taken_at_once_and_what_was_returned(make_delivery: Make) -> None:
    sent(make_delivery(), Delivered("1"))
    refused = make_delivery()
    sent(refused, Rejected("1", "电话为空号"))
    again = make_delivery(attempts=1)
    sent(again, Delivered("2"))

    today = flowed()

    assert (today.created, today.returned, today.at_once, today.accepted) == (2, 1, 1, 2)
    assert today.first_pass == pytest.approx(1 / 3)


def test_a_change_and_an_end_are_told_from_what_is_new(make_delivery: Make) -> None:
    known = {"held_digest": b"y" * 20, "held_version": 1}
    sent(make_delivery(**known, wanted_version=2), Delivered("1"))
    sent(make_delivery(**known, wanted_digest=None), Delivered("1"))

    today = flowed()

    assert (today.created, today.changed, today.closed) == (0, 1, 1)
    assert standing() == {"delivered": 1, "cancelled": 1}


def test_what_the_target_took_counts_also_where_something_newer_is_wanted_by_now(make_delivery: Make) -> None:
    delivery = make_delivery()
    token = uuid.uuid4()
    claimed = claim_as(token, delivery.target_id)
    Delivery.objects.filter(pk=delivery.pk).update(generation=2, wanted_digest=b"y" * 20)

    answered(claimed, token, Delivered("1"))

    assert (standing(), flowed().created) == ({"waiting": 1}, 1)


@pytest.mark.parametrize(("seconds", "bucket"), [(0, 0), (0.5, 0), (1.2, 1), (1.5, 2), (3600, 24), (10**8, 44)])
def test_the_time_from_the_entry_to_the_receipt_falls_into_its_bucket(
    make_delivery: Make, seconds: float, bucket: int
) -> None:
    delivery = make_delivery()
    with connection.cursor() as cursor:  # the database's time stands still in a transaction
        cursor.execute(
            "UPDATE delivery_delivery SET wanted_at = now() - make_interval(secs => %s) WHERE id = %s",
            [seconds, delivery.pk],
        )

    sent(delivery, Delivered("1"))

    times = flowed().times
    assert {place: number for place, number in enumerate(times) if number} == {bucket: 1}
    assert bucket == sum(bound <= seconds for bound in BOUNDS)


def test_what_nobody_entered_is_not_timed(make_delivery: Make) -> None:
    sent(make_delivery(wanted_at=None), Delivered("1"))

    assert (flowed().created, sum(flowed().times)) == (1, 0)


def test_a_record_takes_its_deliveries_to_its_new_grid(make_delivery: Make) -> None:
    delivery = make_delivery()
    counts_folding.fold()

    Record.objects.filter(pk=delivery.record_id).update(grid_code=OTHER)

    assert (standing(GRID), standing(OTHER), standing(SUBDISTRICT)) == ({}, {"waiting": 1}, {"waiting": 1})


def test_records_count_while_they_are_open_and_by_when_they_were_verified(make_record: Callable[..., Record]) -> None:
    today = timezone.localdate()
    fresh, stale, gone = make_record(), fresh_like(days=200), fresh_like(days=0)
    Record.objects.filter(pk=gone.pk).update(closed_at=timezone.now())

    rows = counts.standings(Extent((DISTRICT,)), today=today)

    assert {(row.standing, row.age): row.number for row in rows} == {("open", 0): 1, ("open", 1): 1}
    Record.objects.filter(pk=stale.pk).update(verified_at=timezone.now())
    rows = counts.standings(Extent((DISTRICT,)), today=today)
    assert {(row.standing, row.age): row.number for row in rows} == {("open", 0): 2}
    assert fresh.closed_at is None


def fresh_like(*, days: int) -> Record:
    """A record of the same grid that was verified so long ago."""
    record = Record(id=uuid.uuid4(), kind="resident", grid_code=GRID, sealed=b"x")
    record.verified_at = timezone.now() - timedelta(days=days)
    record.save()
    return record


def test_entries_are_counted_on_their_day_and_verifications_apart(make_record: Callable[..., Record]) -> None:
    record = make_record()
    entry = Entry.objects.get()
    Entry.objects.create(
        id=uuid.uuid4(), record=record, action="verify", version=1, digest=b"", sealed=b"", by=entry.by,
        grid_code=GRID, made_at=timezone.now(),
    )  # fmt: skip

    assert (flowed().entered, flowed().verified) == (1, 1)
    today = timezone.localdate()
    (day,) = counts.days(Extent((DISTRICT,)), first=today - timedelta(days=6), last=today)
    assert (day.day, day.entered, day.verified) == (today, 1, 1)


def test_areas_inside_are_told_apart_and_every_district_is_inside_everything(make_delivery: Make) -> None:
    make_delivery()
    moved = make_delivery()
    Record.objects.filter(pk=moved.record_id).update(grid_code=OTHER)
    today = timezone.localdate()

    inside = counts.standings(Extent((SUBDISTRICT,), inside=True), today=today)
    everywhere = counts.standings(Extent(("",), inside=True), today=today)

    assert {row.area: row.number for row in inside if row.target_id} == {COMMUNITY: 1, "990101001002": 1}
    assert {row.area: row.number for row in everywhere if row.target_id} == {DISTRICT: 2}


def test_a_question_is_one_statement_however_much_there_is(
    make_delivery: Make, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        make_delivery()
    today = timezone.localdate()

    with django_assert_num_queries(3):
        counts.standings(Extent((DISTRICT,), inside=True), today=today)
        counts.flows(Extent((DISTRICT,), inside=True), first=today, last=today)
        counts.days(Extent((DISTRICT,), inside=True), first=today, last=today)
