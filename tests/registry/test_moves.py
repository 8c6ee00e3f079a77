"""迁移: the old home ends and the new one begins together."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gridapp import registry
from gridapp.org.models import User
from gridapp.registry import OutOfScope, Refused
from gridapp.registry.models import Household, Record, Residency
from tests import factories
from tests.factories import GRID, OTHER_GRID, act, submit

pytestmark = pytest.mark.django_db
ON = date(2024, 6, 1)
INTO = {"residency__residency_kind": "3", "residency__start_date": "2024-05-01"}


def refused(by: User, body: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as error:
        submit(by, body)
    return {(one.field, one.code) for one in error.value.refusals}


@pytest.fixture
def person(worker: User, home: Record) -> Record:
    return factories.resident(
        worker, home, residency__planned_end_date="2024-12-31", relation_to_head="02", household_no="12"
    )


@pytest.fixture
def new_home(worker: User) -> Record:
    return factories.flat(worker)


def test_a_move_ends_one_home_and_begins_another(worker: User, person: Record, home: Record, new_home: Record) -> None:
    moved = submit(worker, act(person, "move", housing=str(new_home.id), phone="13912349999", **INTO))

    old, new = Residency.objects.filter(resident=person).order_by("created_at")
    assert (old.housing, old.is_open) == (home, False)
    assert (new.housing, new.is_open, new.is_primary) == (new_home, True, True)
    assert moved.record.version == 2
    assert {home.id, new_home.id} <= set(moved.others)
    seen = registry.views.view(moved.record, on=ON)
    assert (seen["housing.room_no"], seen["phone"]) == (new_home.room_no, "13912349999")
    assert (seen["residency.residency_kind"], seen["residency.dwelling_type"]) == ("3", "05")
    assert seen["residency.start_date"] == date(2024, 5, 1)
    assert "household.household_no" not in seen
    assert "residency.planned_end_date" not in seen


def test_nobody_lives_at_the_old_home_any_more(worker: User, person: Record, home: Record, new_home: Record) -> None:
    submit(worker, act(person, "move", housing=str(new_home.id), **INTO))

    assert registry.residents_at(home) == []
    assert registry.residents_at(new_home) == [person]


def test_the_record_goes_with_the_flat_into_its_grid(
    supervisor: User, worker: User, person: Record, far_home: Record
) -> None:
    body = act(person, "move", housing=str(far_home.id), grid_code=OTHER_GRID, **INTO)

    moved = submit(supervisor, body)

    assert moved.record.grid_code == OTHER_GRID
    assert registry.find(person.id, by=worker) is None


def test_a_worker_moves_nobody_out_of_or_into_other_grids(
    worker: User, other_worker: User, person: Record, far_home: Record
) -> None:
    out = act(person, "move", housing=str(far_home.id), grid_code=GRID, **INTO)
    into = act(person, "move", housing=str(far_home.id), grid_code=OTHER_GRID, **INTO)

    assert refused(worker, out) == {("housing", "no_such_housing")}
    with pytest.raises(OutOfScope):
        submit(other_worker, into)
    assert Residency.objects.get(resident=person).is_open


def test_a_claim_of_another_grid_gives_no_right_to_move(
    other_worker: User, person: Record, far_home: Record, home: Record
) -> None:
    factories.resident(other_worker, far_home, id_number=person.document()["id_number"])

    with pytest.raises(OutOfScope):
        submit(other_worker, act(person, "move", housing=str(far_home.id), grid_code=OTHER_GRID, **INTO))


def test_a_supervisor_settles_a_claim_by_moving(
    supervisor: User, other_worker: User, person: Record, far_home: Record
) -> None:
    factories.resident(other_worker, far_home, id_number=person.document()["id_number"])

    submit(supervisor, act(person, "move", housing=str(far_home.id), grid_code=OTHER_GRID, **INTO))

    (living,) = Residency.objects.filter(resident=person, is_open=True)
    assert (living.housing, living.is_primary, living.is_contested) == (far_home, True, False)


@pytest.mark.parametrize("missing", [*INTO])
def test_the_new_home_needs_how_and_since_when(worker: User, person: Record, new_home: Record, missing: str) -> None:
    given = {name: value for name, value in INTO.items() if name != missing}

    assert refused(worker, act(person, "move", housing=str(new_home.id), **given)) == {
        (missing.replace("__", "."), "missing")
    }


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"residency__start_date": "2024-03-09"}, ("residency.start_date", "before_the_old")),
        ({"residency__start_date": "2099-01-01"}, ("residency.start_date", "date_future")),
        ({"residency__end_date": "2024-05-01"}, ("residency.end_date", "use_close")),
        ({"death_date": "2024-05-01"}, ("death_date", "use_close")),
        ({"id_number": "990101199202290010"}, ("id_number", "not_now")),
        ({"phone": "13800000000"}, ("phone", "phone_placeholder")),
    ],
)
def test_a_move_that_cannot_be_is_refused_and_changes_nothing(
    worker: User, person: Record, new_home: Record, fields: dict[str, Any], reason: tuple[str, str]
) -> None:
    assert refused(worker, act(person, "move", housing=str(new_home.id), **INTO | fields)) == {reason}
    assert Residency.objects.get(resident=person).is_open
    assert Record.objects.get(pk=person.pk).version == 1


def test_nobody_moves_to_where_they_are(worker: User, person: Record, home: Record) -> None:
    assert refused(worker, act(person, "move", housing=str(home.id), **INTO)) == {("housing", "same_home")}


def test_who_lives_nowhere_does_not_move(worker: User, person: Record, new_home: Record) -> None:
    submit(worker, act(person, "close", residency__end_reason="2"))

    assert refused(worker, act(person, "move", housing=str(new_home.id), **INTO)) == {("record", "not_living")}


def test_a_newer_change_of_the_person_is_not_taken_back_by_a_move(
    worker: User, person: Record, new_home: Record
) -> None:
    old_phone = person.document()["phone"]
    submit(worker, act(person, "change", phone="13912349999"))

    late = act(person, "move", housing=str(new_home.id), base_version=1, phone=old_phone, **INTO)
    submit(worker, late)

    assert Record.objects.get(pk=person.pk).document()["phone"] == "13912349999"


def test_who_stays_behind_keeps_the_household(worker: User, person: Record, home: Record, new_home: Record) -> None:
    wife = factories.resident(worker, home, relation_to_head="12", household_no="12")

    moved = submit(worker, act(person, "move", housing=str(new_home.id), household_no="99", **INTO))

    assert wife.id in moved.others
    assert Household.objects.count() == 2
    assert registry.views.view(wife, on=ON)["household.household_no"] == "12"
    assert registry.views.view(moved.record, on=ON)["household.household_no"] == "99"
