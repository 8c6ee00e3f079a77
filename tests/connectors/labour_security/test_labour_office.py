"""The connector against the running department: refusals, changes, pace, what it holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from connectors.labour_security.connector import LabourSecurity
from connectors.labour_security.sandbox import LabourOffice
from gridapp.contract import (
    Action,
    AlreadyThere,
    Conflict,
    Connector,
    Delivered,
    Differs,
    Misconfigured,
    NeedsFirst,
    NotApplicable,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Unknown,
)
from tests.connectors.labour_security.workers import NEW_FIRM, REGISTERED, number, read_back, send, tokens, worker

# --- Nothing happens ---------------------------------------------------------------------------------------------


def test_no_parcels_are_no_call(office: LabourOffice) -> None:
    assert send(office) == []
    assert tokens(office) == 0


def test_a_credit_code_that_does_not_fit_does_not_leave_the_house(office: LabourOffice) -> None:
    (came,) = send(office, worker(employer_uscc="9199010100000001A"))

    assert came == Rejected("inexpressible", "对方系统要求18位，现有17位", ("employer_uscc",))
    assert tokens(office) == 0


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"secret": "old"}, "302"),
        ({"mac_key": "old"}, "303"),
        ({"sm4_key": "0" * 32}, "303"),
        ({"sm4_key": "1"}, "sm4"),
    ],
)
def test_what_was_configured_wrongly_stops_everything(office: LabourOffice, setting: dict[str, str], code: str) -> None:
    with pytest.raises(Misconfigured, match=code):
        send(office, worker(), **setting)
    assert office.store.dump() == {}


def test_a_store_without_an_answer_keeps_nothing_and_is_found_out(office: LabourOffice) -> None:
    office.faults.set("lose", times=1)

    assert isinstance(send(office, worker())[0], Delivered)

    assert isinstance(read_back(office, worker())[0], NotYet)


# --- Pace --------------------------------------------------------------------------------------------------------


def test_a_batch_keeps_their_pace(office: LabourOffice) -> None:
    began = time.monotonic()

    came = send(office, *[worker(person) for person in range(1, 13)])

    assert [type(one) for one in came] == [Delivered] * 12
    assert time.monotonic() - began > 11 * 0.2


# --- Records -----------------------------------------------------------------------------------------------------


def test_a_worker_is_entered_in_their_words(office: LabourOffice) -> None:
    (came,) = send(office, worker(1, sex="2", education="30"))

    held = office.store.get("employments", number(1)) or {}
    assert isinstance(came, Delivered)
    assert came.gives == {"LB.AAC001": came.reference}
    assert (held["AAC005"], held["AAC006"], held["AAC011"]) == ("汉族", "1990-01-01", "31")
    assert (held["AAC001"], held["AAE100"]) == (came.reference, "1")


def test_the_registered_name_is_told_and_taking_it_passes(office: LabourOffice) -> None:
    send(office, worker(1))

    (came,) = send(office, worker(2, employer_name="测试电子"))

    assert isinstance(came, Rejected)
    assert came.fields == ("employer_name",)
    assert "测试电子科技有限公司" in came.reason
    (again,) = send(office, worker(2, employer_name="测试电子科技有限公司"))
    assert isinstance(again, Delivered)


def test_employed_elsewhere_is_the_supervisors_and_a_change_takes_them_along(office: LabourOffice) -> None:
    (first,) = send(office, worker(1))

    (conflict,) = send(office, worker(1, key=2, **NEW_FIRM))
    (changed,) = send(office, worker(1, key=3, action=Action.CHANGE, **NEW_FIRM))

    assert isinstance(conflict, Conflict)
    assert changed == first
    assert (office.store.get("employments", number(1)) or {})["AAB003"] == NEW_FIRM["employer_uscc"]


def test_who_leaves_is_employed_no_more_even_where_a_field_fits_no_longer(office: LabourOffice) -> None:
    (first,) = send(office, worker(1))
    assert isinstance(first, Delivered)
    leaving = replace(worker(1, key=2, action=Action.CLOSE, name="㛃" * 60), reference=first.reference)

    (came,) = send(office, leaving)

    assert came == Delivered(first.reference, first.gives)
    assert (office.store.get("employments", number(1)) or {})["AAE100"] == "0"


def test_a_registration_they_do_not_know_yet_is_waited_for(office: LabourOffice) -> None:
    office.store.put("void", REGISTERED["JZDJ.DJBH"], {})
    assert isinstance(send(office, worker())[0], NeedsFirst)

    office.store.remove("void", REGISTERED["JZDJ.DJBH"])

    assert isinstance(send(office, worker())[0], Delivered)


def test_while_the_books_are_closed_everything_waits(office: LabourOffice) -> None:
    office.faults.set("window_closed")

    came = send(office, worker(1), worker(2))

    assert [(type(one), getattr(one, "code", "")) for one in came] == [(NotYet, "201")] * 2
    assert office.store.dump() == {}


def test_a_child_is_not_theirs(office: LabourOffice) -> None:
    office.faults.script(number(1), "103")

    assert isinstance(send(office, worker(1))[0], NotApplicable)


def test_one_refusal_stops_nobody_else(office: LabourOffice) -> None:
    office.faults.script(number(2), "101")

    came = send(office, *[worker(person) for person in (1, 2, 3)])

    assert [type(one) for one in came] == [Delivered, Rejected, Delivered]


# --- What they hold ----------------------------------------------------------------------------------------------


def test_what_they_hold_can_be_asked(office: LabourOffice) -> None:
    send(office, worker(1), worker(2), worker(3))

    came = read_back(office, worker(1), worker(2, key=22), worker(3, phone="13912349999"), worker(4))

    assert [type(one) for one in came] == [Delivered, AlreadyThere, Differs, NotYet]
    assert isinstance(came[2], Differs)
    assert came[2].fields == ("phone",)


def test_an_end_is_done_when_nobody_is_employed_there(office: LabourOffice) -> None:
    send(office, worker(1))
    leaving = worker(1, key=2, action=Action.CLOSE)
    assert isinstance(read_back(office, leaving)[0], Differs)

    send(office, leaving)

    assert isinstance(read_back(office, leaving)[0], Delivered)
    assert isinstance(read_back(office, worker(9, action=Action.CLOSE))[0], Delivered)
    assert isinstance(read_back(office, worker(1))[0], Differs)


def test_what_could_not_be_asked_is_not_known_to_be_absent(office: LabourOffice) -> None:
    async def run() -> Sequence[Outcome]:
        async with LabourSecurity(office.settings()) as connector:
            await connector.send([worker(1), worker(2)])
            asked: list[Parcel] = [worker(1), worker(2)]
            await connector.read_back(asked[:1])
            office.faults.set("window_closed")
            return await connector.read_back(asked)

    assert [type(one) for one in asyncio.run(run())] == [Unknown, Unknown]


def test_checking_changes_nothing(office: LabourOffice) -> None:
    async def run(connector: Connector) -> None:
        async with connector:
            await connector.check()

    asyncio.run(run(LabourSecurity(office.settings())))
    with pytest.raises(Misconfigured, match="303"):
        asyncio.run(run(LabourSecurity(office.settings() | {"sm4_key": "0" * 32})))

    assert (office.store.dump(), len(office.ledger)) == ({}, 0)
