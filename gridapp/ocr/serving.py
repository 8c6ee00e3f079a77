"""The process that reads cards: asked over a Unix socket, one picture at a time, one more may wait.

A picture lives in this process's memory until it is answered and is written nowhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from .card import Reading
from .engine import NotAPicture

LARGEST = 5 * 1024 * 1024  # bytes of a picture
_AT_ONCE = 2  # one is read, one waits; whoever comes third is told to type
_ENDS_WITHIN = 5.0

Read = Callable[[bytes], Reading]


class Queue:
    """Who is in it now. A worker at the door is better served by a quick "busy" than by a long wait."""

    def __init__(self, read: Read) -> None:
        self._read, self._inside, self._turn = read, 0, asyncio.Lock()

    async def answer(self, request: web.Request) -> web.Response:
        """200 with the reading, 413 too large, 415 no picture, 503 somebody waits already."""
        if self._inside >= _AT_ONCE:
            return web.Response(status=503, headers={"Retry-After": "2"})
        self._inside += 1
        try:
            picture = await request.read()
            async with self._turn:
                reading = await asyncio.to_thread(self._read, picture)
        except NotAPicture:
            return web.Response(status=415)
        finally:
            self._inside -= 1
        return web.json_response(asdict(reading))


async def serve(listening: Path, read: Read, *, until: asyncio.Event, ready: Callable[[], Any]) -> None:
    """Answers on the socket, which only its owner may use, until told to stop."""
    application = web.Application(client_max_size=LARGEST)
    application.router.add_post("/", Queue(read).answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_ENDS_WITHIN)
    await runner.setup()
    _make_room(listening)
    try:
        await web.UnixSite(runner, listening).start()
        listening.chmod(0o600)
        ready()
        await until.wait()
    finally:
        await runner.cleanup()


async def until_signalled(listening: Path, read: Read, *, ready: Callable[[], Any]) -> None:
    """Answers until Ctrl-C or a friendly kill."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await serve(listening, read, until=stop, ready=ready)


def _make_room(listening: Path) -> None:
    """Takes away the socket that a killed process has left."""
    listening.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        listening.unlink()
