"""The targets of a bench: small fast servers in a process of their own, which count every receipt by its key.

Knows nothing of Django. Told what to do line by line on standard input, answers in lines of JSON; ends with the input.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field

import uvloop

SLOW = 0.05
"""Seconds that a target of the kind `slow` takes for an answer."""
FLAKY = 5
"""Of the first requests for a key one in so many is answered 503; which ones is decided by key and target."""
KINDS = ("fast", "slow", "hanging", "refusing", "flaky")

_TAKEN = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'
_LATER = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_KEY = re.compile(rb'"key": ?"([^"]+)"')
_KEY_WITHIN = 100  # bytes: the key comes first


@dataclass
class Desk:
    """One target: how it behaves and what it has taken. Times are seconds since the epoch."""

    number: int
    kind: str
    listening: socket.socket
    server: asyncio.Server | None = None
    taken: Counter[bytes] = field(default_factory=Counter)
    refused: set[bytes] = field(default_factory=set)
    asked: int = 0
    first_at: float = 0.0
    last_at: float = 0.0

    def forget(self) -> None:
        self.taken.clear()
        self.refused.clear()
        self.asked, self.first_at, self.last_at = 0, 0.0, 0.0

    def tally(self) -> dict[str, float | str]:
        return {
            "kind": self.kind, "asked": self.asked, "keys": len(self.taken), "receipts": self.taken.total(),
            "first_at": self.first_at, "last_at": self.last_at,
        }  # fmt: skip

    def turns_away(self, key: bytes) -> bool:
        """Whether this is the first request of a key that is answered 503 once."""
        if self.kind != "flaky" or key in self.refused or zlib.crc32(key, self.number) % FLAKY:
            return False
        self.refused.add(key)
        return True


class _Line(asyncio.Protocol):
    """One connection: requests with a Content-Length one after the other."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's protocol is given an asyncio.Transport

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None

    def data_received(self, received: bytes) -> None:
        self._buffer = self._buffer + received if self._buffer else received
        while (head := self._buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._buffer, 0, head + 1)
            end = head + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < end:
                return
            key = _KEY.search(self._buffer, head, min(end, head + _KEY_WITHIN))
            self._buffer = self._buffer[end:]
            self._request(key[1] if key else b"")

    def _request(self, key: bytes) -> None:
        desk = self._desk
        desk.asked += 1
        desk.last_at = time.time()
        desk.first_at = desk.first_at or desk.last_at
        if desk.kind == "hanging":
            return
        if desk.turns_away(key):
            self._answer(_LATER)
            return
        desk.taken[key] += 1
        if desk.kind == "slow":
            asyncio.get_running_loop().call_later(SLOW, self._answer, _TAKEN)
        else:
            self._answer(_TAKEN)

    def _answer(self, said: bytes) -> None:
        if self._transport is not None:
            self._transport.write(said)


async def _behave(desk: Desk, kind: str) -> None:
    """Refusing: the port stays ours and nobody listens on it."""
    desk.kind = kind
    if kind == "refusing":
        if desk.server is not None:
            port = desk.listening.getsockname()[1]
            desk.server.close()
            desk.server, desk.listening = None, _bound(port)
    elif desk.server is None:
        loop = asyncio.get_running_loop()
        desk.server = await loop.create_server(lambda: _Line(desk), sock=desk.listening, backlog=512)


def _bound(port: int = 0) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


async def _serve(kinds: list[str]) -> None:
    desks = [Desk(number, kind, _bound()) for number, kind in enumerate(kinds)]
    for desk in desks:
        await _behave(desk, desk.kind)
    _say([desk.listening.getsockname()[1] for desk in desks])
    told = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    while line := await told.readline():
        word, *more = line.decode().split()
        if word == "behave":
            await _behave(desks[int(more[0])], more[1])
        elif word == "forget":
            for desk in desks:
                desk.forget()
        _say([desk.tally() for desk in desks])


def _say(what: object) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201 - how it answers who started it


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1:]))
