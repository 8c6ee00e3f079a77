"""One request a parcel: what a batch costs a target that is well, that is dead, and that dies in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from connectors.transport.one_by_one import OneByOne
from gridapp.contract import (
    Action,
    Delivered,
    Kind,
    Misconfigured,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Unavailable,
    Unknown,
    Worker,
)

Judge = Callable[[int], Outcome]
BUSY = Unavailable("忙", maybe_sent=False)
LOST = Unavailable("断", maybe_sent=True)


def parcels(count: int) -> list[Parcel]:
    worker, now = Worker("W1", "测试"), datetime.now(UTC)
    return [Parcel(str(number), Kind.RESIDENT, Action.CREATE, {}, worker, now) for number in range(count)]


class Target:
    """Answers the n-th request (from 0) as `judge` says, and counts."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.seen: list[str] = []
        self.at_once = self.most_at_once = 0

    async def post(self, parcel: Parcel) -> Outcome:
        number = len(self.seen)
        self.seen.append(parcel.key)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return self.judge(number)


def sent(target: Target, count: int, *, concurrency: int = 4, seconds: float = 10) -> Sequence[Outcome]:
    return asyncio.run(OneByOne(target.post, concurrency=concurrency, seconds=seconds).send(parcels(count)))


def fails(error: Exception, when: Callable[[int], bool]) -> Judge:
    def judge(number: int) -> Outcome:
        if when(number):
            raise error
        return Delivered(str(number))

    return judge


def test_no_parcels_are_no_request() -> None:
    target = Target(lambda number: Delivered())

    assert sent(target, 0) == []
    assert target.seen == []


@pytest.mark.parametrize("error", [BUSY, LOST, Misconfigured("401", "不接受")])
def test_a_dead_target_costs_one_request(error: Exception) -> None:
    target = Target(fails(error, lambda number: True))

    with pytest.raises(type(error)):
        sent(target, 50)

    assert len(target.seen) == 1


def test_every_parcel_is_sent_once_and_answered_in_its_place() -> None:
    target = Target(lambda number: Rejected("1", str(number)) if number % 7 == 3 else Delivered(str(number)))

    outcomes = sent(target, 50)

    assert sorted(target.seen, key=int) == [str(number) for number in range(50)]
    assert [isinstance(outcome, Rejected) for outcome in outcomes] == [number % 7 == 3 for number in range(50)]


def test_no_more_are_in_flight_than_the_target_bears() -> None:
    target = Target(lambda number: Delivered())

    sent(target, 50, concurrency=4)

    assert target.most_at_once == 4


@pytest.mark.parametrize(("error", "outcome"), [(BUSY, NotYet("忙")), (LOST, Unknown("断"))])
def test_one_failure_among_successes_is_that_records_own(error: Exception, outcome: Outcome) -> None:
    target = Target(fails(error, lambda number: number % 5 == 4))

    outcomes = sent(target, 50)

    assert outcomes.count(outcome) == 10
    assert len(target.seen) == 50


def test_a_target_that_dies_in_the_middle_is_left_alone() -> None:
    target = Target(fails(LOST, lambda number: number >= 10))

    outcomes = sent(target, 50, concurrency=4)

    assert sum(isinstance(outcome, Delivered) for outcome in outcomes) == 10
    assert len(target.seen) <= 10 + 2 * 4
    assert outcomes[-1] == NotYet("尚未发送，稍后继续", retry_after=0)


@pytest.mark.parametrize(
    "error", [Unavailable("慢一点", maybe_sent=False, retry_after=30), Misconfigured("401", "不接受")]
)
def test_a_target_that_says_stop_is_obeyed_at_once(error: Exception) -> None:
    target = Target(fails(error, lambda number: number == 10))

    sent(target, 50, concurrency=4)

    assert len(target.seen) <= 10 + 4


def test_what_made_it_stop_is_met_again_by_the_next_call() -> None:
    """So that the whole lane hears of it, not one record alone."""
    target = Target(fails(Misconfigured("401", "不接受"), lambda number: number >= 10))
    line = OneByOne(target.post, concurrency=4, seconds=10)

    async def run() -> None:
        await line.send(parcels(50))
        before = len(target.seen)
        with pytest.raises(Misconfigured):
            await line.send(parcels(50))

        assert len(target.seen) == before + 1

    asyncio.run(run())


def test_nothing_is_begun_when_the_time_is_over() -> None:
    target = Target(lambda number: Delivered())

    outcomes = sent(target, 50, seconds=0)

    assert len(target.seen) == 1
    assert set(outcomes[1:]) == {NotYet("尚未发送，稍后继续", retry_after=0)}
