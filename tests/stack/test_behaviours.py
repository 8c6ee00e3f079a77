"""What every implementation must show (handbook 4.15, B2 to B11), against the departments themselves."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from connectors.cast import document_number
from gridapp.delivery.models import Attempt, Delivery, Lane, Status
from gridapp.delivery.standing import of
from gridapp.org.models import Area, User
from gridapp.registry.entries import Entered

from .conftest import GRID, Stack
from .golden import CODED, WANTED, homes, people

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]

HE, SHE = "990101199202290010", "990101199202290029"
CARRY_A_PHONE = {"JZDJ", "ZZSB", "PDA", "GZZ", "JS", "LB", "WG", "SZZ", "ZLBA", "MZYL"}


def _all(case: str, *but: str, **other: str) -> dict[str, str]:
    """Delivered everywhere, waiting for a clerk where a person uploads; `other` stands otherwise."""
    expected = {key: "manual" if key == "SZZ" else "delivered" for key in WANTED[case] if key not in but}
    return {**expected, **other}


def _home(stack: Stack, worker: User) -> Entered:
    home = stack.enter(homes()["G11"], worker)
    stack.settled(home, _all("G11"))
    return home


def _line(entered: Entered, key: str) -> Any:
    return next(one for one in of(entered.record) if one.target_key == key)


def test_b2_a_flat_that_has_its_code_already_starts_everything_that_waited(worker: User, stack: Stack) -> None:
    stack.department("FWBM", "faults/", tell={"duplicate": True})

    home = stack.enter(homes()["G10"], worker)

    stack.settled(home, {"FWBM": "delivered", "PDA": "delivered", "WG": "delivered", "GZZ": "delivered"})
    home.record.refresh_from_db()
    assert len(home.record.housing_code or "") == 25
    assert _line(home, "FWBM").reason_code in ("E101", "already_there")


def test_b3_and_b6_declared_by_the_owner_is_no_trouble_and_a_rare_character_stops_one_target(
    worker: User, stack: Stack
) -> None:
    stack.department("ZZSB", "faults/", tell={"scripted": {HE: "40031"}})
    home = _home(stack, worker)

    man = people(str(home.record.id))["G1"]
    person = stack.enter({**man, "fields": {**man["fields"], "name": "测试㛃"}, "confirmed": ["name"]}, worker)

    stack.settled(person, _all("G1", PDA="manual"))
    assert _line(person, "ZZSB").reason_code == "40031"
    assert _line(person, "ZZSB").move == "nobody"
    assert _line(person, "PDA").reason_fields == ("name",)
    assert "㛃" not in json.dumps(stack.department("PDA", "store/"), ensure_ascii=False)
    assert "测试㛃" in json.dumps(stack.department("WG", "store/"), ensure_ascii=False)


def test_b4_a_corrected_phone_is_told_to_those_who_carry_phones_and_to_nobody_else(worker: User, stack: Stack) -> None:
    stack.department("JZDJ", "faults/", tell={"scripted": {SHE: {"code": "3102", "times": 1}}})
    home = _home(stack, worker)
    woman = stack.enter(people(str(home.record.id))["G3"], worker)
    stack.settled(woman, _all("G3", "LB", "JS", JZDJ="returned"))
    returned = _line(woman, "JZDJ")
    tries = dict(Delivery.objects.filter(record=woman.record).values_list("target__key", "generation"))

    fields = {"phone": "13912345677"}
    stack.enter({"kind": "resident", "action": "correct", "record": str(woman.record.id), "fields": fields}, worker)

    stack.settled(woman, _all("G3"))
    now = dict(Delivery.objects.filter(record=woman.record).values_list("target__key", "generation"))
    assert (returned.reason, returned.reason_fields, returned.move) == ("退回:联系电话为空号", ("phone",), "worker")
    assert {key for key in now if now[key] != tries[key]} == CARRY_A_PHONE & set(WANTED["G3"])
    told = {key: json.dumps(stack.department(key, "store/"), ensure_ascii=False) for key in WANTED["G3"] - {"SZZ"}}
    assert {key for key, store in told.items() if "13912345677" in store} == (CARRY_A_PHONE & set(told))


def test_b7_who_moves_out_is_cancelled_where_that_is_known_and_never_created_where_it_was_not_yet(
    worker: User, stack: Stack
) -> None:
    home = _home(stack, worker)
    stack.department("LB", "stop/", post=True)
    man = stack.enter(people(str(home.record.id))["G1"], worker)
    stack.settled(man, _all("G1", "LB"))

    ended = {"end_date": people(str(home.record.id))["G7"]["residency"]["start_date"], "end_reason": "2"}
    stack.enter(
        {"kind": "resident", "action": "close", "record": str(man.record.id), "fields": {}, "residency": ended}, worker
    )
    stack.department("LB", "start/", post=True)

    for key in ("ZZSB", "JZDJ", "PDA", "WG", "GXPT"):
        stack.settled(man, {key: "cancelled"})
    stack.settled(man, {"LB": "cancelled", "SZZ": "cancelled"})
    assert not Attempt.objects.filter(delivery__target__key="LB", outcome="delivered").exists()
    assert stack.department("LB", "store/").get("employments", {}) == {}


def test_b8_a_main_home_in_another_grid_is_saved_and_left_to_a_supervisor(worker: User, stack: Stack) -> None:
    home = _home(stack, worker)
    stack.department("WG", "faults/", tell={"scripted": {HE: "41004"}})

    man = stack.enter(people(str(home.record.id))["G1"], worker)

    stack.settled(man, _all("G1", WG="conflict", SZZ="held"))
    assert _line(man, "WG").move == "supervisor"
    assert _line(man, "SZZ").waits_for == "网格系统(综治)"


def test_b9_a_new_born_who_gets_a_number_is_the_same_person_and_more_departments_hear_of_it(
    worker: User, stack: Stack
) -> None:
    home = _home(stack, worker)
    born = people(str(home.record.id))["G7"]["residency"]["start_date"]
    child = {
        "kind": "resident", "action": "create", "housing": str(home.record.id),
        "fields": {
            "id_type": "117", "id_number": "T123456789", "name": "测试婴", "sex": "2", "birth_date": born,
            "ethnicity": "01", "hukou_division": "430102", "hukou_address": "测试大道128号", "phone": "13912345601",
            "native_place": "430102", "guardian_name": "测试乙", "guardian_id_number": SHE, "guardian_relation": "52",
            "guardian_phone": "13912345601", "inflow_reason": "06", "inflow_date": born, "hukou_type": "1",
            "permit_type": "99",
        },
        "residency": {"residency_kind": "2", "start_date": born, "relation_to_owner": "5", "relation_to_head": "30"},
    }  # fmt: skip
    baby = stack.enter(child, worker)
    before = {one.target_key for one in of(baby.record)}

    number = document_number(date.fromisoformat(born), 3, sex="2")
    fields = {"id_type": "111", "id_number": number, "occupation_category": "90400", "occupation": "学龄前"}
    again = stack.enter(
        {"kind": "resident", "action": "change", "record": str(baby.record.id), "fields": fields}, worker
    )

    assert again.record.id == baby.record.id
    stack.settled(again, {"PDA": "delivered", "WG": "delivered"})
    assert {one.target_key for one in of(again.record)} >= before | {"PDA", "WG"}
    assert number in json.dumps(stack.department("WG", "store/"))


def test_b11_five_hundred_entries_do_not_make_five_hundred_alarms(worker: User, stack: Stack) -> None:
    home = _home(stack, worker)
    stack.department("WG", "faults/", tell={"wrong_credentials": True})

    made = [stack.enter(one, worker) for one in people(str(home.record.id)).values()]

    for one, case in zip(made, ("G1", "G3", "G5", "G7"), strict=True):
        stack.settled(one, dict.fromkeys(WANTED[case] & {"JZDJ", "ZZSB", "PDA", "LB"}, "delivered"))
    lane = Lane.objects.get(target__key="WG")
    assert lane.stopped_why != ""
    assert set(Delivery.objects.filter(target__key="WG", record__kind="resident").values_list("status", flat=True)) <= {
        Status.WAITING, Status.SENDING,
    }  # fmt: skip
    stack.department("WG", "faults/", tell={"wrong_credentials": False})
    Lane.objects.filter(target__key="WG").update(closed_until=None, stopped_why="")
    for one in made:
        stack.settled(one, {"WG": "delivered"})
    assert CODED in json.dumps(stack.department("WG", "store/"))
    assert Area.objects.filter(code=GRID).exists()
