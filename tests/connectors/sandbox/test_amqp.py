"""The sandbox's broker met by an ordinary client: what a broker promises, and that an account may do no more than it
needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aio_pika
import aiormq
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from yarl import URL

from connectors.sandbox.amqp import Account
from tests.connectors.transport.broker import BACK, OUT, PASSWORD, RESULTS, USER, House, open_house

STAFF = "staff"


def as_client(name: str, act: Callable[[House, AbstractChannel], Awaitable[Any]]) -> Any:
    """What `act` returns, with one channel of that account."""

    async def run() -> Any:
        async with open_house() as house:
            house.broker.accounts[STAFF] = Account(PASSWORD, staff=True)
            async with await connected(house, name) as connection:
                return await act(house, await connection.channel(on_return_raises=True))

    return asyncio.run(run())


async def connected(house: House, name: str = STAFF) -> aio_pika.abc.AbstractConnection:
    url = URL(f"amqp://127.0.0.1:{house.port}/").with_user(name).with_password(PASSWORD)
    return await aio_pika.connect(url)


async def publish(channel: AbstractChannel, *bodies: bytes, exchange: str = BACK, key: str = "d") -> None:
    topic = await channel.get_exchange(exchange, ensure=False)
    for body in bodies:
        await topic.publish(aio_pika.Message(body), key)


@pytest.mark.parametrize(("name", "password"), [("nobody", PASSWORD), (USER, "guessed"), (USER, "")])
def test_who_is_unknown_is_not_let_in(name: str, password: str) -> None:
    async def run() -> None:
        async with open_house() as house:
            await aio_pika.connect(host="127.0.0.1", port=house.port, login=name, password=password)

    with pytest.raises(aiormq.exceptions.ProbableAuthenticationError):
        asyncio.run(run())


@pytest.mark.parametrize(
    ("topic", "key", "comes"),
    [
        ("#", "a.b.c", True),
        ("#", "", True),
        ("a.*.c", "a.b.c", True),
        ("a.*", "a.b.c", False),
        ("*.c", "a.b.c", False),
        ("a.#", "a", True),
        ("#.c", "a.b.c", True),
        ("a", "b", False),
    ],
)
def test_a_topic_is_matched_word_by_word(topic: str, key: str, comes: bool) -> None:
    async def act(house: House, channel: AbstractChannel) -> int:
        events = await channel.declare_exchange("events", aio_pika.ExchangeType.TOPIC)
        queue = await channel.declare_queue("theirs")
        await queue.bind(events, topic)
        try:
            await publish(channel, b"1", exchange="events", key=key)
        except aio_pika.exceptions.PublishError:
            assert not comes
        return (await queue.declare()).message_count or 0

    assert as_client(STAFF, act) == int(comes)


def test_what_is_not_acknowledged_comes_again_in_its_order_and_says_so() -> None:
    async def act(house: House, channel: AbstractChannel) -> None:
        await publish(channel, b"1", b"2", b"3")
        async with await connected(house) as other:
            queue = await (await other.channel()).get_queue(RESULTS)
            first = await queue.get()
            await queue.get()
            await first.ack()
        queue = await channel.get_queue(RESULTS)
        came = [await queue.get(no_ack=True) for _ in range(2)]
        assert [(one.body, one.redelivered) for one in came] == [(b"2", True), (b"3", False)]
        assert await queue.get(fail=False) is None

    as_client(STAFF, act)


def test_a_consumer_gets_no_more_than_it_can_hold() -> None:
    async def act(house: House, channel: AbstractChannel) -> None:
        await publish(channel, *[b"%d" % number for number in range(10)])
        came: list[AbstractIncomingMessage] = []
        await channel.set_qos(prefetch_count=3)
        queue = await channel.get_queue(RESULTS)

        async def take(message: AbstractIncomingMessage) -> None:
            came.append(message)

        tag = await queue.consume(take)
        assert (await queue.declare()).message_count == 7
        for message in came[:3]:
            await message.ack()
        assert (await queue.declare()).message_count == 4
        assert [one.body for one in came] == [b"%d" % number for number in range(6)]
        await came[3].nack(requeue=True)  # and comes straight back, as the next in the row
        await came[4].reject(requeue=False)
        await queue.cancel(tag)
        assert (await queue.declare()).consumer_count == 0

    as_client(STAFF, act)


def test_two_consumers_share_the_work() -> None:
    async def act(house: House, channel: AbstractChannel) -> dict[str, int]:
        counted = {"first": 0, "second": 0}
        for name in counted:
            queue = await channel.get_queue(RESULTS)

            async def take(message: AbstractIncomingMessage, name: str = name) -> None:
                counted[name] += 1
                await message.ack()

            await queue.consume(take)
        await publish(channel, *[b"1"] * 10)
        await queue.declare()
        return counted

    assert as_client(STAFF, act) == {"first": 5, "second": 5}


def test_what_nobody_wants_comes_back() -> None:
    async def act(house: House, channel: AbstractChannel) -> None:
        house.broker.unbind(RESULTS)
        with pytest.raises(aio_pika.exceptions.PublishError):
            await publish(channel, b"1")

    as_client(STAFF, act)


def test_messages_outlive_the_door() -> None:
    async def run() -> list[bytes]:
        async with open_house() as house:
            house.answer(b"1", b"2")
            await house.close()
            await house.open()
            house.broker.accounts[STAFF] = Account(PASSWORD, staff=True)
            async with await connected(house) as connection:
                queue = await (await connection.channel()).get_queue(RESULTS)
                return [(await queue.get(no_ack=True)).body for _ in range(2)]

    assert asyncio.run(run()) == [b"1", b"2"]


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        (lambda channel: channel.declare_exchange("mine"), aiormq.exceptions.ChannelAccessRefused),
        (lambda channel: channel.declare_queue("mine"), aiormq.exceptions.ChannelAccessRefused),
        (lambda channel: publish(channel, b"1", exchange=BACK), aiormq.exceptions.ChannelAccessRefused),
        (lambda channel: channel.get_exchange("none"), aiormq.exceptions.ChannelNotFoundEntity),
        (lambda channel: channel.get_queue("none"), aiormq.exceptions.ChannelNotFoundEntity),
    ],
)
def test_the_account_may_do_nothing_but_publish_and_read(attempt: Any, error: type[Exception]) -> None:
    async def act(house: House, channel: AbstractChannel) -> None:
        with pytest.raises(error):
            await attempt(channel)

    as_client(USER, act)


def test_the_account_reads_no_queue_of_others() -> None:
    async def act(house: House, channel: AbstractChannel) -> None:
        queue = await channel.get_queue("intake")
        with pytest.raises(aiormq.exceptions.ChannelAccessRefused):
            await queue.get()

    as_client(USER, act)


def test_a_refused_channel_leaves_the_others_alone() -> None:
    async def run() -> None:
        async with open_house() as house, await connected(house, USER) as connection:
            first, second = await connection.channel(), await connection.channel()
            with pytest.raises(aiormq.exceptions.ChannelNotFoundEntity):
                await first.get_queue("none")
            await publish(second, b"1", exchange=OUT)
            assert house.taken == [b"1"]

    asyncio.run(run())


def test_an_emptied_broker_has_nothing_left_not_even_in_hands() -> None:
    async def act(house: House, channel: AbstractChannel) -> None:
        await publish(channel, b"1", b"2")
        queue = await channel.get_queue(RESULTS)

        async def keep(message: AbstractIncomingMessage) -> None:
            return

        await queue.consume(keep)
        house.broker.clear()
        await channel.close()
        assert house.waiting == []

    as_client(STAFF, act)
