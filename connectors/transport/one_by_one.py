"""One request a parcel, several at once: for targets that take records one by one.

Knocks before it comes in with the crowd: a target of which nothing is known yet gets a single request, so that a dead
one costs one connection and not sixteen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

from gridapp.contract import Misconfigured, NotYet, Outcome, Parcel, Unavailable, Unknown

Post = Callable[[Parcel], Awaitable[Outcome]]

_NOT_TRIED = NotYet("尚未发送，稍后继续", retry_after=0)
_ALONE = 3  # failures in a row that a single sender bears before it concludes that the target is gone


class OneByOne:
    """Sends batches through `post`, at most `concurrency` at once and none started after `seconds`.

    `post` judges one record and raises Unavailable or Misconfigured like a connector. As long as the target answers
    others, a failure is that record's own: NotYet when it was certainly not sent, else Unknown.
    """

    def __init__(self, post: Post, *, concurrency: int, seconds: float) -> None:
        self._post = post
        self._concurrency = concurrency
        self._seconds = seconds
        self._answers = False
        self._failed = 0

    async def send(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """One outcome per parcel, in order. Raises what `post` raises while nothing has been answered yet."""
        outcomes: list[Outcome] = [_NOT_TRIED] * len(parcels)
        waiting = iter(enumerate(parcels))
        if not self._answers and parcels:
            position, parcel = next(waiting)
            outcomes[position] = await self._post(parcel)
            self._answers = True
        crowd = min(self._concurrency, len(parcels))
        until = asyncio.get_running_loop().time() + self._seconds
        await asyncio.gather(*(self._take(waiting, outcomes, until) for _ in range(crowd)))
        return outcomes

    async def _take(self, waiting: Iterator[tuple[int, Parcel]], outcomes: list[Outcome], until: float) -> None:
        """One of the crowd: the next parcel nobody has taken, until there is none or the target stops answering."""
        clock = asyncio.get_running_loop().time
        while self._answers and clock() < until:
            position, parcel = next(waiting, (0, None))
            if parcel is None:
                return
            try:
                outcomes[position] = await self._post(parcel)
                self._failed = 0
            except Misconfigured as error:
                self._answers = False  # the next call knocks again, and is told so for the whole lane
                outcomes[position] = NotYet(error.reason, retry_after=0, code=error.code)
            except Unavailable as error:
                self._failed += 1
                outcomes[position] = _own_failure(error)
                if self._failed >= max(self._concurrency, _ALONE) or error.retry_after is not None:
                    self._answers = False


def _own_failure(error: Unavailable) -> Outcome:
    return Unknown(error.reason) if error.maybe_sent else NotYet(error.reason, retry_after=error.retry_after)
