"""Reading results: acknowledged when whoever took them comes back, kept for others, forgotten when nobody ever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connectors.transport import unclaimed
from connectors.transport.queue import Queue, Received
from connectors.transport.unclaimed import Unclaimed
from gridapp.contract import Misconfigured, Unavailable
from tests.connectors.transport.broker import House, letters, open_house


def in_house(act: Callable[[House], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with open_house() as house:
            return await act(house)

    return asyncio.run(run())


def bodies(received: list[Received]) -> list[bytes]:
    return [one.body for one in received]


def test_everything_that_is_there_comes_into_the_hands() -> None:
    async def act(house: House) -> None:
        house.answer(*[b"%d" % number for number in range(1200)])
        async with house.queue() as queue:
            came = await queue.look()
            assert bodies(came) == [b"%d" % number for number in range(1200)]
            assert queue.read_to_end
            assert came[0].headers["of"] == "department"
            house.answer(b"late")
            assert b"late" in bodies(await queue.look())

    in_house(act)


def test_nothing_is_acknowledged_before_whoever_took_it_comes_back() -> None:
    async def act(house: House) -> None:
        house.answer(b"1", b"2", b"3")
        async with house.queue() as queue:
            queue.take((await queue.look())[:2])
            assert house.waiting == []  # in our hands
        assert house.waiting == [b"1", b"2", b"3"]  # and back

        async with house.queue() as queue:
            queue.take((await queue.look())[:2])
            assert bodies(await queue.look()) == [b"3"]
        assert house.waiting == [b"3"]

    in_house(act)


def test_what_nobody_took_waits_for_the_next_connection() -> None:
    async def act(house: House) -> None:
        house.answer(b"1", b"2")
        async with house.queue() as queue:
            queue.leave(await queue.look())
        async with house.queue() as queue:
            assert bodies(await queue.look()) == [b"1", b"2"]

    in_house(act)


def test_a_connection_that_breaks_gives_everything_back() -> None:
    async def act(house: House) -> None:
        house.answer(b"1", b"2")
        async with house.queue() as queue:
            queue.take(await queue.look())
            await house.close()
            with pytest.raises(Unavailable) as raised:
                await queue.look()
            assert not raised.value.maybe_sent
            await house.open()
            assert bodies(await queue.look()) == [b"1", b"2"]

    in_house(act)


def test_publishing_and_reading_share_a_line() -> None:
    async def act(house: House) -> None:
        async with house.queue() as queue:
            await queue.check()
            house.answer(b"before the confirm")
            assert await queue.publish(letters(2)) == [None] * 2
            assert bodies(await queue.look()) == [b"before the confirm"]

    in_house(act)


@pytest.mark.parametrize(("results", "code"), [("lost", "404"), ("intake", "403")])
def test_a_queue_that_is_not_ours_is_the_operators(results: str, code: str) -> None:
    async def act(house: House) -> str:
        async with house.queue(results=results) as queue:
            with pytest.raises(Misconfigured) as raised:
                await queue.look()
            return raised.value.code

    assert in_house(act) == code


def test_no_more_is_taken_into_the_hands_than_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.transport.broker_line.HELD", 10)
    monkeypatch.setattr("connectors.transport.queue.HELD", 10)

    async def act(house: House) -> None:
        house.answer(*[b"%d" % number for number in range(25)])
        async with house.queue() as queue:
            seen: list[bytes] = []
            for _ in range(3):
                came = await queue.look()
                assert len(came) <= 10
                seen += bodies(came)
                queue.take(came)
            assert seen == [b"%d" % number for number in range(25)]

    in_house(act)


def test_no_log_quotes_a_message(caplog: pytest.LogCaptureFixture) -> None:
    async def act(house: House) -> None:
        house.answer(b"the result of somebody")
        async with house.queue() as queue:
            await queue.publish(letters(1))
            await queue.look()
            house.faults.set("reset")
            with pytest.raises(Unavailable):
                await queue.publish(letters(1))

    with caplog.at_level("DEBUG"):
        in_house(act)

    assert not [quoted for quoted in ("letter 0", "the result of somebody") if quoted in caplog.text]


# --- What nobody asks for --------------------------------------------------------------------------------------------


async def offered_in_vain(queue: Queue, times: int) -> int:
    return sum([queue.leave(await queue.look()) for _ in range(times)])


def test_what_is_offered_in_vain_for_long_enough_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unclaimed, "PATIENCE", 1e-9)  # longer than no time at all

    async def act(house: House) -> None:
        house.answer(b"1", b"2")
        async with house.queue() as queue:
            assert await offered_in_vain(queue, 1) == 0
            assert await offered_in_vain(queue, 1) == 2
            assert await queue.look() == []
        assert house.waiting == []

    in_house(act)


def test_patience_outlives_a_connection_and_is_counted_by_the_time_of_being_asked() -> None:
    known = Unclaimed()

    assert known.nobodys([b"1"], now=100.0) == [False]
    assert known.nobodys([b"1"], now=100_000.0) == [False]  # the lane rested: nobody was asked meanwhile
    asked = [known.nobodys([b"1", b"2"], now=100_000.0 + seconds)[0] for seconds in range(5, 200, 5)]

    assert asked.count(True) >= 1
    assert asked.index(True) * 5 >= unclaimed.PATIENCE - 15


def test_a_message_that_was_taken_after_all_is_not_missed() -> None:
    known = Unclaimed()
    for seconds in range(0, 300, 5):
        known.nobodys([], now=100.0 + seconds)

    assert known.nobodys([b"new"], now=401.0) == [False]


def test_the_memory_of_a_queue_is_one_for_the_process() -> None:
    assert unclaimed.of("amqp://one/", "results") is unclaimed.of("amqp://one/", "results")
    assert unclaimed.of("amqp://one/", "results") is not unclaimed.of("amqp://two/", "results")
