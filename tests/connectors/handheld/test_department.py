"""The connector against the running department: packets of lines, each answered for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.handheld.connector import Handheld
from connectors.handheld.mapping import PROFILE
from connectors.handheld.packet import MOST_BYTES, MOST_LINES
from connectors.handheld.sandbox import HandheldBackEnd
from gridapp.contract import (
    AlreadyThere,
    Delivered,
    Manual,
    Misconfigured,
    NeedsFirst,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Unavailable,
    Unknown,
    Worker,
)
from gridapp.dictionary.documents import check_digit
from tests.connectors.samples import sample

SAMPLES = Path(__file__).parent / "samples"
FLAT = "9901010010010000012000301"


@pytest.fixture
def department() -> Iterator[HandheldBackEnd]:
    running = HandheldBackEnd()
    running.start()
    yield running
    running.stop()


def send(department: HandheldBackEnd, *parcels: Parcel) -> Sequence[Outcome]:
    async def run() -> Sequence[Outcome]:
        async with Handheld(department.settings()) as connector:
            return await connector.send(parcels)

    return asyncio.run(run())


def number(person: int) -> str:
    first = f"99010119900101{person:03}"
    return first + check_digit(first)


def tenant(person: int, name: str = "floating_tenant", **changed: Any) -> Parcel:
    one = sample(SAMPLES, name, id_number=number(person), **changed)
    return one.parcel(PROFILE, key=f"{person:032x}")


def with_fields(parcel: Parcel, **fields: Any) -> Parcel:
    """The parcel with other values; __ stands for the dot."""
    values = {name.replace("__", "."): value for name, value in fields.items()}
    return replace(parcel, fields={**parcel.fields, **values})


# --- Nothing happens ---------------------------------------------------------------------------------------------


def test_no_parcels_are_no_packet(department: HandheldBackEnd) -> None:
    assert send(department) == []
    assert len(department.ledger) == 0


def test_a_character_they_have_no_code_for_is_written_by_a_clerk(department: HandheldBackEnd) -> None:
    """B6: the name is right and stays; the others of the packet go on."""
    rare, other = send(department, with_fields(tenant(1), name="张㛃"), tenant(2))

    assert rare == Manual("gbk", "含GBK字符集以外的字“㛃”", ("name",))
    assert isinstance(other, Delivered)
    assert len(department.ledger) == 1


@pytest.mark.parametrize("mark", ["|", "\n", "\r"])
@pytest.mark.parametrize("field", ["hukou_address", "phone"])
def test_what_parts_their_columns_cannot_stand_in_a_value(department: HandheldBackEnd, field: str, mark: str) -> None:
    (came,) = send(department, tenant(1, **{field: f"139{mark}12340001"}))

    assert isinstance(came, Rejected)
    assert came.fields == (field,)
    assert len(department.ledger) == 0


def test_checking_changes_nothing(department: HandheldBackEnd) -> None:
    async def run() -> None:
        async with Handheld(department.settings()) as connector:
            await connector.check()

    asyncio.run(run())

    assert (department.store.dump(), len(department.ledger)) == ({}, 0)


@pytest.mark.parametrize("wrong", [{"password": "old"}, {"device": "PDA0"}, {"worker_no": "W9999"}])
def test_a_device_they_do_not_know_stops_everything(department: HandheldBackEnd, wrong: dict[str, str]) -> None:
    async def run() -> None:
        async with Handheld(department.settings() | wrong) as connector:
            await connector.send([tenant(1)])

    with pytest.raises(Misconfigured):
        asyncio.run(run())
    assert department.store.dump() == {}


def test_at_night_the_port_is_shut(department: HandheldBackEnd) -> None:
    department.faults.set("window_closed")

    with pytest.raises(Unavailable) as caught:
        send(department, tenant(1))

    assert not caught.value.maybe_sent


# --- Records -----------------------------------------------------------------------------------------------------


def test_residents_and_flats_travel_in_one_packet(department: HandheldBackEnd) -> None:
    flat = sample(SAMPLES, "shared_rental").parcel(PROFILE, key="f" * 32)

    person, house = send(department, tenant(1), flat)

    assert isinstance(person, Delivered)
    assert isinstance(house, Delivered)
    assert len(person.reference) == len(house.reference) == 16
    held = department.store.get("persons", f"{number(1)}|{FLAT}") or {}
    assert (held["XM"], held["MZ"], held["CSNY"], held["WHCD"], held["HF"]) == ("张伟", "汉", "1990/1/1", "4", "2")
    assert (department.store.get("houses", FLAT) or {})["FX"] == "2"


def test_the_same_again_is_there_already(department: HandheldBackEnd) -> None:
    send(department, tenant(1))

    assert send(department, tenant(1)) == [AlreadyThere(code="41")]
    assert department.store.sizes()["persons"] == 1


def test_a_new_record_that_differs_from_theirs_overwrites_it(department: HandheldBackEnd) -> None:
    """An answer was lost and the record changed meanwhile: 41 would have kept the old one there."""
    (first,) = send(department, tenant(1))

    again = send(department, tenant(1, phone="13912349999"))

    assert again == [first]
    assert (department.store.get("persons", f"{number(1)}|{FLAT}") or {})["DH"] == "13912349999"


@pytest.mark.parametrize("name", ["still_lives_here", "moved_out"])
def test_a_visit_and_a_move_keep_the_record_number(department: HandheldBackEnd, name: str) -> None:
    (first,) = send(department, tenant(1))

    (came,) = send(department, tenant(1, name))

    assert came == first
    assert department.store.sizes()["persons"] == (1 if name == "still_lives_here" else 0)


def test_who_is_gone_already_is_a_success(department: HandheldBackEnd) -> None:
    (came,) = send(department, tenant(1, "moved_out"))

    assert came == AlreadyThere("0000000000000007", code="41")


# --- Lines -------------------------------------------------------------------------------------------------------


def test_each_line_is_answered_for_itself(department: HandheldBackEnd) -> None:
    department.faults.script(number(2), "99", times=1)
    parcels = [
        tenant(1),
        tenant(2),
        tenant(3, housing__housing_code="T" + "0" * 24),
        tenant(4, housing__housing_code="9901010010000000012000301"),
        tenant(5),
    ]

    came = send(department, *parcels)

    assert [type(one) for one in came] == [Delivered, NotYet, NeedsFirst, Rejected, Delivered]


def test_a_line_without_an_answer_is_one_we_know_nothing_of(department: HandheldBackEnd) -> None:
    department.faults.script(number(1), "-", times=1)

    came = send(department, tenant(0), tenant(1), tenant(2))

    assert [type(one) for one in came] == [Delivered, Unknown, Delivered]
    assert send(department, tenant(1)) == [AlreadyThere(code="41")]


def test_one_worker_without_permission_is_returned_to_that_worker(department: HandheldBackEnd) -> None:
    department.unbound.add("W0109")
    stranger = replace(tenant(2), worker=Worker("W0109", "测试"))

    came = send(department, tenant(1), stranger)

    assert isinstance(came[0], Delivered)
    assert came[1] == Rejected("32", "权限越界,不能将数据导入到该网格下", ("housing.grid_code",))


def test_a_packet_that_is_refused_line_by_line_for_want_of_permission_stops_the_lane(
    department: HandheldBackEnd,
) -> None:
    department.unbound.add("W0107")

    with pytest.raises(Misconfigured, match="32"):
        send(department, tenant(1), tenant(2))


def test_a_packet_takes_a_hundred_lines_and_the_rest_waits(department: HandheldBackEnd) -> None:
    came = send(department, *[tenant(person) for person in range(103)])

    assert {type(one) for one in came[:MOST_LINES]} == {Delivered}
    assert set(came[MOST_LINES:]) == {NotYet("本包已满，随下一包发送", retry_after=0)}
    assert len(department.ledger) == MOST_LINES


def test_a_packet_stays_below_64_kilobytes(department: HandheldBackEnd) -> None:
    flat = with_fields(sample(SAMPLES, "shared_rental").parcel(PROFILE), housing__owner_name="测" * 1000)
    parcels = [replace(flat, key=f"{place:032x}") for place in range(50)]

    came = send(department, *parcels)

    sent = len(department.ledger)
    assert 25 < sent < MOST_BYTES // 2000
    assert {type(one) for one in came[sent:]} == {NotYet}


def test_a_line_that_fits_no_packet_is_returned(department: HandheldBackEnd) -> None:
    flat = with_fields(sample(SAMPLES, "shared_rental").parcel(PROFILE), housing__owner_name="测" * 40_000)

    (came,) = send(department, flat)

    assert isinstance(came, Rejected)
    assert len(department.ledger) == 0
