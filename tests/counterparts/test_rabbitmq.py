"""The work safety connector and its department with a RabbitMQ between them that is killed in the middle."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import aio_pika
import pytest

from connectors.subject import Subject
from connectors.trial import Trial
from connectors.work_safety.connector import WorkSafety
from connectors.work_safety.sandbox import PLACE_TOPIC, RESULT_TOPIC, WorkSafetyOffice
from gridapp.contract import Delivered, Kind, Misconfigured, NotYet, Outcome, Parcel, Submitted, Unavailable, Unknown
from tests.conftest import Until
from tests.counterparts.rabbit import DISTRICT, Rabbit

RESULTS = f"{RESULT_TOPIC}.990101"


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory, until: Until) -> Iterator[Rabbit]:
    running = Rabbit(tmp_path_factory.mktemp("rabbitmq"), until, exchange=PLACE_TOPIC, queue=RESULTS)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def office(rabbit: Rabbit) -> Iterator[WorkSafetyOffice]:
    running = WorkSafetyOffice(broker=rabbit.staff_url, user=DISTRICT[0], password=DISTRICT[1])
    running.start()
    yield running
    running.stop()
    asyncio.run(emptied(rabbit))


async def emptied(rabbit: Rabbit) -> None:
    connection = await aio_pika.connect(rabbit.staff_url)
    async with connection:
        channel = await connection.channel()
        for name in (RESULTS, "safety.place.intake"):
            await (await channel.get_queue(name)).purge()


def flats(office: WorkSafetyOffice, numbers: Sequence[int]) -> list[Parcel]:
    trial = Trial(Subject(WorkSafety, "connectors.work_safety", WorkSafetyOffice), office)
    return [trial.parcel(Kind.HOUSING, number) for number in numbers]


def ask(office: WorkSafetyOffice, question: Callable[[WorkSafety], Any], **settings: str) -> Any:
    async def asked() -> Any:
        async with WorkSafety({**office.settings(), **settings}) as connector:
            return await question(connector)

    return asyncio.run(asked())


async def decided(connector: WorkSafety, tickets: Sequence[str]) -> list[Outcome]:
    """Asks until everything is decided, for whoever calls within a minute."""
    async with asyncio.timeout(60):
        outcomes: Sequence[Outcome | None] = [None]
        while None in outcomes:
            await asyncio.sleep(0.1)
            try:
                outcomes = await connector.track(tickets)
            except Unavailable:
                outcomes = [None]
        return [one for one in outcomes if one is not None]


def test_events_arrive_and_their_results_come_back(office: WorkSafetyOffice) -> None:
    async def there_and_back(connector: WorkSafety) -> list[Outcome]:
        said = await connector.send(flats(office, range(20)))
        return await decided(connector, [one.ticket for one in said if isinstance(one, Submitted)])

    outcomes = ask(office, there_and_back)

    assert [type(one) for one in outcomes] == [Delivered] * 20
    assert len(office.store.table("places")) == 20


def test_what_one_connection_did_not_take_the_next_one_finds(office: WorkSafetyOffice, until: Until) -> None:
    said = ask(office, lambda connector: connector.send(flats(office, range(3))))
    tickets = [one.ticket for one in said]
    until(lambda: len(office.store.table("places")) == 3)

    first = ask(office, lambda connector: decided(connector, tickets[:1]))
    others = ask(office, lambda connector: decided(connector, tickets[1:]))

    assert [type(one) for one in [*first, *others]] == [Delivered] * 3


def test_an_event_that_nobody_would_read_is_not_called_sent(rabbit: Rabbit, office: WorkSafetyOffice) -> None:
    async def unbind() -> None:
        connection = await aio_pika.connect(rabbit.staff_url)
        async with connection:
            channel = await connection.channel()
            await (await channel.get_queue("safety.place.intake")).unbind(PLACE_TOPIC, "#")

    asyncio.run(unbind())

    with pytest.raises(Misconfigured, match="312"):
        ask(office, lambda connector: connector.send(flats(office, range(2))))


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"password": "guessed"}, "403"),
        ({"exchange": "grid.safety.place.v2"}, "404"),
        ({"result_queue": "grid.safety.result.v1.990102"}, "404"),
        ({"exchange": "amq.topic"}, "403"),
    ],
)
def test_what_was_configured_wrongly_is_told_from_an_outage(
    office: WorkSafetyOffice, setting: dict[str, str], code: str
) -> None:
    async def use(connector: WorkSafety) -> None:
        await connector.check()
        await connector.send(flats(office, range(1)))

    with pytest.raises(Misconfigured, match=code):
        ask(office, use, **setting)


def test_a_broker_that_is_killed_in_the_middle_loses_nothing(
    rabbit: Rabbit, office: WorkSafetyOffice, until: Until
) -> None:
    parcels = flats(office, range(300))
    tickets: dict[str, str] = {}

    async def send_what_is_left(connector: WorkSafety) -> None:
        waiting = [parcel for parcel in parcels if parcel.key not in tickets]
        batch = waiting[:50]
        try:
            said = await connector.send(batch)
        except Unavailable:
            await asyncio.sleep(0.2)
            return
        for parcel, one in zip(batch, said, strict=True):
            assert isinstance(one, Submitted | Unknown | NotYet)
            if isinstance(one, Submitted):
                tickets[parcel.key] = one.ticket

    async def through_an_outage(connector: WorkSafety) -> list[Outcome]:
        while len(tickets) < 100:
            await send_what_is_left(connector)
        # In the middle of a batch, not between two.
        killing = asyncio.create_task(asyncio.to_thread(rabbit.kill))
        while not killing.done():
            await send_what_is_left(connector)
        starting = asyncio.create_task(asyncio.to_thread(rabbit.start))
        while len(tickets) < 300:
            await send_what_is_left(connector)
        await starting
        return await decided(connector, list(tickets.values()))

    outcomes = ask(office, through_an_outage)

    assert Counter(type(one) for one in outcomes) == {Delivered: 300}
    assert len(office.store.table("places")) == 300
    assert len({place["placeId"] for place in office.store.table("places").values()}) == 300
