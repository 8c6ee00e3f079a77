"""All or nothing, whichever records are to blame: exactly these come back, the others are taken once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.grid_governance.batches import LATER, Batch, Written
from connectors.grid_governance.replies import Refused, Taken
from gridapp.contract import Action, Delivered, Kind, Outcome, Parcel, Rejected, Worker

WORKER, NOW = Worker("W1", "测试"), datetime.now(UTC)


def written(count: int) -> list[Written]:
    return [
        Written(Parcel(str(number), Kind.RESIDENT, Action.CREATE, {"id_number": str(number)}, WORKER, NOW), {})
        for number in range(count)
    ]


class Ledger:
    """Refuses a batch with a bad record in it; `names` the records whose index it gives away, rightly or wrongly."""

    def __init__(self, bad: set[int], *, names: Collection[int] = (), index: int | None = None) -> None:
        self.bad, self.names, self.index = bad, names, index
        self.calls = 0
        self.held: list[str] = []

    async def call(self, batch: Sequence[Written]) -> Taken | Refused:
        self.calls += 1
        numbers = [one.parcel.key for one in batch]
        for place, number in enumerate(numbers):
            if int(number) in self.bad:
                named = self.index if self.index is not None else place
                return Refused("41002", "", named if int(number) in self.names else None)
        self.held += numbers
        return Taken({number: {"personId": f"P{number}"} for number in numbers})


def outcomes(ledger: Ledger, count: int, *, seconds: float = 60) -> list[Outcome]:
    async def run() -> list[Outcome]:
        return await Batch(written(count), ledger.call).send(asyncio.get_running_loop().time() + seconds)

    return asyncio.run(run())


@given(count=st.integers(1, 60), bad=st.sets(st.integers(0, 59), max_size=12), named=st.sets(st.integers(0, 59)))
def test_exactly_the_bad_ones_come_back(count: int, bad: set[int], named: set[int]) -> None:
    ledger = Ledger(bad, names=named)

    came = outcomes(ledger, count)

    assert [isinstance(one, Rejected) for one in came] == [number in bad for number in range(count)]
    assert sorted(ledger.held, key=int) == [str(number) for number in range(count) if number not in bad]


def test_one_bad_record_in_two_hundred_costs_a_handful_of_calls() -> None:
    ledger = Ledger({123})

    outcomes(ledger, 200)

    assert ledger.calls <= 2 * 8 + 1


@pytest.mark.parametrize("index", [-1, 5, 200])
def test_an_index_that_cannot_be_is_not_believed(index: int) -> None:
    ledger = Ledger({3}, names={3}, index=index)

    came = outcomes(ledger, 5)

    assert [isinstance(one, Rejected) for one in came] == [False, False, False, True, False]


def test_when_the_time_is_over_the_rest_waits_untouched() -> None:
    ledger = Ledger({3})

    assert outcomes(ledger, 5, seconds=-1) == [LATER] * 5
    assert ledger.calls == 0


def test_a_good_batch_is_answered_in_its_order() -> None:
    came = outcomes(Ledger(set()), 3)

    assert came == [Delivered(f"P{number}", {"WG.personId": f"P{number}"}) for number in range(3)]
