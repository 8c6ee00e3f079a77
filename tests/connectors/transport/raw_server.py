"""A server of one page: whatever a department can do to a connection, written byte by byte in the test's own loop."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Behaviour = Callable[["Request", Writer], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    head: str
    body: bytes


@dataclass
class Seen:
    """What reached the server."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0


def reply(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def serving(behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Seen]:
    """`behave` is called for each request; a connection is kept until it closes the writer."""
    seen = Seen()

    async def visit(reader: Reader, writer: Writer) -> None:
        seen.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"(?i)content-length: (\d+)", head)
                request = Request(head, await reader.readexactly(int(length[1]) if length else 0))
                seen.requests.append(request)
                await behave(request, writer)
        writer.close()

    server = await asyncio.start_server(visit, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    seen.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/in"
    try:
        yield seen
    finally:
        server.close()


def always(answer: bytes) -> Behaviour:
    """The same answer to everybody."""

    async def behave(request: Request, writer: Writer) -> None:
        writer.write(answer)
        await writer.drain()

    return behave
