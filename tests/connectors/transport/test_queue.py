"""Publishing to a broker: what is confirmed, what is refused, and an honest word on what may have been sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.transport import broker_line
from connectors.transport.broker_line import Line
from connectors.transport.queue import Letter, Queue
from gridapp.contract import Misconfigured, Unavailable
from tests.connectors.transport.broker import House, letters, open_house
from tests.connectors.transport.test_tls import Certificate


def in_house(act: Callable[[House], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with open_house() as house:
            return await act(house)

    return asyncio.run(run())


async def refused(queue: Queue, sent: list[Letter]) -> Unavailable | Misconfigured:
    with pytest.raises((Unavailable, Misconfigured)) as raised:
        async with queue:
            await queue.publish(sent)
    error = raised.value
    assert isinstance(error, Unavailable | Misconfigured)
    return error


# --- Nothing happens -------------------------------------------------------------------------------------------------


def test_no_letters_are_no_connection() -> None:
    async def act(house: House) -> None:
        await house.close()
        async with house.queue() as queue:
            assert await queue.publish([]) == []
        await house.open()

    in_house(act)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "amqp://", "127.0.0.1:5672", "amqp://a:b@127.0.0.1/", "amqp://["])
def test_an_address_that_is_none_is_the_operators(url: str) -> None:
    with pytest.raises(Misconfigured, match="url"):
        Line(url, user="u", password="p", exchange="e")


def test_a_routing_key_that_does_not_fit_is_a_slip_of_ours() -> None:
    async def act(house: House) -> None:
        async with house.queue() as queue:
            with pytest.raises(ValueError, match="255"):
                await queue.publish(letters(1, key="9" * 256))
        assert house.taken == []

    in_house(act)


# --- Confirmed -------------------------------------------------------------------------------------------------------


def test_what_is_confirmed_is_there_in_its_order_and_outlives_the_broker() -> None:
    async def act(house: House) -> None:
        async with house.queue() as queue:
            assert await queue.publish(letters(50)) == [None] * 50
        assert house.taken == [letter.body for letter in letters(50)]
        first = house.broker.queues["intake"].ready[0]
        assert (first.key, first.properties.message_id) == (letters(1)[0].key, letters(1)[0].id)
        assert (first.properties.delivery_mode, first.properties.headers) == (2, {"n": "0"})

    in_house(act)


def test_a_large_letter_travels_in_frames() -> None:
    async def act(house: House) -> None:
        large = Letter("1", "k", b"x" * 5_000_000, {})
        async with house.queue() as queue:
            assert await queue.publish([large]) == [None]
        assert house.taken == [large.body]

    in_house(act)


def test_a_slow_broker_is_waited_for() -> None:
    async def act(house: House) -> None:
        house.faults.set("slow", 0.3)
        async with house.queue() as queue:
            assert await queue.publish(letters(3)) == [None] * 3

    in_house(act)


# --- Refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"password": "guessed"}, "403"),
        ({"user": "nobody"}, "403"),
        ({"exchange": "gone"}, "404"),
        ({"exchange": "closed"}, "403"),
    ],
)
def test_what_was_configured_wrongly_is_the_operators(setting: dict[str, Any], code: str) -> None:
    error = in_house(lambda house: refused(house.queue(**setting), letters(2)))

    assert isinstance(error, Misconfigured)
    assert error.code == code


def test_what_nobody_would_read_is_the_operators() -> None:
    async def act(house: House) -> None:
        house.broker.unbind("intake")
        error = await refused(house.queue(), letters(2))
        assert isinstance(error, Misconfigured)
        assert error.code == "312"

    in_house(act)


def test_a_letter_that_nobody_would_read_stops_no_other() -> None:
    async def act(house: House) -> None:
        house.broker.unbind("intake")
        house.broker.bind("topic.out", "wanted.*", "intake")
        sent = [Letter("1", "wanted.1", b"1", {}), Letter("2", "unwanted", b"2", {}), Letter("3", "wanted.3", b"3", {})]
        async with house.queue() as queue:
            fates = await queue.publish(sent)
        assert [type(fate) for fate in fates] == [type(None), Misconfigured, type(None)]
        assert house.taken == [b"1", b"3"]

    in_house(act)


def test_a_broker_that_is_full_has_taken_nothing() -> None:
    async def act(house: House) -> None:
        house.faults.set("too_many", times=1)
        async with house.queue() as queue:
            fates = await queue.publish(letters(3))
        assert [isinstance(fate, Unavailable) and not fate.maybe_sent for fate in fates] == [True, False, False]
        house.faults.set("too_many")
        error = await refused(house.queue(), letters(3))
        assert isinstance(error, Unavailable)
        assert not error.maybe_sent

    in_house(act)


# --- Trouble ---------------------------------------------------------------------------------------------------------


async def after(house: House, fault: str, count: int = 2, **value: Any) -> Unavailable:
    house.faults.set(fault, **value)
    error = await refused(house.queue(deadline=2), letters(count))
    assert isinstance(error, Unavailable), error
    return error


@pytest.mark.parametrize("fault", ["hang", "reset", "error_5xx", "answer_lost"])
def test_a_letter_that_left_and_was_not_confirmed_is_in_doubt(fault: str) -> None:
    began = time.monotonic()

    error = in_house(lambda house: after(house, fault))

    assert error.maybe_sent
    assert time.monotonic() - began < 20


def test_where_nobody_listens_nothing_was_sent() -> None:
    async def act(house: House) -> None:
        await house.close()
        error = await refused(house.queue(), letters(2))
        assert isinstance(error, Unavailable)
        assert not error.maybe_sent
        await house.open()

    in_house(act)


def test_a_batch_that_is_cut_in_the_middle_knows_what_is_certain_and_what_is_not() -> None:
    async def act(house: House) -> None:
        async with house.queue(deadline=2) as queue:
            await queue.check()
            house.faults.set("answer_lost", times=1)
            sent = letters(400)
            # The first hundred are confirmed before the fault is met: it is asked for at the hundred and first.
            taken = house.faults.take
            seen = 0

            def hundred(name: str) -> Any:
                nonlocal seen
                seen += name == "answer_lost"
                return taken(name) if name != "answer_lost" or seen > 100 else None

            house.faults.take = hundred  # type: ignore[method-assign]
            fates = await queue.publish(sent)

        confirmed = [place for place, fate in enumerate(fates) if fate is None]
        doubtful = [place for place, fate in enumerate(fates) if isinstance(fate, Unavailable) and fate.maybe_sent]
        assert confirmed == list(range(100))
        assert 100 in doubtful
        assert doubtful == list(range(100, 100 + len(doubtful)))
        assert house.taken == [letter.body for letter in sent[:101]]

    in_house(act)


def test_a_line_that_died_while_nobody_looked_is_replaced_before_anything_is_written() -> None:
    async def act(house: House) -> None:
        async with house.queue() as queue:
            await queue.publish(letters(1))
            await house.close()
            await house.open()
            assert await queue.publish(letters(2)) == [None] * 2

    in_house(act)


def test_a_page_instead_of_a_broker_is_the_operators() -> None:
    async def act(house: House) -> None:
        house.faults.set("html_instead")
        error = await refused(house.queue(), letters(1))
        assert isinstance(error, Misconfigured)
        assert error.code == "protocol"

    in_house(act)


def test_another_version_of_the_protocol_is_the_operators() -> None:
    async def older(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(b"AMQP\x03\x01\x00\x00")
        await writer.drain()
        writer.close()

    async def run() -> Misconfigured | Unavailable:
        server = await asyncio.start_server(older, "127.0.0.1", 0)
        async with server:
            house = House()
            house.port = server.sockets[0].getsockname()[1]
            return await refused(house.queue(), letters(1))

    error = asyncio.run(run())

    assert isinstance(error, Misconfigured)
    assert error.code == "protocol"


# --- Encryption ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trusted", [True, False])
def test_certificates_are_checked(tmp_path: Path, trusted: bool) -> None:
    certificate = Certificate(tmp_path)

    async def run() -> Any:
        authorities = certificate.pem if trusted else ""
        async with open_house(certificate.context()) as house, house.queue(authorities=authorities) as queue:
            return await queue.publish(letters(1))

    if trusted:
        assert asyncio.run(run()) == [None]
    else:
        with pytest.raises(Misconfigured, match="tls"):
            asyncio.run(run())


def test_a_certificate_of_another_host_is_none(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path, address="127.0.0.2")

    async def run() -> Any:
        async with open_house(certificate.context()) as house:
            return await refused(house.queue(authorities=certificate.pem), letters(1))

    assert isinstance(asyncio.run(run()), Misconfigured)


def test_an_answer_without_end_is_not_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_line, "LARGEST", 1_000_000)

    async def act(house: House) -> None:
        house.answer(b"x" * 5_000_000)
        async with house.queue() as queue:
            with pytest.raises(Unavailable):
                await queue.look()
        assert house.waiting == [b"x" * 5_000_000]

    in_house(act)
