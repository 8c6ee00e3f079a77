"""Counters equal a full count after everything that happens to a delivery, folded or not."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.contract import Delivered, Outcome, Rejected
from gridapp.delivery import counts, counts_folding, counts_full
from gridapp.delivery.claim import Claimed
from gridapp.delivery.counts import BOUNDS, Extent
from gridapp.delivery.models import Count, Delivery, Flow, Status, Step
from gridapp.delivery.settle import Settled, settle
from gridapp.delivery.transitions import move
from gridapp.registry.models import Entry, Record
from tests.conftest import Until

from .conftest import Scripted, claim_as

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]
GRID, OTHER = "990101001001001", "990101001002001"
COMMUNITY, SUBDISTRICT, DISTRICT = "990101001001", "990101001", "990101"


@pytest.fixture(autouse=True)
def and_equal_a_full_count(db: None) -> Iterator[None]:
    """Whatever a test did."""
    yield
    assert counts_full.differing() == []
    counts_folding.fold()
    assert counts_full.differing() == []
    assert not Step.objects.exists()


def standing(area: str = DISTRICT) -> dict[str, int]:
    """Word -> how many deliveries stand so."""
    found: Counter[str] = Counter()
    for row in counts.standings(Extent((area,)), today=timezone.localdate()):
        if row.target_id is not None:
            found[row.standing] += row.number
    return dict(found)


def flowed(area: str = DISTRICT) -> counts.Flowed:
    today = timezone.localdate()
    return counts.together(counts.flows(Extent((area,)), first=today, last=today))


def answered(claimed: list[Claimed], token: uuid.UUID, outcome: Outcome) -> None:
    """The target says the same of all of them, in one batch."""
    moved = move(outcome, attempts=1, resend_safe=True)
    rows = [Settled(one.id, one.record_id, moved, "delivered", one.action) for one in claimed]
    assert settle(rows, source="TEST", token=token, started_at=timezone.now()) == len(claimed)


def sent(delivery: Delivery, outcome: Outcome) -> None:
    token = uuid.uuid4()
    answered(claim_as(token, delivery.target_id), token, outcome)


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


def test_a_counter_that_is_wrong_is_found_and_counted_anew(make_delivery: Make) -> None:
    sent(make_delivery(), Delivered("1"))
    counts_folding.fold()
    Count.objects.filter(area=GRID, standing="delivered").update(number=7)
    Flow.objects.filter(target=None).update(entered=9)
    said = StringIO()

    with pytest.raises(CommandError, match="differ"):
        call_command("recount", check=True, stdout=said)

    assert "counted 7, found 1" in said.getvalue()
    call_command("recount", stdout=said)
    assert (standing(), flowed().entered, flowed().created) == ({"delivered": 1}, 1, 1)
    call_command("recount", check=True, stdout=said)
    assert "every counter equals" in said.getvalue()


def test_counting_anew_loses_nothing_that_is_not_folded_yet(make_delivery: Make) -> None:
    sent(make_delivery(), Delivered("1"))
    before = standing(), flowed()

    counts_full.recount()

    assert (standing(), flowed()) == before


def test_a_count_of_nothing_is_thrown_away(make_delivery: Make) -> None:
    delivery = make_delivery(status="returned", due_at=None)
    counts_folding.fold()
    Delivery.objects.filter(pk=delivery.pk).update(status="manual")
    counts_folding.fold()

    assert counts_folding.tidy() == 4  # one a level

    assert standing() == {"manual": 1}


def test_a_single_grids_days_go_after_a_while_and_all_others_stay(make_record: Callable[..., Record]) -> None:
    make_record()
    Entry.objects.update(received_at=timezone.now() - timedelta(days=200))
    counts_full.recount()
    counts_folding.fold()

    counts_folding.tidy()

    assert sorted(Flow.objects.values_list("area", flat=True)) == [DISTRICT, SUBDISTRICT, COMMUNITY]


def test_what_is_deleted_stands_nowhere(make_delivery: Make) -> None:
    make_delivery().delete()

    assert standing() == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("the_lane_is_first", [True, False])
def test_a_record_that_moves_while_its_delivery_is_settled_is_counted_once(
    the_lane_is_first: bool, make_delivery: Make, until: Until
) -> None:
    """Whoever comes second waits, and counts what the first has left."""
    delivery, token = make_delivery(), uuid.uuid4()
    claimed = claim_as(token, delivery.target_id)
    acts: list[Callable[[], object]] = [
        lambda: answered(claimed, token, Delivered("1")),
        lambda: Record.objects.filter(pk=delivery.record_id).update(grid_code=OTHER),
    ]
    first, second = acts if the_lane_is_first else acts[::-1]

    with transaction.atomic():
        first()
        other = threading.Thread(target=then_hang_up, args=(second,))
        other.start()
        until(somebody_waits)
    other.join()

    assert (standing(GRID), standing(OTHER)) == ({}, {"delivered": 1})


def then_hang_up(act: Callable[[], object]) -> None:
    try:
        act()
    finally:
        connection.close()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
