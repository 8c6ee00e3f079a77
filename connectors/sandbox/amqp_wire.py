"""The wire of the small broker: frames as bytes, and the ways to end a connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Any

import pamqp.frame
from pamqp.heartbeat import Heartbeat

from .amqp import FRAME_MAX

GREETING = b"AMQP\x00\x00\x09\x01"


class RefusalError(Exception):
    """A method that ends its channel (403, 404) or, from 500 on and for a bad login, the whole connection."""

    def __init__(self, code: int, text: str, *, whole: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.whole = whole or code >= 500


class CutOffError(Exception):
    """The connection ends here and now, without a word."""


class Wire:
    """One socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def be_greeted(self) -> None:
        """Raises CutOffError for whoever speaks something else; they are told what is spoken here."""
        if await self._reader.readexactly(len(GREETING)) != GREETING:
            self.write(GREETING)
            await self._writer.drain()
            raise CutOffError

    async def say_and_leave(self, said: bytes) -> None:
        """Something that is no AMQP at all. Raises CutOffError."""
        self.write(said)
        await self._writer.drain()
        self._writer.write_eof()
        await self._reader.read()
        raise CutOffError

    async def read(self) -> tuple[int, Any]:
        """The next frame with the number of its channel."""
        head = await self._reader.readexactly(7)
        _, number, size = pamqp.frame.frame_parts(head)
        if size is None or size > FRAME_MAX:
            raise RefusalError(501, "FRAME_ERROR")
        rest = await self._reader.readexactly(size + 1)
        return number, pamqp.frame.unmarshal(head + rest)[2]

    async def expect(self, kind: Any) -> Any:
        _, frame = await self.read()
        if not isinstance(frame, kind):
            raise RefusalError(503, "COMMAND_INVALID")
        return frame

    def send(self, frame: Any) -> None:
        """About the connection as a whole."""
        self.write(pamqp.frame.marshal(frame, 0))

    def write(self, frames: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(frames)

    async def beat(self, every: float) -> None:
        """A sign of life every so many seconds."""
        while True:
            await asyncio.sleep(every)
            self.write(Heartbeat().marshal())

    def close(self) -> None:
        self._writer.close()

    def cut(self) -> None:
        """With a reset: nobody shall take this for a good end."""
        connection: socket.socket | None = self._writer.get_extra_info("socket")
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
