"""The network door of a front machine: PostgreSQL's protocol passed on to the real server, with the faults of a day."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress

from .faults import Faults
from .strange import HOST

HONOURED = frozenset(
    {"reset", "slow", "html_instead", "error_5xx", "too_many", "wrong_credentials", "hang", "answer_lost"}
)
"""The faults that every department with this door has."""
SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
PAGE = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><title>统一身份认证</title></html>".encode()

# What the server says to whoever connects: severity, SQLSTATE, words.
BUSY = ("FATAL", "57P03", "the database system is starting up")
CROWDED = ("FATAL", "53300", "too many connections for role")
STRANGER = ("FATAL", "28P01", "password authentication failed for user")

Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class FrontDoor:
    """Serves on this machine, in a thread of its own; `server`: host (or socket folder) and port of the real one."""

    def __init__(self, faults: Faults, server: Mapping[str, str]) -> None:
        self._faults = faults
        self._server = server
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._visitors: set[asyncio.Task[None]] = set()

    def open(self, port: int) -> int:
        """Returns the port served. Raises OSError when it is taken."""
        opened: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(port, opened), name="sandbox-front", daemon=True)
        self._thread.start()
        return opened.result()

    def close(self) -> None:
        """Refuse from now on; whoever is inside is cut off."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _run(self, port: int, opened: Future[int]) -> None:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            try:
                server = loop.run_until_complete(asyncio.start_server(self._visit, HOST, port))
            except OSError as error:
                opened.set_exception(error)
                return
            self._loop = loop
            opened.set_result(server.sockets[0].getsockname()[1])
            loop.run_forever()
            server.close()
            loop.run_until_complete(self._see_out())

    async def _see_out(self) -> None:
        for visitor in self._visitors:
            visitor.cancel()
        await asyncio.gather(*self._visitors, return_exceptions=True)
        await asyncio.sleep(0)  # closed transports say goodbye in the next round of the loop

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitor = asyncio.create_task(self._serve(reader, writer))
        self._visitors.add(visitor)
        try:
            await visitor
        finally:
            self._visitors.discard(visitor)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # ValueError: a length that is none, from somebody who speaks no PostgreSQL.
        with suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if self._faults.take("reset"):
                _cut(writer)
                return
            await asyncio.sleep(float(self._faults.take("slow") or 0))
            greeting = await _greeting(reader, writer)
            if (refusal := self._refusal()) is not None:
                writer.write(refusal)
                await writer.drain()
            else:
                await self._pass_on(greeting, (reader, writer))

    def _refusal(self) -> bytes | None:
        if self._faults.take("html_instead"):
            return PAGE
        for fault, error in (("error_5xx", BUSY), ("too_many", CROWDED), ("wrong_credentials", STRANGER)):
            if self._faults.take(fault) is not None:
                return _error(*error)
        return None

    async def _pass_on(self, greeting: bytes, client: Pipe) -> None:
        server = await self._call_server()
        server[1].write(greeting)
        back = asyncio.create_task(_pump(server[0], client[1]))
        try:
            await self._forward(client, server, back)
        finally:
            back.cancel()
            server[1].close()

    async def _call_server(self) -> Pipe:
        host, port = self._server["host"], self._server["port"]
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, int(port))

    async def _forward(self, client: Pipe, server: Pipe, back: asyncio.Task[None]) -> None:
        """Message by message, because the commit is where a bad day matters."""
        while True:
            head = await client[0].readexactly(5)
            message = head + await client[0].readexactly(struct.unpack(">I", head[1:])[0] - 4)
            if not _commits(message):
                server[1].write(message)
                await server[1].drain()
                continue
            if self._faults.take("hang"):
                await client[0].read()  # until the visitor gives up
                return
            lost = self._faults.take("answer_lost")
            if lost:
                back.cancel()
                await asyncio.wait({back})
            server[1].write(message)
            await server[1].drain()
            if lost:
                await server[0].readexactly(5)  # it is committed: the answer begins
                _cut(client[1])
                return


async def _greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """The first real message, after the question for encryption has been declined."""
    while True:
        head = await reader.readexactly(8)
        size, code = struct.unpack(">II", head)
        if code not in (SSL_REQUEST, GSS_REQUEST):
            return head + await reader.readexactly(size - 8)
        writer.write(b"N")
        await writer.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.close()


def _commits(message: bytes) -> bool:
    """A simple query or a prepared statement whose text is COMMIT."""
    return message[:1] in b"QP" and message[5:].lstrip(b"\0").upper().startswith(b"COMMIT")


def _error(severity: str, code: str, text: str) -> bytes:
    fields = f"S{severity}\0V{severity}\0C{code}\0M{text}\0\0".encode()
    return b"E" + struct.pack(">I", len(fields) + 4) + fields


def _cut(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
