"""注销 of a resident: the residency ends, the person stays on record."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils.timezone import localdate

from gridapp import registry
from gridapp.org.models import User
from gridapp.registry import OutOfScope, Refused
from gridapp.registry.models import Record, Residency
from tests import factories
from tests.factories import GRID, OTHER_GRID, act, submit

pytestmark = pytest.mark.django_db
ON = date(2024, 6, 1)
LEFT = {"residency__end_reason": "2", "residency__end_date": "2024-05-01"}


def refused(by: User, body: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as error:
        submit(by, body)
    return {(one.field, one.code) for one in error.value.refusals}


@pytest.fixture
def person(worker: User, home: Record) -> Record:
    return factories.resident(worker, home)


@pytest.fixture
def claimed(other_worker: User, person: Record, far_home: Record) -> Record:
    """The same person, entered in another grid as well."""
    return factories.resident(other_worker, far_home, id_number=person.document()["id_number"])


def test_a_departure_ends_the_residency_and_closes_the_record(worker: User, person: Record, home: Record) -> None:
    closed = submit(worker, act(person, "close", **LEFT))

    assert closed.record.version == 2
    assert closed.record.closed_at == closed.entry.made_at
    assert closed.others == (home.id,)
    assert registry.residents_at(home) == []
    seen = registry.views.view(closed.record, on=ON)
    assert (seen["residency.end_date"], seen["residency.end_reason"]) == (date(2024, 5, 1), "2")
    assert (seen["housing.room_no"], seen["housing.occupant_count"]) == (home.room_no, 0)


def test_the_end_is_today_where_no_day_is_given(worker: User, person: Record) -> None:
    closed = submit(worker, act(person, "close", residency__end_reason="1"))

    assert closed.entry.fields()["residency.end_date"] == localdate().isoformat()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"residency__end_date": "2024-05-01"}, ("residency.end_reason", "missing")),
        ({"residency__end_reason": "8"}, ("residency.end_reason", "unknown_code")),
        (LEFT | {"residency__end_date": "2024-03-09"}, ("residency.end_date", "before_other")),
        (LEFT | {"residency__end_date": "2099-01-01"}, ("residency.end_date", "date_end_future")),
        (LEFT | {"phone": "13912349999"}, ("phone", "not_now")),
        (LEFT | {"death_date": "2024-05-01"}, ("residency.end_reason", "death_without_reason")),
    ],
)
def test_a_departure_that_cannot_be_is_refused_and_changes_nothing(
    worker: User, person: Record, fields: dict[str, Any], reason: tuple[str, str]
) -> None:
    assert refused(worker, act(person, "close", **fields)) == {reason}
    assert Residency.objects.get(resident=person).is_open


def test_who_left_does_not_leave_again(worker: User, person: Record) -> None:
    submit(worker, act(person, "close", **LEFT))

    assert refused(worker, act(person, "close", **LEFT)) == {("record", "not_living")}


def test_the_resident_of_another_grid_looks_like_nobody(other_worker: User, person: Record) -> None:
    with pytest.raises(OutOfScope):
        submit(other_worker, act(person, "close", grid_code=OTHER_GRID, **LEFT))


@pytest.mark.parametrize(
    "said",
    [
        {"residency__end_reason": "3", "residency__end_date": "2024-05-01"},
        {"residency__end_reason": "3", "death_date": "2024-05-01"},
        {"death_date": "2024-05-01"},
    ],
)
def test_a_death_ends_every_residency(worker: User, person: Record, claimed: Record, said: dict[str, Any]) -> None:
    closed = submit(worker, act(person, "close", **said))

    assert closed.record.closed_at is not None
    assert not Residency.objects.filter(resident=person, is_open=True).exists()
    seen = registry.views.view(closed.record, on=ON)
    assert seen["death_date"] == seen["residency.end_date"] == date(2024, 5, 1)
    assert len(closed.others) == 2


def test_who_leaves_the_main_home_lives_at_the_other(
    worker: User, person: Record, claimed: Record, far_home: Record
) -> None:
    closed = submit(worker, act(person, "close", **LEFT))

    assert (closed.record.closed_at, closed.record.grid_code) == (None, OTHER_GRID)
    living = Residency.objects.get(resident=person, is_open=True)
    assert (living.housing, living.is_primary, living.is_contested) == (far_home, True, False)
    seen = registry.views.view(closed.record, on=ON)
    assert seen["housing.room_no"] == far_home.room_no
    assert "residency.end_date" not in seen


def test_a_grid_ends_only_its_own_claim(other_worker: User, person: Record, claimed: Record, home: Record) -> None:
    closed = submit(other_worker, act(person, "close", grid_code=OTHER_GRID, **LEFT))

    assert (closed.record.closed_at, closed.record.grid_code) == (None, GRID)
    assert Residency.objects.get(resident=person, is_open=True).housing == home


def test_the_residency_that_ends_can_be_named_by_its_flat(
    supervisor: User, person: Record, claimed: Record, home: Record, far_home: Record
) -> None:
    submit(supervisor, act(person, "close", housing=str(far_home.id), grid_code=OTHER_GRID, **LEFT))

    assert Residency.objects.get(resident=person, is_open=True).housing == home
    elsewhere = str(factories.flat(supervisor, factories.BuildingFactory.create()).id)
    body = act(person, "close", housing=elsewhere, **LEFT)
    assert refused(supervisor, body) == {("housing", "not_living")}
