"""What the office holds of a person, as far as it can be asked: nothing, a lead, a file, something else."""

from __future__ import annotations

import pytest

from connectors.elder_care.connector import ElderCare
from connectors.elder_care.sandbox import ElderCareOffice
from gridapp.contract import (
    AlreadyThere,
    Delivered,
    Differs,
    NotYet,
    Outcome,
    Rejected,
    Submitted,
    Unavailable,
    Unknown,
)
from tests.connectors.elder_care.calls import WOMAN, at, elder, held, send, visited


def test_nothing_held_is_said_so(office: ElderCareOffice) -> None:
    assert held(office, elder(), elder("left_the_city")) == [NotYet("查无记录"), AlreadyThere()]


def test_a_lead_that_waits_for_its_visit_is_held_under_its_ticket(office: ElderCareOffice) -> None:
    (came,) = send(office, elder())
    assert isinstance(came, Submitted)
    lead = office.store.get("leads", came.ticket) or {}
    office.store.put("leads", came.ticket, {**lead, "due": lead["due"] + 3600})

    assert held(office, elder()) == [came]


def test_a_file_is_compared_field_by_field(office: ElderCareOffice) -> None:
    (first,) = visited(office, elder("phone_of_the_family"))
    assert isinstance(first, Delivered)
    as_sent = held(office, elder("phone_of_the_family"))
    office.store.put("files", WOMAN, {**office.store.table("files")[WOMAN], "jzzk": "02", "mz": "汉族"})

    changed_there = held(office, elder("phone_of_the_family"))

    assert as_sent == [first]
    assert changed_there == [Differs(first.reference, ("ethnicity", "care_living_mode"))]


def test_a_file_that_should_be_closed_or_should_not_be_differs(office: ElderCareOffice) -> None:
    (first,) = visited(office, elder())
    assert isinstance(first, Delivered)
    should_be_closed = held(office, elder("left_the_city"))
    send(office, elder("left_the_city"))

    assert should_be_closed == [Differs(first.reference)]
    assert held(office, elder(), elder("left_the_city")) == [Differs(first.reference), Delivered(first.reference)]


def test_a_lead_that_went_back_counts_for_the_entry_it_was_about(office: ElderCareOffice) -> None:
    office.faults.script(WOMAN, "E10", times=1)
    visited(office, elder(key=1))

    of_this, of_a_newer = held(office, elder(key=1), elder(key=2))

    assert isinstance(of_this, Rejected)
    assert isinstance(of_a_newer, NotYet)


def test_what_could_not_be_asked_in_time_is_not_known(office: ElderCareOffice) -> None:
    async def asking(connector: ElderCare) -> list[Outcome]:
        await connector.check()
        office.faults.set("error_5xx")
        with pytest.raises(Unavailable):
            await connector.read_back([elder()])
        office.faults.clear()
        first = await connector.read_back([elder()])
        connector._begin_within = -1.0
        return [*first, *await connector.read_back([elder(), elder()])]

    assert at(office, asking) == [NotYet("查无记录"), NotYet("查无记录"), Unknown("尚未查询")]
