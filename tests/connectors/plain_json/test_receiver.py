"""The connector against the running receiver: one record, one POST."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.plain_json.connector import PlainJson
from connectors.plain_json.mapping import PROFILE
from connectors.plain_json.sandbox import PlainReceiver
from gridapp.contract import Action, Delivered, Misconfigured, NotYet, Outcome, Parcel, Rejected
from tests.connectors.samples import sample

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def receiver() -> Iterator[PlainReceiver]:
    running = PlainReceiver()
    running.start()
    yield running
    running.stop()


def send(receiver: PlainReceiver, *parcels: Parcel, **settings: str) -> Sequence[Outcome]:
    async def run() -> Sequence[Outcome]:
        async with PlainJson(receiver.settings() | settings) as connector:
            return await connector.send(parcels)

    return asyncio.run(run())


def tenant(number: int = 0, **changed: Any) -> Parcel:
    return sample(SAMPLES, "floating_tenant", **changed).parcel(PROFILE, key=f"{number:032x}")


def test_no_parcels_are_no_request(receiver: PlainReceiver) -> None:
    assert send(receiver) == []
    assert len(receiver.ledger) == 0


def test_a_wrong_token_stops_everything(receiver: PlainReceiver) -> None:
    with pytest.raises(Misconfigured, match="401"):
        send(receiver, tenant(), token="of another")


def test_a_name_beyond_their_limit_does_not_leave_the_house(receiver: PlainReceiver) -> None:
    (came,) = send(receiver, tenant(name="长" * 51))

    assert isinstance(came, Rejected)
    assert came.fields == ("name",)
    assert len(receiver.ledger) == 0


def test_a_batch_is_a_request_each(receiver: PlainReceiver) -> None:
    came = send(receiver, *[tenant(number) for number in range(200)])

    assert {type(one) for one in came} == {Delivered}
    assert receiver.store.sizes() == {"records": 200}
    assert [one.reference for one in came if isinstance(one, Delivered)] == [
        f"R-{number:032x}" for number in range(200)
    ]


def test_what_they_miss_is_the_workers_to_give(receiver: PlainReceiver) -> None:
    good, bad = send(receiver, tenant(1), tenant(2, name=None))

    assert isinstance(good, Delivered)
    assert bad == Rejected("missing", "姓名必须填写", ("name",))


def test_one_busy_answer_among_many_is_that_records_own(receiver: PlainReceiver) -> None:
    async def run() -> Sequence[Outcome]:
        async with PlainJson(receiver.settings()) as connector:
            await connector.send([tenant(0)])
            receiver.faults.set("error_5xx", 1)
            return await connector.send([tenant(number) for number in range(1, 20)])

    came = asyncio.run(run())

    assert sum(isinstance(one, NotYet) for one in came) == 1
    assert receiver.store.sizes() == {"records": 19}


def test_an_end_takes_the_record_out(receiver: PlainReceiver) -> None:
    (came,) = send(receiver, tenant())
    assert isinstance(came, Delivered)

    send(receiver, replace(tenant(1), action=Action.CLOSE, reference=came.reference))

    assert receiver.store.table("records") == {}


def test_checking_asks_and_leaves_nothing(receiver: PlainReceiver) -> None:
    async def run() -> None:
        async with PlainJson(receiver.settings()) as connector:
            await connector.check()

    asyncio.run(run())

    assert (receiver.store.dump(), len(receiver.ledger)) == ({}, 0)
