"""新增 of a resident: whom it makes, whom it finds again, and what it refuses."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gridapp import registry
from gridapp.org.models import User
from gridapp.registry import Refused
from gridapp.registry.models import Entry, Household, Record, Residency
from tests import factories
from tests.factories import GRID, OTHER_GRID, act, resident_body, submit

pytestmark = pytest.mark.django_db
ON = date(2024, 3, 15)


def refused(by: User, body: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as error:
        submit(by, body)
    return {(one.field, one.code) for one in error.value.refusals}


@pytest.mark.parametrize(
    "name", ["id_number", "name", "ethnicity", "phone", "residency.residency_kind", "residency.start_date"]
)
def test_what_is_always_required_is_missed_by_name(worker: User, home: Record, name: str) -> None:
    body = resident_body(home)
    body["fields"][name] = ""

    assert refused(worker, body) == {(name, "missing")}


def test_everything_wrong_is_said_at_once(worker: User, home: Record) -> None:
    body = resident_body(home, phone="13800000000", id_number="990101199202290011", name="", occupation="\x00")

    fields = {field for field, _ in refused(worker, body)}

    assert fields == {"phone", "id_number", "name", "occupation"}
    assert not Record.objects.filter(kind="resident").exists()


@pytest.mark.parametrize("name", ["residency.end_date", "residency.end_reason", "death_date"])
def test_nobody_arrives_and_leaves_in_one_entry(worker: User, home: Record, name: str) -> None:
    body = resident_body(home)
    body["fields"][name] = "2024-03-12"

    assert refused(worker, body) == {(name, "use_close")}


def test_a_resident_lives_somewhere(worker: User, home: Record) -> None:
    assert refused(worker, resident_body(home) | {"housing": None}) == {("housing", "missing")}


@pytest.mark.parametrize("at", ["9901010010010000001000301", "00000000-0000-4000-8000-000000000000"])
def test_a_flat_that_is_not_known_is_refused(worker: User, home: Record, at: str) -> None:
    assert refused(worker, resident_body(home) | {"housing": at}) == {("housing", "no_such_housing")}


def test_the_flat_of_another_grid_is_refused_as_if_it_did_not_exist(worker: User, far_home: Record) -> None:
    body = resident_body(far_home) | {"grid_code": GRID}

    assert refused(worker, body) == {("housing", "no_such_housing")}


def test_a_flat_lies_in_the_grid_that_was_given(supervisor: User, far_home: Record) -> None:
    assert refused(supervisor, resident_body(far_home) | {"grid_code": GRID}) == {("housing", "housing_elsewhere")}


def test_a_person_is_no_flat(worker: User, home: Record) -> None:
    somebody = factories.resident(worker, home)

    assert refused(worker, resident_body(home) | {"housing": str(somebody.id)}) == {("housing", "no_such_housing")}


def test_nobody_moves_into_a_demolished_flat(worker: User, home: Record) -> None:
    submit(worker, act(home, "close"))

    assert refused(worker, resident_body(home)) == {("housing", "housing_closed")}


def test_a_new_person_is_a_record_a_residency_and_an_entry(worker: User, home: Record) -> None:
    entered = submit(worker, resident_body(home) | {"made_at": "2024-03-15T09:30:00+08:00"})
    person = entered.record

    assert (person.kind, person.grid_code, person.version, person.closed_at) == ("resident", GRID, 1, None)
    residency = Residency.objects.get(resident=person)
    assert (residency.housing, residency.is_primary, residency.is_open) == (home, True, True)
    assert person.verified_at == residency.verified_at == entered.entry.made_at
    assert (entered.entry.action, entered.entry.by, entered.entry.version) == ("create", worker, 1)
    assert entered.others == (home.id,)


def test_a_flat_is_named_by_its_code_as_well(worker: User) -> None:
    building = factories.BuildingFactory.create()
    code = f"{building.code}000301"
    home = factories.flat(worker, building, housing_code=code)

    person = factories.resident(worker, home, id_number=factories.id_number())
    other = submit(worker, resident_body(code)).record

    assert set(registry.residents_at(home)) == {person, other}


def test_a_tablet_that_runs_ahead_made_nothing_in_the_future(worker: User, home: Record) -> None:
    entered = submit(worker, resident_body(home) | {"made_at": "2999-01-01T00:00:00Z"})

    assert entered.entry.made_at <= entered.entry.received_at


@pytest.mark.parametrize("id_type", ["111", "112", "113"])
def test_a_citizens_number_is_one_person_under_any_of_its_documents(worker: User, home: Record, id_type: str) -> None:
    number = factories.id_number()
    factories.resident(worker, home, id_number=number)

    assert refused(worker, resident_body(home, id_type=id_type, id_number=number)) == {("housing", "lives_here")}


def test_the_number_is_the_same_in_full_width_and_small_letters(worker: User, home: Record) -> None:
    factories.resident(worker, home, id_number="99010119380815004X")
    full_width = "９９０１０１１９３８０８１５００４ｘ"

    assert refused(worker, resident_body(home, id_number=full_width)) == {("housing", "lives_here")}


def test_who_lives_in_another_flat_of_my_area_moves(worker: User, home: Record) -> None:
    number = factories.id_number()
    factories.resident(worker, home, id_number=number)

    with pytest.raises(Refused) as error:
        submit(worker, resident_body(factories.flat(worker), id_number=number))

    (one,) = error.value.refusals
    assert (one.field, one.code) == ("id_number", "lives_elsewhere")
    assert "迁移" in one.remedy_zh


def test_who_comes_back_is_the_same_person(worker: User, other_worker: User, home: Record, far_home: Record) -> None:
    number = factories.id_number()
    person = factories.resident(worker, home, id_number=number, occupation="焊工")
    submit(worker, act(person, "close", residency__end_reason="2"))

    again = submit(other_worker, resident_body(far_home, id_number=number, occupation="电工"))

    assert (again.record.id, again.record.version, again.record.closed_at) == (person.id, 3, None)
    assert again.record.grid_code == OTHER_GRID
    seen = registry.views.view(again.record, on=ON)
    assert (seen["occupation"], seen["housing.room_no"]) == ("电工", far_home.room_no)
    assert "residency.end_date" not in seen


def test_who_died_does_not_come_back(worker: User, home: Record) -> None:
    number = factories.id_number()
    person = factories.resident(worker, home, id_number=number)
    submit(worker, act(person, "close", residency__end_reason="3", residency__end_date="2024-03-20"))

    assert refused(worker, resident_body(home, id_number=number)) == {("id_number", "died")}


def test_b8_a_home_in_another_grid_stands_and_the_claim_is_kept(
    worker: User, other_worker: User, home: Record, far_home: Record
) -> None:
    number = factories.id_number()
    person = factories.resident(worker, home, id_number=number, occupation="焊工", former_name="")

    claim = submit(other_worker, resident_body(far_home, id_number=number, occupation="电工", former_name="测试乙"))

    assert claim.is_new
    assert (claim.record.id, claim.record.grid_code, claim.record.version) == (person.id, GRID, 2)
    second = Residency.objects.get(resident=person, housing=far_home)
    assert (second.is_primary, second.is_contested, second.is_open) == (False, True, True)
    seen = registry.views.view(claim.record, on=ON)
    assert (seen["housing.room_no"], seen["occupation"], seen["former_name"]) == (home.room_no, "焊工", "测试乙")
    assert claim.entry.fields()["occupation"] == "电工"
    assert registry.find(person.id, by=other_worker) == person


def test_b8_the_same_claim_is_made_once(worker: User, other_worker: User, home: Record, far_home: Record) -> None:
    number = factories.id_number()
    factories.resident(worker, home, id_number=number)
    factories.resident(other_worker, far_home, id_number=number)

    assert refused(other_worker, resident_body(far_home, id_number=number)) == {("housing", "lives_here")}


def test_a_foreigner_without_a_chinese_name_is_called_by_the_passport(worker: User, home: Record) -> None:
    body = resident_body(
        home, id_type="414", id_number="E12345678X", name="", foreign_surname="O'Neil", foreign_given_name="Anna",
        nationality="USA", birth_date="1990-05-01", sex="2", ethnicity="", native_place="", hukou_division="",
        hukou_address="", hukou_type="", inflow_reason="", inflow_date="",
    )  # fmt: skip

    seen = registry.views.view(submit(worker, body).record, on=ON)

    assert (seen["name"], seen["resident_category"]) == ("O'NEIL ANNA", "JW")


def test_a_person_without_any_document_is_a_person_of_their_own(worker: User, home: Record) -> None:
    bodies = [
        resident_body(
            home, id_type="990", id_number="", id_reason="证件全部遗失补办中", birth_date="1990-01-01", sex="1"
        )
        for _ in range(2)
    ]

    records = {submit(worker, body).record.id for body in bodies}

    assert len(records) == 2


def test_people_of_one_household_number_are_one_household(worker: User, home: Record) -> None:
    head = submit(worker, resident_body(home, relation_to_head="02", household_no="12", name="测试户主"))
    wife = submit(worker, resident_body(home, relation_to_head="12", household_no="12", name="测试妻"))
    lodger = submit(worker, resident_body(home, relation_to_head="02", household_no="13", name="测试房客"))

    assert Household.objects.count() == 2
    assert wife.others == (home.id, head.record.id)
    seen = registry.views.view(wife.record, on=ON)
    assert seen["household.head_name"] == "测试户主"
    assert seen["household.household_no"] == "12"
    assert registry.views.view(lodger.record, on=ON)["household.head_name"] == "测试房客"


def test_a_member_without_a_number_joins_the_only_household(worker: User, home: Record) -> None:
    factories.resident(worker, home, relation_to_head="02", name="测试户主")
    child = factories.resident(worker, home, relation_to_head="20", name="测试子")

    assert Household.objects.count() == 1
    assert registry.views.view(child, on=ON)["household.head_name"] == "测试户主"


def test_without_a_word_of_it_there_is_no_household(worker: User, home: Record) -> None:
    factories.resident(worker, home)

    assert not Household.objects.exists()


def test_an_entry_keeps_what_was_entered_sealed(worker: User, home: Record) -> None:
    body = resident_body(home) | {"confirmed": ["over_100"]}
    submit(worker, body)

    entry = Entry.objects.get(id=body["id"])

    assert entry.fields()["phone"] == body["fields"]["phone"]
    assert body["fields"]["phone"].encode() not in bytes(entry.sealed)
