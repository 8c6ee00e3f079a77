"""The sandbox's broker in the loop of a test: an exchange out, a queue back, and a queue that takes what goes out."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pamqp.commands import Basic

from connectors.sandbox.amqp import Account, Broker, Message
from connectors.sandbox.amqp_session import Session
from connectors.sandbox.faults import Faults
from connectors.transport.broker_line import Line
from connectors.transport.queue import Letter, Queue

USER, PASSWORD = "district", "a password @ the test/1"
OUT, BACK, RESULTS = "topic.out", "topic.back", "results.district"


class House:
    """A broker that comes up and goes down on one port."""

    def __init__(self) -> None:
        self.faults = Faults()
        account = Account(PASSWORD, frozenset({OUT, "gone"}), frozenset({RESULTS, "lost"}))
        self.broker = Broker(self.faults, {USER: account})
        self.broker.exchanges |= {OUT, BACK, "closed"}
        self.broker.declare_queue("intake")
        self.broker.declare_queue(RESULTS)
        self.broker.bind(OUT, "#", "intake")
        self.broker.bind(BACK, "#", RESULTS)
        self.port = 0
        self.scheme = "amqp"
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[Any]] = set()

    async def open(self, context: ssl.SSLContext | None = None) -> None:
        async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._sessions.add(task)
            await Session(self.broker, reader, writer).run()

        self._server = await asyncio.start_server(welcome, "127.0.0.1", self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        self.scheme = "amqps" if context else "amqp"

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for session in self._sessions:
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        self._sessions.clear()

    def answer(self, *bodies: bytes) -> None:
        """What the department publishes."""
        for body in bodies:
            self.broker.route(Message(BACK, "d", Basic.Properties(headers={"of": "department"}), body))

    @property
    def taken(self) -> list[bytes]:
        """What went out and was taken."""
        return [message.body for message in self.broker.queues["intake"].ready]

    @property
    def waiting(self) -> list[bytes]:
        """Results that nobody has in hand."""
        return [message.body for message in self.broker.queues[RESULTS].ready]

    def queue(self, *, deadline: float = 5.0, **changed: str) -> Queue:
        told = {"user": USER, "password": PASSWORD, "exchange": OUT, "results": RESULTS, "authorities": "", **changed}
        url = told.get("url", f"{self.scheme}://127.0.0.1:{self.port}/")
        line = Line(
            url,
            user=told["user"],
            password=told["password"],
            exchange=told["exchange"],
            authorities=told["authorities"],
        )
        return Queue(line, results=told["results"], address=f"{url}{id(self)}", deadline=deadline)


@asynccontextmanager
async def open_house(context: ssl.SSLContext | None = None) -> AsyncIterator[House]:
    house = House()
    await house.open(context)
    try:
        yield house
    finally:
        await house.close()


def letters(count: int, key: str = "9901010010010000012000301") -> list[Letter]:
    return [Letter(f"{number:032x}", key, f"letter {number}".encode(), {"n": str(number)}) for number in range(count)]
