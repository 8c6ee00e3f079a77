"""Questions one after the other, at the target's pace: where it answers for one ticket or one record a call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from gridapp.contract import Misconfigured, Unavailable

Asked = TypeVar("Asked")
Told = TypeVar("Told")


class Pace:
    """No two calls within `spacing` seconds of each other, whoever makes them."""

    def __init__(self, spacing: float) -> None:
        self._spacing = spacing
        self._free_at = 0.0

    async def turn(self) -> None:
        """Waits until the next call may go out."""
        now = asyncio.get_running_loop().time()
        begins = max(now, self._free_at)
        self._free_at = begins + self._spacing  # taken before the wait: others queue up behind it
        await asyncio.sleep(begins - now)


async def in_turn(
    asked: Sequence[Asked], ask: Callable[[Asked], Awaitable[Told]], *, seconds: float, otherwise: Told
) -> list[Told]:
    """What `ask` says of each, in order; `otherwise` of those not begun within `seconds` and of all after a failure.

    Raises Unavailable or Misconfigured as `ask` does, as long as nothing has been answered.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    told: list[Told] = []
    for one in asked:
        if told and clock() > until:
            break
        try:
            told.append(await ask(one))
        except (Unavailable, Misconfigured):
            if not told:
                raise
            break
    return [*told, *[otherwise] * (len(asked) - len(told))]
