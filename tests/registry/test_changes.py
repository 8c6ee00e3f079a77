"""变更 and 更正 of a resident, and two tablets that changed one record."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gridapp import registry
from gridapp.org.models import User
from gridapp.registry import OutOfScope, Refused
from gridapp.registry.models import Entry, Record
from gridapp.registry.versions import document_at
from tests import factories
from tests.factories import act, resident_body, submit

pytestmark = pytest.mark.django_db
ON = date(2024, 3, 15)


def refused(by: User, body: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as error:
        submit(by, body)
    return {(one.field, one.code) for one in error.value.refusals}


@pytest.fixture
def person(worker: User, home: Record) -> Record:
    return factories.resident(worker, home, occupation="焊工", relation_to_head="02")


def seen(record: Record) -> dict[str, Any]:
    return registry.views.view(Record.objects.get(pk=record.pk), on=ON)


def test_nothing_changed_is_an_entry_but_no_version(worker: User, person: Record) -> None:
    entered = submit(worker, act(person, "change", occupation="焊工"))

    assert (entered.is_new, entered.record.version) == (True, 1)
    assert Entry.objects.filter(record=person).count() == 2


def test_a_change_touches_what_it_names_and_nothing_else(worker: User, person: Record) -> None:
    before = seen(person)

    entered = submit(worker, act(person, "change", phone="13912349999", relation_to_owner="5", marital_status=None))

    after = seen(person)
    assert entered.record.version == entered.entry.version == 2
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {"phone", "marital_status", "household.head_phone"}


def test_a_required_field_is_not_emptied(worker: User, person: Record) -> None:
    assert refused(worker, act(person, "change", phone="", name=None)) == {("phone", "missing"), ("name", "missing")}


def test_a_change_is_judged_together_with_what_is_known(worker: User, person: Record) -> None:
    assert refused(worker, act(person, "change", inflow_date="2024-03-11")) == {("inflow_date", "after_other")}


def test_what_was_wrong_before_does_not_block(worker: User, person: Record, settings: Any) -> None:
    settings.PRACTICE = False  # the fictitious division of the person's number is refused from now on

    assert submit(worker, act(person, "change", occupation="电工")).record.version == 2


@pytest.mark.parametrize("name", ["residency.end_date", "residency.end_reason", "death_date"])
def test_the_end_is_given_by_closing(worker: User, person: Record, name: str) -> None:
    assert refused(worker, act(person, "change", **{name: "2024-03-12"})) == {(name, "use_close")}


def test_another_flat_is_a_move(worker: User, person: Record, home: Record) -> None:
    elsewhere = str(factories.flat(worker).id)

    assert refused(worker, act(person, "change", housing=elsewhere)) == {("housing", "lives_elsewhere")}
    assert submit(worker, act(person, "change", housing=str(home.id), phone="13912349999")).record.version == 2


def test_a_record_of_another_grid_looks_like_none(other_worker: User, person: Record) -> None:
    for record_id in (str(person.id), "00000000-0000-4000-8000-000000000000"):
        body = act(person, "change", phone="13912349999", grid_code=factories.OTHER_GRID) | {"record": record_id}
        with pytest.raises(OutOfScope):
            submit(other_worker, body)


def test_a_flat_is_not_changed_as_a_resident(worker: User, home: Record) -> None:
    with pytest.raises(OutOfScope):
        submit(worker, act(home, "change") | {"kind": "resident", "fields": {"phone": "13912349999"}})


def test_who_left_is_corrected_not_changed(worker: User, person: Record) -> None:
    submit(worker, act(person, "close", residency__end_reason="2", residency__end_date="2024-03-12"))

    assert refused(worker, act(person, "change", phone="13912349999")) == {("record", "closed")}
    submit(worker, act(person, "correct", residency__end_date="2024-03-11", phone="13912349999"))

    assert (seen(person)["residency.end_date"], seen(person)["phone"]) == (date(2024, 3, 11), "13912349999")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (("117", "T123456789"), ("111", "99010120190601003X")),
        (("516", "H12345678"), ("155", "81000019900307151X")),
        (("511", "12345678"), ("156", "830000198503122212")),
        (("414", "E12345678X"), ("553", "USA110190050101")),
        (("414", "E12345678X"), ("414", "E87654321X")),
        (("990", ""), ("111", "99010120190601003X")),
    ],
)
def test_b9_a_document_upgrade_stays_the_same_person(
    worker: User, home: Record, old: tuple[str, str], new: tuple[str, str]
) -> None:
    person = factories.resident(worker, home, **_document(old))

    upgraded = submit(worker, act(person, "change", **_document(new)))
    found = refused(worker, resident_body(home, **_document(new)))

    assert (upgraded.record.id, upgraded.record.version) == (person.id, 2)
    assert found == {("housing", "lives_here")}
    if old[1]:
        assert refused(worker, resident_body(home, **_document(old))) == {("housing", "lives_here")}


def test_a_renewed_document_may_be_taken_for_the_former_one_and_back_again(worker: User, home: Record) -> None:
    first, second = ("414", "E12345678X"), ("414", "E87654321X")
    person = factories.resident(worker, home, **_document(first))

    for which in (second, first, second):
        done = submit(worker, act(person, "change", **_document(which)))
        person = done.record

    assert person.version == 4
    for which in (first, second):
        assert refused(worker, resident_body(home, **_document(which))) == {("housing", "lives_here")}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (("111", "990101199202290010"), ("111", "990101199202290037")),
        (("111", "990101199202290010"), ("414", "E12345678X")),
        (("155", "81000019900307151X"), ("516", "H12345678")),
        (("117", "T123456789"), ("117", "T123456780")),
    ],
)
def test_another_document_is_another_person_unless_it_was_mistyped(
    worker: User, home: Record, old: tuple[str, str], new: tuple[str, str]
) -> None:
    person = factories.resident(worker, home, **_document(old))

    assert refused(worker, act(person, "change", **_document(new))) == {("id_number", "other_document")}

    corrected = submit(worker, act(person, "correct", **_document(new)))
    assert corrected.record.id == person.id
    assert submit(worker, resident_body(home, **_document(old))).record.id != person.id


def test_a_document_of_another_person_is_not_taken_over(worker: User, home: Record, person: Record) -> None:
    number = factories.id_number()
    factories.resident(worker, home, id_number=number)

    for action in ("correct",):
        assert refused(worker, act(person, action, id_number=number)) == {("id_number", "document_taken")}


def test_a_former_document_of_another_person_is_not_taken_over(worker: User, home: Record) -> None:
    child = factories.resident(worker, home, **_document(("117", "T123456789")))
    submit(worker, act(child, "change", **_document(("111", "99010120190601003X"))))
    person = factories.resident(worker, home, **_document(("990", "")))

    body = act(person, "change", **_document(("117", "T123456789")))

    assert refused(worker, body) == {("id_number", "document_taken")}


def test_two_tablets_that_changed_different_fields_are_both_right(worker: User, person: Record) -> None:
    submit(worker, act(person, "change", phone="13912349999", base_version=1))
    submit(worker, act(person, "change", occupation="电工", base_version=1))

    assert (seen(person)["phone"], seen(person)["occupation"]) == ("13912349999", "电工")


def test_a_whole_form_with_old_values_takes_nothing_back(worker: User, person: Record) -> None:
    whole = {name: value for name, value in person.document().items() if name != "occupation"}
    submit(worker, act(person, "change", phone="13912349999", base_version=1))
    submit(worker, act(person, "change", **whole, occupation="电工", base_version=1))

    assert (seen(person)["phone"], seen(person)["occupation"]) == ("13912349999", "电工")


def test_what_both_changed_is_refused_by_name(worker: User, person: Record) -> None:
    submit(worker, act(person, "change", phone="13912349999", occupation="电工", base_version=1))

    late = act(person, "change", phone="13912348888", occupation="电工", education="20", base_version=1)

    assert refused(worker, late) == {("phone", "changed_meanwhile")}
    assert (seen(person)["phone"], seen(person)["education"]) == ("13912349999", "30")


def test_a_version_that_is_not_there_yet_is_refused(worker: User, person: Record) -> None:
    body = act(person, "change", phone="13912349999", base_version=2)

    assert refused(worker, body) == {("base_version", "newer_than_ours")}


def test_the_entries_tell_what_was_known_at_any_version(worker: User, person: Record) -> None:
    submit(worker, act(person, "change", phone="13912349999"))
    submit(worker, act(person, "change", phone="13912348888", marital_status=""))
    first = {name: value for name, value in document_at(person, 1).items() if "." not in name}

    assert first == person.document()
    assert document_at(person, 2)["phone"] == "13912349999"
    assert "marital_status" in document_at(person, 2)
    assert "marital_status" not in document_at(person, 3)


def test_history_is_newest_first_with_who_and_when(worker: User, supervisor: User, person: Record) -> None:
    submit(supervisor, act(person, "correct", phone="13912349999"))

    entries = registry.history(person)

    assert [(entry.action, entry.by, entry.version) for entry in entries] == [
        ("correct", supervisor, 2),
        ("create", worker, 1),
    ]
    assert entries[0].fields() == {"phone": "13912349999"}


def _document(document: tuple[str, str]) -> dict[str, Any]:
    id_type, number = document
    more = {"birth_date": "2019-06-01", "sex": "1"} if id_type in ("117", "990") else {}
    more |= {"birth_date": "1990-05-01", "sex": "1", "nationality": "USA"} if id_type in ("414", "553") else {}
    more |= {"birth_date": "1990-05-01", "sex": "1", "nationality": "HKG"} if id_type == "516" else {}
    more |= {"birth_date": "1985-03-12", "sex": "1", "nationality": "TWN"} if id_type == "511" else {}
    more |= {"birth_date": "", "sex": ""} if id_type in ("111", "155", "156") else {}
    more |= {"id_reason": "证件全部遗失补办中"} if id_type == "990" else {}
    return {"id_type": id_type, "id_number": number, **more}
