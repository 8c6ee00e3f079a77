"""The door of a department that works over a message broker: its own broker, or one that stands somewhere else.

Behind the door sits the department's clerk, who is a client of that broker like everybody else.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

from .amqp import Broker
from .amqp_session import Session
from .strange import HOST

logger = logging.getLogger(__name__)

AGAIN = 0.5
"""Seconds until a clerk whom something drove from the counter sits down again."""
Clerk = Callable[[int, Callable[[], None]], Awaitable[None]]
"""(port, sits) -> works until it is cancelled; calls `sits()` when its queues are there."""


class QueueChannel:
    """Serves `broker` on 127.0.0.1, with the clerk at work, in a thread of its own; None: the broker is another's."""

    def __init__(self, broker: Broker | None, clerk: Clerk) -> None:
        self._broker = broker
        self._clerk = clerk
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._sessions: set[asyncio.Task[None]] = set()

    def open(self, port: int) -> int:
        """Returns when the clerk sits. Raises OSError when the port is taken, and what keeps the clerk from sitting."""
        opened: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(port, opened), name="sandbox-queue", daemon=True)
        self._thread.start()
        try:
            return opened.result()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """The clerk goes home and whoever is connected is cut off."""
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)
        if thread is not None:
            thread.join()

    def do(self, act: Callable[[], None]) -> None:
        """Runs `act` in the loop that serves the broker, where that runs, and waits for it."""
        loop = self._loop
        if loop is None:
            act()
            return
        done: Future[None] = Future()

        def acted() -> None:
            act()
            done.set_result(None)

        loop.call_soon_threadsafe(acted)
        done.result()

    def _run(self, port: int, opened: Future[int]) -> None:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            try:
                server, served = loop.run_until_complete(self._listen(port))
                clerk = loop.create_task(self._sit(served, opened))
            except OSError as error:
                opened.set_exception(error)
                return
            self._loop = loop
            loop.run_forever()
            loop.run_until_complete(self._leave(server, clerk))

    async def _listen(self, port: int) -> tuple[asyncio.Server | None, int]:
        if self._broker is None:
            return None, port
        server = await asyncio.start_server(self._welcome, HOST, port, reuse_address=True)
        return server, int(server.sockets[0].getsockname()[1])

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if self._broker is None or task is None:
            return
        self._sessions.add(task)
        try:
            await Session(self._broker, reader, writer).run()
        except asyncio.CancelledError:
            writer.close()  # the department goes down
        finally:
            self._sessions.discard(task)

    async def _sit(self, port: int, opened: Future[int]) -> None:
        def sits() -> None:
            if not opened.done():
                opened.set_result(port)

        while True:
            try:
                await self._clerk(port, sits)
            except Exception as error:  # whatever it is: before it sat it is told, afterwards the clerk sits down again
                if not opened.done():
                    opened.set_exception(error)
                    return
                logger.warning("sandbox-queue: the clerk sits down again after %s", type(error).__name__)
            await asyncio.sleep(AGAIN)

    async def _leave(self, server: asyncio.Server | None, clerk: asyncio.Task[None]) -> None:
        clerk.cancel()
        await asyncio.gather(clerk, return_exceptions=True)
        if server is not None:
            server.close()
        for session in list(self._sessions):
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
