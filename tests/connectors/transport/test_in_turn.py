"""One question after the other: the pace, the time there is, and a target that stops answering in the middle."""

from __future__ import annotations

import asyncio

import pytest

from connectors.transport.in_turn import Pace, in_turn
from gridapp.contract import Misconfigured, Unavailable

GONE = Unavailable("gone", maybe_sent=True)


def asked(answers: dict[str, str | Exception], *, seconds: float = 5.0) -> list[str | None]:
    async def ask(name: str) -> str | None:
        answer = answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return asyncio.run(in_turn(list(answers), ask, seconds=seconds, otherwise=None))


def test_nothing_is_asked_of_nothing() -> None:
    assert asked({}) == []


def test_everybody_is_answered_in_order() -> None:
    assert asked({"a": "1", "b": "2"}) == ["1", "2"]


@pytest.mark.parametrize("error", [GONE, Misconfigured("401", "no")])
def test_a_target_that_answers_nobody_is_the_whole_calls_trouble(error: Exception) -> None:
    with pytest.raises(type(error)):
        asked({"a": error, "b": "2"})


@pytest.mark.parametrize("error", [GONE, Misconfigured("401", "no")])
def test_who_comes_after_a_failure_is_asked_next_time(error: Exception) -> None:
    assert asked({"a": "1", "b": error, "c": "3"}) == ["1", None, None]


def test_only_what_is_begun_in_time_is_asked_and_the_first_always_is() -> None:
    assert asked({"a": "1", "b": "2"}, seconds=-1.0) == ["1", None]


def test_calls_keep_their_distance_whoever_makes_them() -> None:
    async def times() -> list[float]:
        pace, began, at = Pace(0.05), asyncio.get_running_loop().time(), []

        async def call() -> None:
            await pace.turn()
            at.append(asyncio.get_running_loop().time() - began)

        await asyncio.gather(*(call() for _ in range(4)))
        return at

    first, *later = asyncio.run(times())

    assert first < 0.05
    assert [after >= 0.05 * place - 0.005 for place, after in enumerate(later, 1)] == [True] * 3
