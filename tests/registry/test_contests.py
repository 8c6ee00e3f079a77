"""A person whom two grids claim: the claim is raised by itself, one act decides, what lost stays on record."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from gridapp import registry, sealing
from gridapp.contract import is_working_day
from gridapp.org.models import Role, User
from gridapp.registry import EntryForm, OutOfScope, Refused, contests, objections
from gridapp.registry.entries import Entered
from gridapp.registry.models import Entry, Objection, Record, Residency
from gridapp.registry.objections import HOME, Status
from tests import factories
from tests.factories import GRID, OTHER_GRID, act, resident_body, submit

pytestmark = pytest.mark.django_db
ON = date(2024, 3, 15)


@pytest.fixture
def number() -> str:
    return factories.id_number()


@pytest.fixture
def person(worker: User, home: Record, number: str) -> Record:
    return factories.resident(worker, home, id_number=number)


@pytest.fixture
def claim(other_worker: User, person: Record, far_home: Record, number: str) -> Objection:
    """The other grid enters the person, too."""
    submit(other_worker, resident_body(far_home, id_number=number, residency__start_date="2024-03-12"))
    return Objection.objects.select_related("record").get()


@pytest.fixture
def other_supervisor(people: factories.Cast) -> User:
    """Oversees the grid that claims, not the one where the person is kept."""
    return factories.UserFactory.create(username="other_supervisor", role=Role.SUPERVISOR, areas=[OTHER_GRID])


def decide(row: Objection, by: User, housing: Record, **fields: str) -> Entered:
    named = {name.replace("__", "."): value for name, value in fields.items()}
    grid = GRID if by.username != "other_supervisor" else OTHER_GRID
    form = EntryForm(
        uuid4(), Record.Kind.RESIDENT, Entry.Action.CORRECT, grid, named, row.record_id, housing.pk,
        contested=row.residency_id,
    )  # fmt: skip
    with transaction.atomic():
        return registry.enter(form, by=by)


def living(person: Record) -> dict[str, tuple[bool, bool, bool]]:
    rows = Residency.objects.filter(resident=person).select_related("housing")
    return {one.housing.grid_code: (one.is_open, one.is_primary, one.is_contested) for one in rows}


def test_nobody_objects_where_a_person_is_new(person: Record) -> None:
    assert not Objection.objects.exists()


def test_a_claim_is_an_objection_of_the_other_grid_with_five_working_days(
    claim: Objection, other_worker: User, home: Record, far_home: Record
) -> None:
    content, today = objections.opened(claim), timezone.localdate()

    days = [today + timedelta(days=count + 1) for count in range((claim.due_on - today).days)]
    assert sum(is_working_day(day) for day in days) == 5
    assert (claim.field, claim.source, claim.status) == (HOME, "grid", "raised")
    assert (claim.grid_code, claim.raised_in, claim.raised_by) == (GRID, OTHER_GRID, other_worker)
    assert (content.was, content.claimed) == (str(home.pk), str(far_home.pk))


def test_both_grids_see_it_and_a_third_does_not(
    claim: Objection, worker: User, other_worker: User, other_supervisor: User
) -> None:
    stranger = factories.UserFactory.create(username="stranger", role=Role.SUPERVISOR, areas=["990101001003"])

    seen = [objections.seen_by(one).count() for one in (worker, other_worker, other_supervisor, stranger)]

    assert seen == [1, 1, 1, 0]


def test_both_homes_stand_beside_each_other_with_whose_they_are(
    claim: Objection, worker: User, other_worker: User, home: Record, far_home: Record
) -> None:
    contest = contests.of(claim)

    assert contest is not None
    assert contest.main is not None
    assert (contest.main.residency.housing_id, contest.main.by) == (home.pk, worker)
    assert (contest.claim.residency.housing_id, contest.claim.by) == (far_home.pk, other_worker)


def test_the_claim_is_upheld_and_the_old_home_ends_but_stays_on_record(
    claim: Objection, supervisor: User, person: Record, home: Record, far_home: Record
) -> None:
    done = decide(claim, supervisor, far_home, residency__end_reason="1")

    assert living(person) == {GRID: (False, True, False), OTHER_GRID: (True, True, False)}
    assert (done.record.grid_code, done.entry.by, done.entry.action) == (OTHER_GRID, supervisor, "correct")
    assert {home.pk, far_home.pk} <= set(done.others)
    seen = registry.views.view(done.record, on=ON)
    assert (seen["housing.room_no"], str(seen["residency.start_date"])) == (far_home.room_no, "2024-03-12")
    lost = Residency.objects.get(resident=person, housing=home)
    kept = sealing.unseal_json(lost.sealed, bound_to=lost.bound_to)
    assert (kept["residency.start_date"], kept["residency.end_reason"]) == ("2024-03-10", "1")


def test_both_homes_can_stay_with_the_other_one_as_the_main(
    claim: Objection, supervisor: User, person: Record, far_home: Record
) -> None:
    decide(claim, supervisor, far_home)

    assert living(person) == {GRID: (True, False, False), OTHER_GRID: (True, True, False)}


def test_the_claim_is_refused_and_nothing_else_changes(
    claim: Objection, supervisor: User, person: Record, home: Record
) -> None:
    version = Record.objects.get(pk=person.pk).version

    done = decide(claim, supervisor, home, residency__end_reason="5")

    assert living(person) == {GRID: (True, True, False), OTHER_GRID: (False, False, False)}
    assert (done.record.version, done.record.grid_code) == (version, GRID)


def test_a_claim_that_ends_by_itself_waits_for_nobody(
    claim: Objection, other_worker: User, person: Record, far_home: Record
) -> None:
    submit(other_worker, act(person, "close", residency__end_reason="2", housing=str(far_home.pk)) | {
        "grid_code": OTHER_GRID
    })  # fmt: skip

    claim.refresh_from_db()
    assert (claim.status, claim.is_open) == (Status.OVER, False)


def test_a_home_that_is_left_leaves_the_claimed_one_as_the_main(
    claim: Objection, worker: User, person: Record, home: Record
) -> None:
    submit(worker, act(person, "close", residency__end_reason="1", housing=str(home.pk)))

    claim.refresh_from_db()
    assert claim.status == Status.OVER
    assert living(person)[OTHER_GRID] == (True, True, False)


def test_who_only_enters_decides_nothing(claim: Objection, worker: User, home: Record) -> None:
    with pytest.raises(OutOfScope):
        decide(claim, worker, home)


def test_it_is_decided_once(claim: Objection, supervisor: User, home: Record, far_home: Record) -> None:
    decide(claim, supervisor, home)

    with pytest.raises(Refused, match="not_contested"):
        decide(claim, supervisor, far_home)


def test_another_flat_than_the_two_is_none_of_it(claim: Objection, supervisor: User, worker: User) -> None:
    with pytest.raises(Refused, match="not_contested"):
        decide(claim, supervisor, factories.flat(worker))


def test_one_side_gives_way_and_carries_its_own_through_only_when_the_other_said_nothing(
    claim: Objection, supervisor: User, other_supervisor: User, worker: User
) -> None:
    contest, on = contests.of(claim), claim.due_on
    assert contest is not None
    late = on + timedelta(days=1)

    def may(by: User, *, upholds: bool, on: date = on) -> bool:
        return contests.may_decide(by, claim, contest, upholds=upholds, on=on)

    assert [may(supervisor, upholds=True), may(supervisor, upholds=False)] == [True, True]
    assert [may(other_supervisor, upholds=True), may(other_supervisor, upholds=False)] == [False, True]
    assert may(other_supervisor, upholds=True, on=late)  # seen last, and nobody has objected
    assert not may(worker, upholds=False)
    objections.step(claim, Status.CHECKED, by=worker, text="一直住在这里")
    claim.refresh_from_db()
    assert not may(other_supervisor, upholds=True, on=late)
