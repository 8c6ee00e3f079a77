"""The consumer at its counter: takes events from the broker, has them decided, publishes the results."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aio_pika
import aiormq
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

MAC = "hmac-sm3"
INTAKE = "safety.place.intake"
AT_ONCE = 500
"""Events that it has on the counter at the same time."""
SHUFFLED = 0.3
"""Seconds within which results come in any order (fault return_shuffled)."""
TROUBLE = (aiormq.AMQPError, aiormq.exceptions.ChannelInvalidStateError, OSError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Reply:
    """One result on its way. `wait`: seconds."""

    body: bytes
    mac: str
    wait: float = 0.0

    def late(self) -> Reply:
        return replace(self, wait=random.uniform(0, SHUFFLED))


class Counter:
    """`queues`: topic of `events`, topic of `results`, the district's result `queue` and the `district` itself.

    An event is acknowledged after its results were published: whatever happens in between, it comes again.
    """

    def __init__(
        self,
        address: str,
        queues: Mapping[str, str],
        consume: Callable[[bytes, str], list[Reply]],
        waits: Callable[[], float],
    ) -> None:
        self._address = address
        self._queues = queues
        self._consume = consume
        self._waits = waits
        self._results: AbstractExchange | None = None

    async def sit(self, sits: Callable[[], None]) -> None:
        """Declares what is theirs, then works until it is cancelled; comes back by itself when the broker was away."""
        connection = await aio_pika.connect_robust(self._address, reconnect_interval=0.5, fail_fast=True)
        async with connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=AT_ONCE)
            told = self._queues
            events = await channel.declare_exchange(told["events"], aio_pika.ExchangeType.TOPIC, durable=True)
            self._results = await channel.declare_exchange(told["results"], aio_pika.ExchangeType.TOPIC, durable=True)
            answers = await channel.declare_queue(told["queue"], durable=True)
            await answers.bind(self._results, told["district"])
            intake = await channel.declare_queue(INTAKE, durable=True)
            await intake.bind(events, "#")
            await intake.consume(self._take)
            sits()
            await asyncio.get_running_loop().create_future()

    async def _take(self, message: AbstractIncomingMessage) -> None:
        await asyncio.sleep(self._waits())
        replies = self._consume(message.body, str(message.headers.get(MAC, "")))
        try:
            await asyncio.gather(*(self._publish(reply) for reply in replies))
            await message.ack()
        except TROUBLE:
            return  # not acknowledged: it comes again when the broker is back, and its result with it

    async def _publish(self, reply: Reply) -> Any:
        await asyncio.sleep(reply.wait)
        message = aio_pika.Message(reply.body, headers={MAC: reply.mac}, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        if self._results is not None:
            await self._results.publish(message, self._queues["district"])
