"""A way to one address and no other: a SOCKS 5 proxy (RFC 1928) on this machine that a browser is put behind.

Whatever a page wants to load, follow, prefetch or call, by name or by number, ends here unless it is the target itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from gridapp import egress
from gridapp.contract import Misconfigured

LARGEST = 8 * 1024 * 1024
"""Bytes that come back on one connection without a word from us; no page of a department is that long."""

_VERSION, _CONNECT = 5, 1
_GRANTED, _NOT_ALLOWED, _NOT_REACHED = 0, 2, 4
_BLOCK = 64 * 1024


class Tunnel:
    """Leads to `host` and `port` alone; an async context manager. `within`: seconds for reaching the target."""

    def __init__(self, host: str, port: int, *, within: float) -> None:
        egress.check(host, port)
        self._target = (_name(host), port)
        self._within = within
        self._server: asyncio.Server | None = None
        self._visitors: set[asyncio.Task[None]] = set()
        self._once = self._shut = False
        self.refused: list[str] = []
        """Addresses that were wanted and are not the target."""
        self.unreached: OSError | None = None
        """Why the target could not be reached when that was tried the last time; None when it was."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._visit, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._hang_up()

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        assert self._server is not None, "use it as an async context manager"  # noqa: S101 - a slip of ours
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def once(self) -> None:
        """From now on nothing is said twice: the first connection that ends without an answer is the last.

        A browser that has sent a form over a connection it kept, and gets no answer, sends it once more over another,
        by itself and without a word. Holds until `again`.
        """
        await self._hang_up()
        self._once = True

    def again(self) -> None:
        """Whatever was said once has been answered, or nobody is left who might repeat it."""
        self._once = self._shut = False

    async def _hang_up(self) -> None:
        """End every connection but the one that this is called from."""
        visitors = [one for one in self._visitors if one is not asyncio.current_task()]
        for visitor in visitors:
            visitor.cancel()
        await asyncio.gather(*visitors, return_exceptions=True)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type checker: a server calls its visitors in tasks
        self._visitors.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._lead(reader, writer)
                writer.close()
                await writer.wait_closed()
        finally:
            self._visitors.discard(task)
            writer.transport.abort()

    async def _reach(self, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(address, self._target[1])

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wanted = await _asked(reader, writer)
        if wanted != self._target:
            self.refused.append("{}:{}".format(*wanted))
            writer.write(_answer(_NOT_ALLOWED))
            return
        try:
            async with asyncio.timeout(self._within):
                answers, asks = await egress.connected(*self._target, self._reach)
        except Misconfigured as error:  # a name that leads elsewhere by now
            self.refused.append(error.reason)
            writer.write(_answer(_NOT_ALLOWED))
            return
        except OSError as error:  # a TimeoutError too
            self.unreached = error
            writer.write(_answer(_NOT_REACHED))
            return
        self.unreached = None
        try:
            if self._shut:
                writer.write(_answer(_NOT_ALLOWED))
                return
            writer.write(_answer(_GRANTED))
            answered = await _carry((reader, writer), (answers, asks))
            if self._once and not answered:  # before the browser hears of it
                self._shut = True
                await self._hang_up()
        finally:
            asks.transport.abort()


Side = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _carry(browser: Side, target: Side) -> bool:
    """Both ways, until either side has ended or the target has talked too long; whether it had the last word."""
    since_asked, asked = 0, False

    async def forth() -> None:
        nonlocal since_asked, asked
        while block := await browser[0].read(_BLOCK):
            since_asked, asked = 0, True
            target[1].write(block)
            await target[1].drain()

    async def back() -> None:
        nonlocal since_asked
        while since_asked <= LARGEST and (block := await target[0].read(_BLOCK)):
            since_asked += len(block)
            browser[1].write(block)
            await browser[1].drain()

    both = [asyncio.create_task(forth()), asyncio.create_task(back())]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
    return since_asked > 0 or not asked


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """The greeting and the request: which address is wanted. Raises IncompleteReadError for anything else."""
    version, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(bytes((_VERSION, 0)))  # nobody has to prove who they are: it listens on this machine alone
    again, command, _, kind = await reader.readexactly(4)
    if (version, again, command) != (_VERSION, _VERSION, _CONNECT):
        raise asyncio.IncompleteReadError(b"", None)
    if kind == 3:  # a name; browsers send numbers as names too
        (length,) = await reader.readexactly(1)
        host = (await reader.readexactly(length)).decode("ascii", errors="replace")
    else:
        family, size = (socket.AF_INET6, 16) if kind == 4 else (socket.AF_INET, 4)
        host = socket.inet_ntop(family, await reader.readexactly(size))
    return _name(host), int.from_bytes(await reader.readexactly(2), "big")


def _answer(code: int) -> bytes:
    return bytes((_VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0))


def address(url: str) -> tuple[str, int]:
    """Host and port that a URL leads to, as browsers spell them. Raises ValueError."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if not parts.hostname or port is None:
        raise ValueError("not an address of the web")
    plain = parts.hostname.isascii()
    return _name(parts.hostname if plain else parts.hostname.encode("idna").decode("ascii")), port


def _name(host: str) -> str:
    """One spelling for one host."""
    host = host.strip("[]").rstrip(".").lower()
    with contextlib.suppress(ValueError):
        return str(ip_address(host))
    return host
