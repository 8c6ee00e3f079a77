"""What a target would be sent of one record, who sees it how, and what has changed since it was told last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp import registry
from gridapp.catalogue import targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.delivery import preview
from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.delivery.preview import Previewed
from gridapp.org.models import User
from gridapp.registry.models import Record
from tests import factories


@pytest.fixture
def worker(db: None) -> User:
    targets.seed()
    Target.objects.filter(key__in=["FWBM", "JZDJ", "PDA", "WG"]).update(enabled=True)
    return factories.cast().worker


@pytest.fixture
def flat(worker: User) -> Record:
    """A flat that has its code."""
    home = factories.flat(worker)
    Record.objects.filter(pk=home.pk).update(housing_code="9901010010010000001000301")
    return Record.objects.get(pk=home.pk)


@pytest.fixture
def person(worker: User, flat: Record) -> Record:
    return factories.resident(worker, flat, phone="13912345678")


def target(key: str) -> Configured:
    return next(one for one in targets.targets() if one.target.key == key)


def shown(record: Record, key: str = "WG", **asked: Any) -> Previewed:
    made = preview.of(Record.objects.get(pk=record.pk), target(key), **asked)
    assert made is not None
    return made


def values(made: Previewed) -> dict[str, str]:
    return {line.theirs: line.value for line in made.lines}


def planned(*records: Record) -> None:
    with transaction.atomic():
        plan([record.pk for record in records])


def told(record: Record, key: str = "WG") -> Delivery:
    """As if the target had taken it as it is wanted now."""
    planned(record)
    row = Delivery.objects.get(record=record, target__key=key)
    Delivery.objects.filter(pk=row.pk).update(
        status=Status.DELIVERED, due_at=None, hold="", waits_for="",
        held_version=F("wanted_version"), held_digest=F("wanted_digest"),
    )  # fmt: skip
    now, version = timezone.now(), row.wanted_version
    said = {"action": "create", "outcome": "delivered", "started_at": now, "finished_at": now}
    Attempt.objects.create(delivery=row, version=version, generation=1, **said)
    return Delivery.objects.get(pk=row.pk)


def changed(by: User, record: Record, **fields: Any) -> None:
    factories.submit(by, factories.act(record, "change", **fields))
    planned(record)


def test_the_lines_are_what_goes_out_with_our_names_beside_theirs(person: Record) -> None:
    made = shown(person, full=True)

    line = next(line for line in made.lines if line.theirs == "contact")
    assert (line.label, line.value) == ("联系方式(手机)", "13912345678")
    assert values(made)["dateBirth"].isdecimal()
    assert made.action == "create"


def test_who_may_not_see_everything_sees_it_masked(person: Record) -> None:
    number = person.document()["id_number"]

    made = shown(person)

    assert values(made)["contact"] == "139****5678"
    assert values(made)["registeredAddr"].endswith("***")
    assert number not in repr(made)
    assert "13912345678" not in repr(made)


def test_labels_speak_the_language_of_the_reader(person: Record) -> None:
    assert next(line.label for line in shown(person, lang="en").lines if line.theirs == "contact") == "Phone"


def test_a_target_that_takes_no_such_records_has_no_preview(flat: Record) -> None:
    assert preview.of(flat, target("JZDJ")) is None


def test_a_record_that_does_not_concern_the_target_says_whom_it_concerns(worker: User, flat: Record) -> None:
    local = factories.resident(worker, flat, hukou_division="990101", hukou_address="测试大道128号")

    made = shown(local, "ZZSB")

    assert not made.concerned
    assert (made.action, made.difference.version) == ("", 0)
    assert "流动人口" in made.concerns


def test_what_is_in_the_way_is_named(worker: User) -> None:
    person = factories.resident(worker, factories.flat(worker))

    made = shown(person)

    assert made.block is not None
    assert made.block.waits_for == "FWBM"


def test_a_target_that_nobody_speaks_to_is_previewed_from_its_table(person: Record) -> None:
    silent = replace(target("WG"), connector=None)

    made = preview.of(person, silent, full=True)

    assert made is not None
    assert values(made) == values(shown(person, full=True))
    assert made.trouble == ""


def test_nothing_goes_to_a_target_that_holds_it_all(person: Record) -> None:
    told(person)

    made = shown(person)

    assert made.action == ""
    assert made.difference.certain
    assert made.difference.changes == ()


def test_a_change_shows_the_line_as_it_was_and_as_it_will_be(worker: User, person: Record) -> None:
    told(person)
    changed(worker, person, phone="13987654321", employer_name=None, former_name="测试乙")

    made = shown(person, full=True)

    difference = made.difference
    assert (made.action, difference.version, difference.certain) == ("change", 1, True)
    assert {(one.how, one.theirs, one.before, one.after) for one in difference.changes} == {
        ("changed", "contact", "13912345678", "13987654321"),
        ("gone", "serviceAddr", "测试电子厂", ""),
        ("added", "usedName", "", "测试乙"),
    }


def test_the_difference_is_masked_too(worker: User, person: Record) -> None:
    told(person)
    changed(worker, person, phone="13987654321")

    (change,) = shown(person).difference.changes

    assert (change.before, change.after) == ("139****5678", "139****4321")


def test_where_the_person_moved_only_their_own_lines_are_compared(worker: User, person: Record) -> None:
    told(person)
    changed(worker, person, phone="13987654321")
    elsewhere = factories.flat(worker)
    body = factories.act(person, "move", housing=str(elsewhere.pk), residency__start_date="2026-01-05")
    factories.submit(worker, body | {"fields": body["fields"] | {"residency.residency_kind": "2"}})

    difference = shown(person, full=True).difference

    assert not difference.certain
    assert [one.theirs for one in difference.changes] == ["contact"]
    assert "房屋地址(标准地址全称)" in difference.unsure, difference.unsure


def test_a_target_that_was_told_nothing_has_nothing_to_differ_from(person: Record) -> None:
    planned(person)

    assert shown(person).difference.version == 0


def test_a_target_that_holds_something_else_is_not_compared(person: Record) -> None:
    row = told(person)
    Delivery.objects.filter(pk=row.pk).update(held_digest=b"\0" * 20)

    assert shown(person).difference.holds_other


def test_a_closed_record_shows_that_it_is_closed_there(worker: User, person: Record) -> None:
    told(person)
    factories.submit(
        worker, factories.act(person, "close", residency__end_reason="2", residency__end_date="2026-01-05")
    )
    planned(person)

    assert shown(person).action == "close"


def test_a_preview_asks_the_database_a_fixed_number_of_times(
    worker: User, person: Record, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    told(person)
    changed(worker, person, phone="13987654321")
    one, record = target("WG"), Record.objects.get(pk=person.pk)
    registry.views.view(record, on=timezone.localdate())

    with django_assert_max_num_queries(16):
        preview.of(record, one)
