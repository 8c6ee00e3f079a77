"""核实: one tap says that somebody still lives there, and changes nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from gridapp.org.models import User
from gridapp.registry import OutOfScope, Refused
from gridapp.registry.models import Record, Residency
from tests import factories
from tests.factories import OTHER_GRID, act, submit

pytestmark = pytest.mark.django_db


def refused(by: User, body: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as error:
        submit(by, body)
    return {(one.field, one.code) for one in error.value.refusals}


@pytest.fixture
def person(worker: User, home: Record) -> Record:
    return factories.resident(worker, home)


def test_a_resident_is_seen_and_the_version_does_not_rise(worker: User, person: Record) -> None:
    sealed = bytes(person.sealed)

    entered = submit(worker, act(person, "verify"))

    record, residency = Record.objects.get(pk=person.pk), Residency.objects.get(resident=person)
    assert record.verified_at == residency.verified_at == entered.entry.made_at
    assert person.verified_at is not None and record.verified_at is not None
    assert record.verified_at > person.verified_at
    assert (record.version, entered.entry.version, bytes(record.sealed)) == (1, 1, sealed)


def test_a_flat_is_seen_too(worker: User, home: Record) -> None:
    entered = submit(worker, act(home, "verify"))

    assert Record.objects.get(pk=home.pk).verified_at == entered.entry.made_at
    assert entered.record.version == 1


def test_an_older_visit_that_arrives_late_takes_nothing_back(worker: User, person: Record) -> None:
    submit(worker, act(person, "verify", made_at="2020-01-01T00:00:00Z"))

    assert Record.objects.get(pk=person.pk).verified_at == person.verified_at


@pytest.mark.parametrize("kind", ["person", "home"])
def test_verifying_changes_nothing(worker: User, person: Record, home: Record, kind: str) -> None:
    record, name = (person, "phone") if kind == "person" else (home, "owner_phone")

    assert refused(worker, act(record, "verify", **{name: "13912349999"})) == {("fields", "nothing_to_change")}


def test_who_left_is_not_verified(worker: User, person: Record) -> None:
    submit(worker, act(person, "close", residency__end_reason="2"))

    assert refused(worker, act(person, "verify")) == {("record", "not_living")}


def test_a_closed_flat_is_not_verified(worker: User, home: Record) -> None:
    submit(worker, act(home, "close"))

    assert refused(worker, act(home, "verify")) == {("record", "housing_closed")}


def test_nobody_verifies_in_another_grid(other_worker: User, person: Record, home: Record) -> None:
    for record in (person, home):
        with pytest.raises(OutOfScope):
            submit(other_worker, act(record, "verify", grid_code=OTHER_GRID))


def test_a_grid_verifies_its_own_claim(other_worker: User, person: Record, far_home: Record) -> None:
    factories.resident(other_worker, far_home, id_number=person.document()["id_number"])

    entered = submit(other_worker, act(person, "verify", grid_code=OTHER_GRID))

    first, second = Residency.objects.filter(resident=person).order_by("created_at")
    assert second.verified_at == entered.entry.made_at
    assert first.verified_at is not None and first.verified_at < entered.entry.made_at
