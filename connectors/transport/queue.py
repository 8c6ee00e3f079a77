"""The way out over a message queue: persistent messages with confirms, and answers that are read when asked for.

At least once in both directions. What was published counts only when the broker has confirmed it. An answer that was
handed over is acknowledged when whoever took it comes back for more: by then it is settled. On leaving nothing is
acknowledged, since nobody says whether the last answers were settled; the broker offers them again, and what nobody
asks for any more is forgotten in the end (unclaimed.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue
from aiormq.exceptions import DeliveryError, PublishError

from gridapp.contract import Misconfigured, Unavailable

from . import unclaimed
from .broker_line import HELD, TROUBLE, Line, failure

LONGEST_KEY = 255
"""Bytes of a routing key, by the protocol."""
_LOOKS = 200
"""Rounds of one look at most: a queue that fills faster than it is read is read on the next time."""

Fate = Unavailable | Misconfigured | None
"""What became of one message: None when the broker has it for sure."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message on its way out. `id`: the same for the same content. `key`: the routing key."""

    id: str
    key: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """One message in hand, not acknowledged yet."""

    body: bytes
    headers: Mapping[str, Any]
    message: AbstractIncomingMessage


class Queue:
    """An exchange to publish to and a queue to read from, an async context manager.

    Nothing is declared here: exchange and queue are the department's, and the user may do no more than use them.
    `deadline`: seconds for one call.
    """

    def __init__(self, line: Line, *, results: str, address: str, deadline: float) -> None:
        self._line = line
        self._results = results
        self._deadline = deadline
        self._unclaimed = unclaimed.of(address, results)
        self._queue: AbstractQueue | None = None
        self._reading = False
        self._hand: dict[int, Received] = {}
        self._taken: list[Received] = []
        self.read_to_end = False
        """Whether the last look saw everything that was there."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._line.hang_up()
        self._forget()

    async def publish(self, letters: Sequence[Letter]) -> list[Fate]:
        """Publishes all at once and waits for the confirms; the fate of each, in order.

        Unroutable is Misconfigured: nobody would ever read it. When the broker has confirmed none, Misconfigured or
        Unavailable is raised, with `maybe_sent` False as long as no message was handed to a living socket.
        """
        if any(len(letter.key.encode()) > LONGEST_KEY for letter in letters):
            raise ValueError("a routing key has at most 255 bytes")
        if not letters:
            return []
        sending: list[asyncio.Task[Any]] = []
        before = 0
        try:
            async with asyncio.timeout(self._deadline):
                await self._refresh()
                before = await self._line.written()
                sending = [asyncio.create_task(self._send(letter)) for letter in letters]
                await asyncio.wait(sending)
        except (TimeoutError, *TROUBLE) as error:
            if not sending:
                await self._cut()
                raise failure(error, maybe_sent=False) from error
        # They wait for their turn in this order, so the first so many are the ones that left.
        left = await self._line.written() - before
        fates = [await _fate(task, maybe_sent=place < left) for place, task in enumerate(sending)]
        if any(isinstance(fate, Unavailable) and fate.maybe_sent for fate in fates):
            await self._cut()
        if None not in fates:
            raise _worst(fates)
        return fates

    async def look(self) -> list[Received]:
        """Everything that is there and not acknowledged, as far as the hands hold it.

        What was taken from the last look is acknowledged first: whoever took it has come back for more. Raises
        Unavailable or Misconfigured.
        """
        try:
            async with asyncio.timeout(self._deadline):
                await self._refresh()
                await self._acknowledge()
                await self._gather()
        except (TimeoutError, *TROUBLE) as error:
            await self._cut()
            raise failure(error, maybe_sent=False) from error
        return list(self._hand.values())

    def take(self, received: Iterable[Received]) -> None:
        """These are answers that somebody asked for and is given now."""
        self._taken.extend(received)

    def leave(self, received: Sequence[Received]) -> int:
        """These were asked for by nobody. They stay for the next look; how many were forgotten as nobody's at last."""
        told = self._unclaimed.nobodys([one.body for one in received])
        forgotten = [one for one, nobodys in zip(received, told, strict=True) if nobodys]
        self._taken.extend(forgotten)
        return len(forgotten)

    async def check(self) -> None:
        """Whether both are there and the user is let in. Raises Unavailable or Misconfigured."""
        try:
            async with asyncio.timeout(self._deadline):
                await self._refresh()
                await self._there()
        except (TimeoutError, *TROUBLE) as error:
            await self._cut()
            raise failure(error, maybe_sent=False) from error

    async def _send(self, letter: Letter) -> None:
        assert self._line.exchange is not None, "the line is fresh"  # noqa: S101 - a slip of ours
        message = aio_pika.Message(
            letter.body,
            headers=dict(letter.headers),
            message_id=letter.id,
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        await self._line.exchange.publish(message, letter.key, mandatory=True)

    async def _refresh(self) -> None:
        if await self._line.fresh():
            self._forget()  # what was in hand is offered anew on the new line

    async def _there(self) -> int:
        """How many messages wait in the queue, besides those in hand."""
        assert self._line.channel is not None, "the line is fresh"  # noqa: S101 - a slip of ours
        if self._queue is None:
            self._queue = await self._line.channel.get_queue(self._results)
            return self._queue.declaration_result.message_count or 0
        return (await self._queue.declare()).message_count or 0

    async def _gather(self) -> None:
        self.read_to_end = False
        waiting = await self._there()
        if not self._reading and self._queue is not None:
            await self._queue.consume(self._receive)
            self._reading = True
        for _ in range(_LOOKS):
            before = len(self._hand)
            waiting = await self._there()
            if len(self._hand) >= HELD:
                return
            # One round brought nothing and nothing waits: what was under way when it began has arrived by now.
            if waiting == 0 and len(self._hand) == before:
                self.read_to_end = True
                return

    async def _receive(self, message: AbstractIncomingMessage) -> None:
        self._hand[message.delivery_tag or 0] = Received(message.body, message.headers, message)

    async def _acknowledge(self) -> None:
        for one in self._taken:
            if self._hand.pop(one.message.delivery_tag or 0, None) is one:
                await one.message.ack()
        self._taken.clear()

    async def _cut(self) -> None:
        await self._line.cut()
        self._forget()

    def _forget(self) -> None:
        self._queue, self._reading = None, False
        self._hand.clear()
        self._taken.clear()


async def _fate(task: asyncio.Task[Any], *, maybe_sent: bool) -> Fate:
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
    error = TimeoutError() if task.cancelled() else task.exception()
    match error:
        case None:
            return None
        case PublishError():
            return Misconfigured("312", "对方没有队列接收这条消息，请对方核对订阅")
        case DeliveryError():
            return Unavailable("对方的消息队列暂不接收", maybe_sent=False)
        case _ if isinstance(error, (TimeoutError, *TROUBLE)):
            return failure(error, maybe_sent=maybe_sent)
    raise error


def _worst(fates: Sequence[Fate]) -> Unavailable | Misconfigured:
    for fate in fates:
        if isinstance(fate, Misconfigured):
            return fate
    failed = [fate for fate in fates if isinstance(fate, Unavailable)]
    return Unavailable(failed[0].reason, maybe_sent=any(fate.maybe_sent for fate in failed))
