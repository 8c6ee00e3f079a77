"""The connector and the elder care office over the wire: what only shows between the two."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.elder_care.connector import ElderCare
from connectors.elder_care.sandbox import ElderCareOffice
from gridapp.contract import (
    Action,
    AlreadyThere,
    Delivered,
    Misconfigured,
    NotApplicable,
    NotYet,
    Outcome,
    Rejected,
    Submitted,
    Unavailable,
    Unknown,
)
from tests.connectors.elder_care.calls import WOMAN, at, elder, send, track, visited


def test_a_new_person_is_on_file_when_somebody_has_been_at_the_door(office: ElderCareOffice) -> None:
    (came,) = send(office, elder())
    assert isinstance(came, Submitted)
    assert office.store.table("files") == {}

    (decided,) = track(office, came.ticket)

    assert isinstance(decided, Delivered)
    assert decided.gives == {"MZYL.LNRBH": decided.reference}
    assert {"xb": "女", "jzzk": "01", "lnrbh": decided.reference}.items() <= office.store.table("files")[WOMAN].items()


def test_a_ticket_is_not_decided_before_the_visit(office: ElderCareOffice) -> None:
    (came,) = send(office, elder())
    assert isinstance(came, Submitted)
    with office.store.together():
        lead = office.store.get("leads", came.ticket) or {}
        office.store.put("leads", came.ticket, {**lead, "due": lead["due"] + 3600})

    assert track(office, came.ticket) == [None]


def test_the_same_person_again_has_the_same_ticket_and_then_the_same_file(office: ElderCareOffice) -> None:
    first, again = send(office, elder(), elder())

    (decided,) = track(office, first.ticket if isinstance(first, Submitted) else "")
    (later,) = send(office, elder(key=2))

    assert first == again
    assert isinstance(decided, Delivered)
    assert later == AlreadyThere(decided.reference, decided.gives, "E02")
    assert office.store.sizes() == {"leads": 1, "files": 1}


def test_a_visit_that_finds_nobody_goes_back_and_the_mended_lead_is_visited_again(office: ElderCareOffice) -> None:
    office.faults.script(WOMAN, "E10", times=1)
    refused = visited(office, elder())

    (mended,) = visited(office, elder(key=2, phone="13912340099"))

    assert refused == [Rejected("E10", "退回:查无此人,请核实居住地址", ("housing.address", "phone"))]
    assert isinstance(mended, Delivered)
    assert office.store.table("files")[WOMAN]["lxdh"] == "13912340099"


def test_a_lead_they_have_lost_is_sent_again(office: ElderCareOffice) -> None:
    office.faults.set("lose", times=1)

    assert visited(office, elder()) == [NotYet("查无记录", code="0002")]


def test_a_change_keeps_the_number(office: ElderCareOffice) -> None:
    (first,) = visited(office, elder())
    assert isinstance(first, Delivered)

    (came,) = send(office, elder("moved_to_her_son", reference=first.reference))

    assert came == first
    assert office.store.table("files")[WOMAN]["jzzk"] == "03"


def test_a_change_of_somebody_they_do_not_have_is_a_lead(office: ElderCareOffice) -> None:
    (came,) = send(office, elder("moved_to_her_son"))

    assert isinstance(came, Submitted)


def test_a_death_closes_the_file_with_its_date(office: ElderCareOffice) -> None:
    (first,) = visited(office, elder())
    assert isinstance(first, Delivered)

    outcomes = send(office, *[elder("died", reference=first.reference)] * 2)

    assert outcomes == [Delivered(first.reference, first.gives)] * 2
    assert {"zt": "3", "swrq": "2024-03-14"}.items() <= office.store.table("files")[WOMAN].items()


def test_who_moved_away_and_comes_back_is_visited_again_under_the_old_number(office: ElderCareOffice) -> None:
    (first,) = visited(office, elder())
    assert isinstance(first, Delivered)
    (left,) = send(office, elder("left_the_city", reference=first.reference))
    closed = office.store.table("files")[WOMAN]["zt"]

    (back,) = visited(office, elder(key=3))

    assert isinstance(left, Delivered)
    assert closed == "4"
    assert back == first


def test_nobody_is_closed_who_was_never_there_and_an_open_lead_is_dropped(office: ElderCareOffice) -> None:
    (came,) = send(office, elder())
    assert isinstance(came, Submitted)

    (closed,) = send(office, elder("left_the_city", reference=""))

    assert closed == NotApplicable("0002", "查无记录")
    assert track(office, came.ticket) == [NotYet("查无记录", code="0002")]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"id_number": "990101199202290010"}, NotApplicable("E01", "未满60周岁")),
        ({"guardian_phone": None}, Rejected("E03", "紧急联系人必填", ("guardian_name", "guardian_phone"))),
        ({"death_date": "1930-01-01"}, Rejected("E04", "死亡日期早于出生日期", ("death_date",))),
    ],
)
def test_what_their_rules_refuse_names_the_field(
    office: ElderCareOffice, changed: dict[str, Any], expected: Outcome
) -> None:
    assert send(office, elder(**changed)) == [expected]
    assert office.store.sizes() == {}


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"housing__address": "甲"}, "housing.address"), ({"care_living_mode": None}, "care_living_mode")],
)
def test_what_their_schema_refuses_names_the_field(
    office: ElderCareOffice, changed: dict[str, Any], field: str
) -> None:
    (came,) = send(office, elder(**changed))

    assert isinstance(came, Rejected)
    assert (came.code, came.fields) == ("Client", (field,))


def test_a_secret_that_has_run_out_is_renewed_in_the_middle(office: ElderCareOffice) -> None:
    async def sending(connector: ElderCare) -> list[Outcome]:
        first = await connector.send([elder()])
        office.gate.expire()
        return [*first, *await connector.send([elder()])]

    first, after = at(office, sending)

    assert isinstance(first, Submitted)
    assert first == after


@pytest.mark.parametrize("name", ["rid", "app_key", "user", "password"])
def test_wrong_credentials_are_for_the_operator(office: ElderCareOffice, name: str) -> None:
    with pytest.raises(Misconfigured):
        send(office, elder(), **{name: "wrong"})

    assert office.store.sizes() == {}


def test_outside_its_hours_nothing_was_taken(office: ElderCareOffice) -> None:
    office.faults.set("window_closed")

    with pytest.raises(Unavailable) as closed:
        send(office, elder())

    assert not closed.value.maybe_sent


def test_ten_a_second_is_what_they_bear(office: ElderCareOffice) -> None:
    outcomes = send(office, *[elder(key=number) for number in range(13)])

    assert [type(one) for one in outcomes] == [Submitted] * 13


def test_what_was_answered_stays_certain_when_the_next_answer_is_lost(office: ElderCareOffice) -> None:
    async def sending(connector: ElderCare) -> list[Outcome]:
        first = await connector.send([elder()])
        office.faults.set("answer_lost", times=1)
        return [*first, *await connector.send([elder(), elder()])]

    first, lost, last = at(office, sending)

    assert isinstance(lost, Unknown)
    assert first == last
    assert len(office.store.table("leads")) == 1


def test_a_value_that_is_missing_does_not_keep_a_file_open(office: ElderCareOffice) -> None:
    visited(office, elder())
    closing = elder("left_the_city", guardian_name=None, care_living_mode=None)

    (came,) = send(office, closing)

    assert closing.action is Action.CLOSE
    assert isinstance(came, Delivered)
