"""The agent against the running station: looks first, enters once, believes what the page shows afterwards."""

from __future__ import annotations

import pytest

from connectors.workstation.connector import Workstation
from connectors.workstation.mapping import PROFILE
from connectors.workstation.sandbox import WorkStation
from gridapp.contract import (
    AlreadyThere,
    Conflict,
    Delivered,
    Differs,
    Kind,
    Outcome,
    Parcel,
    Rejected,
    Unavailable,
    Unknown,
)
from tests.connectors.samples import Sample, samples
from tests.connectors.workstation.agent import SAMPLES, Agent, changed, flat, number, tenant

TABLES = {Kind.RESIDENT: "residents", Kind.HOUSING: "rentals"}


def actions(station: WorkStation) -> list[str]:
    return [line["action"] for line in station.ledger.lines()]


def evidence(outcome: Outcome) -> bytes:
    assert isinstance(outcome, Delivered | AlreadyThere)
    return outcome.evidence


# --- Records -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_what_is_on_the_card_is_in_their_file(agent: Agent, station: WorkStation, one: Sample) -> None:
    parcel = one.parcel(PROFILE)

    came = agent.send(parcel)

    assert isinstance(came, Delivered)
    held = station.store.get(TABLES[one.kind], came.reference) or {}
    card = {line.name: line.value for line in Workstation({}).preview(parcel).lines}
    assert {label: value for label, value in held.items() if label in card} == card
    assert [held[label] for label in held if label not in {*card, "档案号", "状态", "登记时间"}] == [""] * (
        len(held) - len(card) - 3
    )
    assert held["状态"] == "已登记"


def test_a_success_brings_a_picture_that_says_nobodys_name(agent: Agent, station: WorkStation) -> None:
    """Of two people everything differs but the number of the file: the pictures are the same to the last bit."""
    others = {"name": "王伍", "phone": "13987654321", "hukou_address": "测试小巷821号测试家园1栋205"}
    one = agent.send(tenant(1))
    station.reset()

    other = agent.send(tenant(2, **others))
    again = agent.send(tenant(3))

    assert evidence(one).startswith(b"\x89PNG") and len(evidence(one)) < 200 * 1024
    assert evidence(one) == evidence(other) != evidence(again)


def test_a_change_keeps_the_number_of_the_file(agent: Agent, station: WorkStation) -> None:
    agent.send(tenant())

    came = agent.send(changed(tenant(), "JM00000001", phone="13912349999", household__household_no="990000014"))

    assert came == Delivered("JM00000001")
    held = station.store.get("residents", "JM00000001") or {}
    assert (held["联系电话"], held["户号"], held["姓名"]) == ("13912349999", "990000014", "张伟")
    assert actions(station) == ["新增", "修改"]


def test_a_change_of_what_they_do_not_hold_any_more_is_entered_anew(agent: Agent, station: WorkStation) -> None:
    came = agent.send(changed(flat(), "CZ00000009", housing__occupant_count=2))

    assert came == Delivered("CZ00000001")
    assert actions(station) == ["新增"]


def test_a_change_that_they_hold_already_is_not_entered(agent: Agent, station: WorkStation) -> None:
    agent.send(flat())

    assert agent.send(changed(flat(), "CZ00000001")) == Delivered("CZ00000001")
    assert actions(station) == ["新增"]


def test_one_browser_and_one_sign_in_do_for_many(agent: Agent, station: WorkStation) -> None:
    agent.forget()

    for person in range(4):
        assert isinstance(agent.send(tenant(person)), Delivered)

    assert station.opened.count("index.do") == 1
    assert station.store.sizes() == {"residents": 4}


def test_several_at_once_are_entered_one_after_the_other(agent: Agent, station: WorkStation) -> None:
    async def run(parcels: list[Parcel]) -> list[Outcome]:
        return list(await agent.connector.send(parcels))

    station.faults.script(number(1), "请填写联系电话")

    came = agent.runner.run(run([tenant(0), tenant(1), flat()]))

    assert [type(one) for one in came] == [Delivered, Rejected, Delivered]


# --- It is looked up first -----------------------------------------------------------------------------------------


def test_the_same_again_is_there_already(agent: Agent, station: WorkStation) -> None:
    agent.send(tenant())

    came = agent.send(tenant())

    assert came == AlreadyThere("JM00000001", code="held")
    assert evidence(came).startswith(b"\x89PNG")
    assert actions(station) == ["新增"]


def test_a_wide_letter_is_no_other_content(agent: Agent, station: WorkStation) -> None:
    agent.send(tenant(employer_name="Ｔｅｓｔ（电子）有限公司"))

    assert isinstance(agent.send(tenant(employer_name="test(电子) 有限公司")), AlreadyThere)


def test_an_answer_that_was_lost_is_in_doubt_and_the_form_was_handed_in_once(
    agent: Agent, station: WorkStation
) -> None:
    station.faults.set("answer_lost", times=1)
    with pytest.raises(Unavailable) as caught:
        agent.send(tenant())
    assert caught.value.maybe_sent

    assert agent.send(tenant()) == AlreadyThere("JM00000001", code="held")
    assert actions(station) == ["新增"]


def test_what_a_clerk_had_filed_otherwise_is_made_as_it_should_be(agent: Agent, station: WorkStation) -> None:
    agent.send(tenant())

    came = agent.send(tenant(phone="13912349999"))

    assert came == Delivered("JM00000001")
    assert (station.store.get("residents", "JM00000001") or {})["联系电话"] == "13912349999"
    assert actions(station) == ["新增", "修改"]


def test_a_number_that_is_filed_under_another_name_is_for_people(agent: Agent, station: WorkStation) -> None:
    agent.send(tenant())

    came = agent.send(tenant(name="李四"))

    assert came == Conflict("name", "对方档案中，这个证件号码是另一个姓名")
    assert actions(station) == ["新增"]


def test_a_name_is_corrected_where_the_file_is_known(agent: Agent, station: WorkStation) -> None:
    agent.send(tenant())

    came = agent.send(changed(tenant(), "JM00000001", name="张炜"))

    assert came == Delivered("JM00000001")


def test_of_several_files_only_the_known_one_is_touched(agent: Agent, station: WorkStation) -> None:
    station.faults.set("twice", times=1)
    assert agent.send(tenant()) == Delivered("JM00000001")

    unknown = agent.send(tenant())
    known = agent.send(changed(tenant(), "JM00000002", phone="13912349999"))

    assert isinstance(unknown, Conflict) and unknown.code == "several"
    assert known == Delivered("JM00000002")
    files = station.store.table("residents")
    assert [files[one]["联系电话"] for one in sorted(files)] == ["13912340001", "13912349999"]


def test_what_only_their_program_knows_of_is_there_already(agent: Agent, station: WorkStation) -> None:
    station.faults.set("duplicate")

    came = agent.send(tenant())

    assert came == AlreadyThere("", code="exists")
    assert evidence(came).startswith(b"\x89PNG")


# --- It is proven afterwards ---------------------------------------------------------------------------------------


def test_a_receipt_without_a_file_behind_it_is_no_success(agent: Agent, station: WorkStation) -> None:
    station.faults.set("lose")

    came = agent.send(tenant())

    assert isinstance(came, Unknown)
    assert station.store.sizes() == {}


def test_what_the_head_of_the_station_sends_back_goes_to_the_worker(agent: Agent, station: WorkStation) -> None:
    station.faults.script(number(0), "站长退回:户号为空", times=1)
    back = Rejected("sent_back", "站长退回:户号为空", ("household.household_no",))

    assert agent.send(tenant()) == back
    assert agent.send(tenant()) == back  # it stands there still, and entering it again would help nobody
    assert agent.read_back(tenant()) == [Differs("JM00000001", ("household.household_no",))]
    assert agent.send(tenant(household__household_no="990000014")) == Delivered("JM00000001")
    assert actions(station) == ["新增", "修改"]
