"""Numbers that departments gave: kept once, the housing code becomes the flat's own."""

from __future__ import annotations

import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gridapp import registry
from gridapp.org.models import User
from gridapp.registry.models import Record, Reference
from gridapp.registry.references import receive_all
from tests import factories

pytestmark = pytest.mark.django_db
CODE = "9901010010010000001000301"


@pytest.mark.parametrize("values", [{}, {"JZDJ.DJBH": ""}])
def test_nothing_given_is_nothing_new(home: Record, values: dict[str, str]) -> None:
    assert registry.receive(home, values, source="JZDJ") is False
    assert not Reference.objects.exists()


def test_a_number_is_new_once_and_again_when_it_changes(worker: User, home: Record) -> None:
    person = factories.resident(worker, home)

    answers = [registry.receive(person, {"JZDJ.DJBH": number}, source="JZDJ") for number in ("R-1", "R-1", "R-2")]

    assert answers == [True, False, True]
    kept = Reference.objects.get()
    assert (kept.name, kept.value, kept.source) == ("JZDJ.DJBH", "R-2", "JZDJ")


def test_a_housing_code_becomes_the_flats_own(home: Record) -> None:
    assert registry.receive(home, {"housing.housing_code": CODE}, source="FWBM")

    assert home.housing_code == Record.objects.get(pk=home.pk).housing_code == CODE


def test_the_departments_code_replaces_a_typed_one(worker: User) -> None:
    building = factories.BuildingFactory.create()
    home = factories.flat(worker, building, housing_code=f"{building.code}000301")

    registry.receive(home, {"housing.housing_code": f"{building.code}000302"}, source="FWBM")

    assert Record.objects.get(pk=home.pk).housing_code == f"{building.code}000302"


def test_a_residents_number_is_never_a_flats_code(worker: User, home: Record) -> None:
    person = factories.resident(worker, home)

    registry.receive(person, {"housing.housing_code": CODE}, source="ODD")

    assert Record.objects.get(pk=person.pk).housing_code is None


def test_one_code_for_two_flats_is_kept_apart_and_reported(
    worker: User, home: Record, caplog: pytest.LogCaptureFixture
) -> None:
    other = factories.flat(worker)
    registry.receive(home, {"housing.housing_code": CODE}, source="FWBM")

    with caplog.at_level(logging.WARNING):
        assert registry.receive(other, {"housing.housing_code": CODE}, source="FWBM")

    assert Record.objects.get(pk=home.pk).housing_code == CODE
    assert Record.objects.get(pk=other.pk).housing_code is None
    assert str(other.pk) in caplog.text


def test_a_batch_is_one_statement(worker: User, home: Record) -> None:
    people = [factories.resident(worker, home) for _ in range(5)]
    registry.receive(people[0], {"JZDJ.DJBH": "R-0"}, source="JZDJ")

    with CaptureQueriesContext(connection) as queries:
        new = receive_all({one.id: {"JZDJ.DJBH": f"R-{place}"} for place, one in enumerate(people)}, source="JZDJ")

    assert new == {one.id for one in people[1:]}
    assert len(queries) == 1
