"""The page is not the one of yesterday: whatever has changed, nothing wrong is ever called a success."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.workstation.sandbox import CHANGES, WorkStation
from gridapp.contract import AlreadyThere, Delivered, Manual, Misconfigured, NotYet, Parcel
from tests.connectors.workstation.agent import Agent, changed, flat, number, tenant

SAID = {
    "renamed_field": "缺少“身份证号”，多出“证件号码”",
    "moved_field": "各栏的次序不同",
    "swapped_names": "“姓名”栏换了字段",
    "changed_option": "“政治面貌”的选项不同",
    "new_field": "多出“备注”",
    "text_for_list": "“性别”不再是选项",
    "extra_confirm": "对方页面问了说明以外的话：该操作将覆盖原有档案，是否继续？",
    "renamed_button": "对方页面上没有说明中的内容",
    "new_title": "对方页面应为“居民档案登记”，现为“居民档案登记(新版)”",
}
"""Each change of the form, and what the operator reads."""


@pytest.mark.parametrize("change", SAID)
def test_a_changed_form_stops_the_lane_and_stores_nothing(agent: Agent, station: WorkStation, change: str) -> None:
    station.faults.set("page_changed", change)

    with pytest.raises(Misconfigured) as caught:
        agent.send(tenant())

    assert caught.value.code == "page"
    assert SAID[change] in caught.value.reason
    assert caught.value.evidence.startswith(b"\x89PNG")
    assert (station.store.sizes(), len(station.ledger)) == ({}, 0)


def test_every_change_of_the_sandbox_is_tried_here() -> None:
    assert set(CHANGES) == {*SAID, "no_receipt", "other_receipt", "cut_on_the_way"}


@pytest.mark.parametrize("change", ["no_receipt", "other_receipt"])
def test_a_receipt_that_is_not_ours_is_no_success(agent: Agent, station: WorkStation, change: str) -> None:
    station.faults.set("page_changed", change)

    with pytest.raises(Misconfigured, match="回执"):
        agent.send(tenant())

    station.faults.clear()
    assert agent.send(tenant()).reference == "JM00000001"  # type: ignore[union-attr] # looked up, not entered again
    assert len(station.ledger) == 1


@pytest.mark.parametrize("change", ["renamed_field", "changed_option", "new_field"])
@pytest.mark.parametrize("record", [flat, lambda: changed(tenant(), "JM00000001", phone="13912349999")])
def test_the_other_form_and_the_form_of_a_change_are_held_against_the_manual_too(
    agent: Agent, station: WorkStation, change: str, record: Callable[[], Parcel]
) -> None:
    agent.send(tenant())
    before = station.dump()["store"]
    station.faults.set("page_changed", change)

    with pytest.raises(Misconfigured, match="page"):
        agent.send(record())

    assert station.dump()["store"] == before


def test_what_they_cut_on_the_way_is_found_when_it_is_read_again(agent: Agent, station: WorkStation) -> None:
    station.faults.set("page_changed", "cut_on_the_way")

    came = agent.send(tenant())

    assert came == Manual(
        "differs", "对方保存的“户籍地址”与填入的不同，请人工核对", ("hukou_address", "housing.address")
    )


@pytest.mark.parametrize("where", ["login", "form", "save"])
def test_a_picture_to_be_read_waits_for_a_person(agent: Agent, station: WorkStation, where: str) -> None:
    agent.forget()
    station.faults.set("captcha", where)

    came = agent.send(tenant())

    assert came == Manual("captcha", "对方页面要求输入验证码，请人工代填")
    assert station.store.sizes() == {}
    station.faults.clear()
    assert isinstance(agent.send(tenant()), Delivered)


def test_checking_says_that_a_picture_is_wanted(agent: Agent, station: WorkStation) -> None:
    agent.forget()
    station.faults.set("captcha")

    with pytest.raises(Misconfigured, match="captcha"):
        agent.check()


PLACES = {
    "index.do": Delivered,
    "menu.do": Delivered,
    "list.do": Delivered,
    "edit.do": Delivered,
    "save.do": Delivered,
    "after save.do": AlreadyThere,
    "view.do": AlreadyThere,
}
"""Where it is lost, and what it is called when a second look finds it stored or not."""


@pytest.mark.parametrize("place", PLACES)
def test_a_session_that_is_lost_once_costs_a_sign_in(agent: Agent, station: WorkStation, place: str) -> None:
    agent.forget()
    station.faults.set("session_lost", place, times=1)

    came = agent.send(tenant())

    assert (type(came), getattr(came, "reference", "")) == (PLACES[place], "JM00000001")
    assert station.opened.count("index.do") == 2  # where a sign-in leads
    assert station.store.sizes() == {"residents": 1}
    assert [line["action"] for line in station.ledger.lines()] == ["新增"]


@pytest.mark.parametrize("place", ["list.do", "edit.do", "save.do"])
def test_a_session_that_is_lost_again_and_again_is_tried_later(agent: Agent, station: WorkStation, place: str) -> None:
    station.faults.set("session_lost", place)

    assert agent.send(tenant()) == NotYet("对方反复要求重新登录", code="session")
    assert station.store.sizes() == {}


def test_a_session_that_is_lost_whenever_something_is_stored_is_looked_up(agent: Agent, station: WorkStation) -> None:
    station.faults.set("session_lost", "after save.do")
    station.faults.script(number(0), "会话超时", times=1)

    came = agent.send(tenant())

    assert came == AlreadyThere("JM00000001", code="held")
    assert station.store.sizes() == {"residents": 1}
