"""What the agent does with what the station refuses, at its door, and when it is only asked what it holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.workstation.sandbox import WorkStation
from gridapp.contract import (
    AlreadyThere,
    Delivered,
    Differs,
    Manual,
    Misconfigured,
    NotYet,
    Outcome,
    Rejected,
    Unavailable,
    Unknown,
)
from tests.connectors.workstation.agent import Agent, changed, flat, tenant

# --- What they refuse ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"employer_name": "名" * 51},
            Rejected("too_long", "对方页面“工作单位”限50个字，现有51个字", ("employer_name",)),
        ),
        ({"employer_name": "甲\n乙"}, Rejected("inexpressible", "对方页面“工作单位”只有一行", ("employer_name",))),
        (
            {"ethnicity": "98"},
            Manual("option", "对方页面的“民族”没有“外国血统中国籍人士”这一项，请人工代填", ("ethnicity",)),
        ),
        ({"marital_status": "90"}, Rejected("inexpressible", "", ("marital_status",))),
        ({"phone": "call me"}, Rejected("page", "联系电话格式不正确", ("phone",))),
    ],
)
def test_what_their_form_cannot_hold_is_never_cut_or_changed(
    agent: Agent, station: WorkStation, fields: dict[str, Any], expected: Outcome
) -> None:
    parcel = tenant()

    came = agent.send(replace(parcel, fields={**parcel.fields, **fields}))

    assert type(came) is type(expected)
    assert (came.code, came.fields) == (expected.code, expected.fields)  # type: ignore[union-attr]
    assert expected.reason in came.reason  # type: ignore[union-attr]
    assert station.store.sizes() == {}


def test_a_field_that_must_not_be_empty_is_named_by_the_page_itself(agent: Agent, station: WorkStation) -> None:
    parcel = tenant()
    fields = {name: value for name, value in parcel.fields.items() if name != "residency.relation_to_head"}

    came = agent.send(replace(parcel, fields=fields))

    assert came == Rejected("page", "请选择与户主关系", ("residency.relation_to_head",))
    assert len(station.ledger) == 0  # it was said before anything was handed in


# --- The door ------------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_tried_once(agent: Agent, station: WorkStation) -> None:
    agent.forget()
    station.faults.set("wrong_credentials")

    with pytest.raises(Misconfigured) as caught:
        agent.send(tenant())

    assert caught.value.code == "credentials"
    assert station.opened.count("login.do") == 2  # the page, and one try


def test_outside_their_hours_the_lane_waits(agent: Agent, station: WorkStation) -> None:
    for begin in (agent.forget, lambda: agent.send(tenant(7))):
        station.reset()
        begin()
        station.faults.set("window_closed")

        with pytest.raises(Unavailable, match="开放时间") as caught:
            agent.send(tenant())

        assert not caught.value.maybe_sent


def test_checking_signs_in_and_changes_nothing(agent: Agent, station: WorkStation) -> None:
    agent.forget()

    agent.check()

    assert station.opened.count("index.do") == 1
    assert (station.store.sizes(), len(station.ledger)) == ({}, 0)


def test_a_station_that_was_restarted_is_signed_into_again(agent: Agent, station: WorkStation) -> None:
    agent.send(tenant(1))
    station.stop()
    with pytest.raises(Unavailable) as caught:
        agent.send(tenant(2))
    station.start()

    assert not caught.value.maybe_sent
    assert isinstance(agent.send(tenant(2)), Delivered)


# --- Asking --------------------------------------------------------------------------------------------------------


def test_what_they_hold_is_found_as_it_is(agent: Agent, station: WorkStation) -> None:
    agent.send(tenant(1))
    agent.send(flat())

    came = agent.read_back(
        tenant(1),
        changed(tenant(1), "JM00000001"),
        tenant(1, phone="13912349999", employer_name="另一家公司"),
        tenant(2),
        flat(),
    )

    assert came == [
        AlreadyThere("JM00000001", code="held"),
        Delivered("JM00000001"),
        Differs("JM00000001", ("phone", "employer_name")),
        NotYet("对方没有这份档案"),
        AlreadyThere("CZ00000001", code="held"),
    ]
    assert [line["action"] for line in station.ledger.lines()] == ["新增", "新增"]


def test_nobody_can_say_what_stands_in_one_of_two_files_or_behind_a_picture(agent: Agent, station: WorkStation) -> None:
    station.faults.set("twice", times=1)
    agent.send(tenant())

    assert [type(one) for one in agent.read_back(tenant())] == [Unknown]
    agent.forget()
    station.faults.set("captcha")
    assert [type(one) for one in agent.read_back(tenant())] == [Unknown]
