"""The connector against the running department: batches that are taken or refused as one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.grid_governance.connector import GridGovernance
from connectors.grid_governance.mapping import PROFILE
from connectors.grid_governance.sandbox import GridLedger
from gridapp.contract import (
    Action,
    Conflict,
    Delivered,
    Kind,
    Misconfigured,
    NeedsFirst,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Unavailable,
    Unknown,
)
from gridapp.dictionary.documents import check_digit
from tests.connectors.grid_governance.open import opened
from tests.connectors.samples import sample
from tests.connectors.transport.raw_server import Request, Writer, reply, serving

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def department() -> Iterator[GridLedger]:
    running = GridLedger()
    running.start()
    yield running
    running.stop()


def send(department: GridLedger, *parcels: Parcel) -> Sequence[Outcome]:
    async def run() -> Sequence[Outcome]:
        async with GridGovernance(department.settings()) as connector:
            return await connector.send(parcels)

    return asyncio.run(run())


def number(person: int) -> str:
    first = f"99010119900101{person:03}"
    return first + check_digit(first)


def tenant(person: int, **changed: Any) -> Parcel:
    """The floating tenant of the samples under another number."""
    one = sample(SAMPLES, "floating_tenant", id_number=number(person), **changed)
    return one.parcel(PROFILE, key=f"{person:032x}")


def requests(department: GridLedger) -> int:
    """How often the gateway was called: every call has a nonce of its own."""
    return len(department._nonces)


# --- Nothing happens ---------------------------------------------------------------------------------------------


def test_no_parcels_are_no_call(department: GridLedger) -> None:
    assert send(department) == []
    assert requests(department) == 0


def test_an_address_they_would_cut_does_not_leave_the_house(department: GridLedger) -> None:
    (came,) = send(department, tenant(1, housing__address="长" * 81))

    assert isinstance(came, Rejected)
    assert came.fields == ("housing.address",)
    assert requests(department) == 0


def test_checking_changes_nothing(department: GridLedger) -> None:
    async def run() -> None:
        async with GridGovernance(department.settings()) as connector:
            await connector.check()

    asyncio.run(run())

    assert (department.store.dump(), len(department.ledger)) == ({}, 0)


def test_a_wrong_token_stops_everything(department: GridLedger) -> None:
    async def run() -> None:
        async with GridGovernance(department.settings() | {"token": "old"}) as connector:
            await connector.send([tenant(1)])

    with pytest.raises(Misconfigured, match="48001"):
        asyncio.run(run())
    assert department.store.dump() == {}


# --- Records -----------------------------------------------------------------------------------------------------


def test_residents_and_flats_go_to_books_of_their_own(department: GridLedger) -> None:
    flat = sample(SAMPLES, "shared_rental").parcel(PROFILE, key="f" * 32)

    person, house = send(department, tenant(1), flat)

    assert isinstance(person, Delivered)
    assert isinstance(house, Delivered)
    assert person.gives == {"WG.personId": person.reference}
    assert house.gives == {"WG.houseId": house.reference}
    assert department.store.get("persons", number(1)) is not None
    assert department.store.get("houses", "9901010010010000012000301") is not None


def test_what_is_sent_again_is_held_once_under_the_same_number(department: GridLedger) -> None:
    first = send(department, tenant(1))

    again = send(department, tenant(1, phone="13912349999"))

    assert again == first
    assert len(department.store.table("persons")) == 1
    assert (department.store.get("persons", number(1)) or {})["contact"] == "13912349999"


def test_what_was_taken_back_is_gone_there(department: GridLedger) -> None:
    department.store.put("persons", "990101199202290010", {"gridCode": "990101001001003"})

    (came,) = send(department, sample(SAMPLES, "moved_out").parcel(PROFILE))

    assert isinstance(came, Delivered)
    assert department.store.table("persons") == {}


def test_a_person_of_another_grid_is_the_supervisors(department: GridLedger) -> None:
    send(department, tenant(1))

    (came,) = send(department, tenant(1, housing__grid_code="990101001001004"))

    assert came == Conflict("41004", "该身份证号已存在于其他网格")


def test_who_has_left_the_other_grid_is_taken(department: GridLedger) -> None:
    send(department, tenant(1))
    leaving = sample(SAMPLES, "moved_out", id_number=number(1)).parcel(PROFILE)
    send(department, leaving)

    (came,) = send(department, tenant(1, housing__grid_code="990101001001004"))

    assert isinstance(came, Delivered)


# --- Batches -----------------------------------------------------------------------------------------------------


def test_a_whole_batch_is_one_call(department: GridLedger) -> None:
    came = send(department, *[tenant(person) for person in range(200)])

    assert {type(one) for one in came} == {Delivered}
    assert len({one.reference for one in came if isinstance(one, Delivered)}) == 200
    assert requests(department) == 1


def test_the_record_that_is_named_is_taken_out(department: GridLedger) -> None:
    """Their field checks name the record by its index, which saves the search."""
    department.faults.script(number(17), "41002")

    came = send(department, *[tenant(person) for person in range(100)])

    assert came[17] == Rejected("41002", "民族必须选择", ("ethnicity",))
    assert sum(isinstance(one, Delivered) for one in came) == 99
    assert requests(department) == 2


def test_the_record_that_is_not_named_is_found(department: GridLedger) -> None:
    department.faults.script(number(17), "41003")
    department.faults.script(number(80), "41004")

    came = send(department, *[tenant(person) for person in range(100)])

    assert came[17] == NeedsFirst("FWBM", "41003", "房屋编码不存在")
    assert isinstance(came[80], Conflict)
    assert sum(isinstance(one, Delivered) for one in came) == 98
    assert requests(department) < 40


def test_a_batch_of_nothing_but_refusals_is_refused_record_by_record(department: GridLedger) -> None:
    came = send(department, *[tenant(person, housing__housing_code="9" * 12 + "0" * 13) for person in range(8)])

    assert {type(one) for one in came} == {NeedsFirst}
    assert department.store.table("persons") == {}


def test_one_record_that_upsets_them_does_not_stop_the_others(department: GridLedger) -> None:
    department.faults.script(number(3), "50000")

    came = send(department, *[tenant(person) for person in range(8)])

    assert came[3] == NotYet("50000 内部错误", code="50000")
    assert sum(isinstance(one, Delivered) for one in came) == 7


def test_a_department_in_trouble_is_not_searched(department: GridLedger) -> None:
    department.faults.set("window_closed")

    came = send(department, *[tenant(person) for person in range(100)])

    assert set(came) == {NotYet("50000 内部错误", code="50000")}
    assert requests(department) == 3


def test_all_kinds_of_actions_travel_together(department: GridLedger) -> None:
    department.store.put("persons", "990101199202290010", {"gridCode": "990101001001003"})
    gone = sample(SAMPLES, "moved_out").parcel(PROFILE, key="a" * 32)
    flat = sample(SAMPLES, "owner_occupied").parcel(PROFILE, key="b" * 32)
    department.faults.script(number(2), "41004")

    came = send(department, tenant(1), gone, tenant(2), flat)

    assert [type(one) for one in came] == [Delivered, Delivered, Conflict, Delivered]
    assert list(department.store.table("persons")) == [number(1)]


# --- Trouble on the way ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "outcome"),
    [
        (reply("503 Busy", b"", "Retry-After: 9"), NotYet("对方要求稍后再试(503)", retry_after=9)),
        (reply("500 Error"), Unknown("对方出错(500)")),
        (reply("200 OK", b'{"errcode": 48001, "errmsg": "no"}'), NotYet("no", retry_after=0, code="48001")),
    ],
)
def test_what_was_decided_before_the_trouble_stays_decided(then: bytes, outcome: Outcome) -> None:
    """The rest waits; the next call meets the trouble for the whole lane."""
    answers = iter(
        [reply("200 OK", '{"errcode": 41002, "errmsg": "民族必须选择", "data": {"index": 1}}'.encode()), then]
    )

    async def behave(request: Request, writer: Writer) -> None:
        writer.write(next(answers))

    async def run() -> Sequence[Outcome]:
        async with serving(behave) as seen, opened(url=seen.url) as connector:
            return await connector.send([tenant(person) for person in range(3)])

    assert asyncio.run(run()) == [outcome, Rejected("41002", "民族必须选择", ("ethnicity",)), outcome]


def test_trouble_before_anything_is_decided_is_the_lanes(department: GridLedger) -> None:
    department.faults.set("error_5xx")

    with pytest.raises(Unavailable):
        send(department, tenant(1), sample(SAMPLES, "owner_occupied").parcel(PROFILE))


@pytest.mark.parametrize("action", [Action.CREATE, Action.CHANGE])
def test_their_number_goes_along_when_it_is_known(department: GridLedger, action: Action) -> None:
    (came,) = send(department, tenant(1))
    assert isinstance(came, Delivered)
    one = tenant(1)

    send(department, Parcel(one.key, Kind.RESIDENT, action, one.fields, one.worker, one.made_at, came.reference))

    assert (department.store.get("persons", number(1)) or {})["personId"] == came.reference
