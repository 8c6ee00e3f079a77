"""All or nothing: which record of a refused batch is to blame, found by sending parts of it again.

Safe because the target keys on the record itself: what it takes twice it holds once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gridapp.contract import Misconfigured, NotYet, Outcome, Parcel, Unavailable, Unknown

from .replies import Refused, Taken, refused, taken

_GIVES_UP = 3  # answers in a row by which the target blames itself: for the batch and for both halves
LATER = NotYet("尚未发送，稍后继续", retry_after=0)


@dataclass(frozen=True, slots=True)
class Written:
    """A parcel and the record that goes out for it, in their words."""

    parcel: Parcel
    record: dict[str, Any]


Call = Callable[[Sequence[Written]], Awaitable[Taken | Refused]]


class Batch:
    """Records of one kind on their way through `call`, which takes all of what it is given or nothing."""

    def __init__(self, written: Sequence[Written], call: Call) -> None:
        self._written = written
        self._call = call
        self._kind = written[0].parcel.kind
        self._outcomes: dict[int, Outcome] = {}
        self._own_errors = 0

    async def send(self, until: float) -> list[Outcome]:
        """One outcome per record, in order; nothing is sent after `until` (time of the loop).

        Raises what `call` raises as long as nothing is decided.
        """
        clock = asyncio.get_running_loop().time
        parts = deque([list(range(len(self._written)))])
        while parts and clock() < until:
            part = parts.popleft()
            try:
                verdict = await self._call([self._written[position] for position in part])
            except (Misconfigured, Unavailable) as error:
                if not self._outcomes:
                    raise
                self._settle(part, undecided(error))
                break
            # Both halves before any quarter: one record that upsets them leaves the other half as proof of life.
            parts.extend(self._judge(part, verdict))
            if isinstance(verdict, Refused) and self._own_errors >= _GIVES_UP:
                self._settle([position for rest in parts for position in rest], refused(verdict, self._kind))
                break
        return [self._outcomes.get(position, LATER) for position in range(len(self._written))]

    def _judge(self, part: list[int], verdict: Taken | Refused) -> list[list[int]]:
        """Notes what is decided; returns the parts that have to go again, in their order."""
        if isinstance(verdict, Taken):
            self._own_errors = 0
            said = taken(verdict, [self._written[position].parcel for position in part])
            self._outcomes.update(zip(part, said, strict=True))
            return []
        self._own_errors = 0 if verdict.blames_a_record else self._own_errors + 1
        if len(part) == 1:
            self._settle(part, refused(verdict, self._kind))
            return []
        if verdict.index is not None and 0 <= verdict.index < len(part):
            self._settle([part.pop(verdict.index)], refused(verdict, self._kind))
            return [part]
        middle = len(part) // 2
        return [part[:middle], part[middle:]]

    def _settle(self, part: Sequence[int], outcome: Outcome) -> None:
        self._outcomes.update(dict.fromkeys(part, outcome))


def undecided(error: Misconfigured | Unavailable) -> Outcome:
    """For records whose call failed while others were decided: the next call meets the trouble for the whole lane."""
    if isinstance(error, Misconfigured):
        return NotYet(error.reason, retry_after=0, code=error.code)
    return Unknown(error.reason) if error.maybe_sent else NotYet(error.reason, retry_after=error.retry_after)
