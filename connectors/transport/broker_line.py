"""A connection with a message broker (AMQP 0-9-1): one address, one channel, opened when needed, replaced when dead.

The event loop of a lane stands still between its calls, so nothing here works in the background: who is alive is asked
before anything is written, and a connection that made trouble is cut instead of being closed in all politeness.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from typing import Any

import aio_pika
import aiormq
from aio_pika.abc import AbstractChannel, AbstractExchange, ConnectionParameter
from aiormq.connection import TransportFactory
from yarl import URL

from gridapp import egress
from gridapp.contract import Misconfigured, Unavailable

HEARTBEAT = 30
"""Seconds after which each side tells the other that it lives; the broker gives up after two of them."""
HELD = 5000
"""Messages that the broker may hand us before we acknowledge one."""
LARGEST = 64 * 1024 * 1024
"""Bytes read during one call, after which nobody reads on: far above HELD messages of their size."""
_POLITE = 1.0
"""Seconds for taking leave."""

for _chatters in ("aio_pika", "aiormq"):
    # A target that is down is no news to a log, and what happens comes back as an exception; some lines quote messages.
    logging.getLogger(_chatters).setLevel(logging.CRITICAL)

TROUBLE = (aiormq.AMQPError, aiormq.exceptions.ChannelInvalidStateError, OSError, RuntimeError)
"""What aio-pika raises when it is the other side's doing; RuntimeError when it finds the line dead already."""


class Line:
    """One connection with one channel on which publishing is confirmed and nothing unroutable passes silently.

    `url`: amqp://host:port/vhost or amqps://…, without credentials. `authorities`: PEM text of a private certificate
    authority to trust instead of the public ones.
    """

    def __init__(self, url: str, *, user: str, password: str, exchange: str, authorities: str = "") -> None:
        self._url = _checked(url).with_user(user).with_password(password)
        self._authorities = authorities
        self._name = exchange
        self._way: _Way | None = None
        self._connection: _Connection | None = None
        self.channel: AbstractChannel | None = None
        self.exchange: AbstractExchange | None = None

    async def fresh(self) -> bool:
        """Sees to a channel that answers; True when it is a new one. Raises TROUBLE, OSError or Misconfigured."""
        if self.channel is not None:
            self._meter()
            try:
                await self.channel.get_exchange(self._name)
            except TROUBLE:
                await self.cut()
            else:
                return False
        await self._open()
        return True

    async def cut(self) -> None:
        """Ends the connection at once. Whatever was not acknowledged goes back to the queue it came from."""
        connection, self._connection = self._connection, None
        way, self._way = self._way, None
        self.channel = self.exchange = None
        if way is not None:
            way.cut()
        if connection is not None:
            await _leave(connection)

    async def hang_up(self) -> None:
        """Ends the connection in order: what was written before arrives."""
        if self._connection is not None:
            await _leave(self._connection)
        await self.cut()

    async def written(self) -> int:
        """How many messages have been handed to the socket on this channel so far."""
        if self.channel is None:
            return 0
        underlay: Any = await self.channel.get_underlay_channel()
        return int(underlay.delivery_tag)

    async def _open(self) -> None:
        self._way = _Way(self._url, self._authorities)
        self._connection = _Connection(self._url.update_query(heartbeat=HEARTBEAT), transport_factory=self._way)
        try:
            await self._connection.connect()
            channel = self._connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.initialize()
            await channel.set_qos(prefetch_count=HELD)
            self.exchange = await channel.get_exchange(self._name)
        except BaseException:
            foreign = self._way.foreign
            await self.cut()
            if foreign:
                raise Misconfigured("protocol", "对方的端口说的不是 AMQP 0-9-1，请核对地址") from None
            raise
        self.channel = channel

    def _meter(self) -> None:
        if self._way is not None:
            self._way.start_counting()


class _Connection(aio_pika.Connection):
    """Takes the way it connects by as an argument."""

    PARAMETERS = (
        *aio_pika.Connection.PARAMETERS,
        ConnectionParameter(name="transport_factory", parser=lambda way: way, is_kwarg=True),
    )


class _Way(TransportFactory):
    """Opens the socket with our trust and keeps hold of it, so that it can be cut."""

    def __init__(self, url: URL, authorities: str) -> None:
        self._trust: ssl.SSLContext | None = None
        if url.scheme == "amqps":
            self._trust = ssl.create_default_context(cadata=authorities or None)
        self._reader: _Reader | None = None
        self._transport: asyncio.WriteTransport | None = None

    @property
    def foreign(self) -> bool:
        return self._reader is not None and self._reader.foreign

    def start_counting(self) -> None:
        if self._reader is not None:
            self._reader.got = 0

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def create(self, url: URL, **settings: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        self._reader = reader = _Reader(self)
        protocol = asyncio.StreamReaderProtocol(reader)
        host, port = url.host or "", url.port or 0
        named = host if self._trust else None  # whose certificate it has to be

        async def connect(address: str) -> asyncio.Transport:
            made = await loop.create_connection(
                lambda: protocol, address, port, ssl=self._trust or None, server_hostname=named
            )
            return made[0]

        transport = await egress.connected(host, port, connect)
        self._transport = transport
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class _Reader(asyncio.StreamReader):
    """Counts what comes and ends it when it is too much, or no AMQP at all."""

    def __init__(self, way: _Way) -> None:
        super().__init__()
        self._way = way
        self._begun = False
        self.got = 0
        self.foreign = False

    def feed_data(self, chunk: Any) -> None:
        if not self._begun:
            # A method frame, or the protocol header with the version they would rather speak.
            self._begun, self.foreign = True, bytes(chunk[:1]) not in (b"\x01", b"A")
        self.got += len(chunk)
        if self.foreign or self.got > LARGEST:
            self._way.cut()
        else:
            super().feed_data(chunk)


async def _leave(connection: aio_pika.Connection) -> None:
    with contextlib.suppress(TimeoutError, *TROUBLE):
        async with asyncio.timeout(_POLITE):
            await connection.close(None)


def _checked(url: str) -> URL:
    try:
        base = URL(url.strip())
    except ValueError as error:
        raise Misconfigured("url", "目标系统的地址写得不对") from error
    if base.scheme not in ("amqp", "amqps") or not base.host or base.user or base.password:
        raise Misconfigured("url", "消息队列的地址须为 amqp:// 或 amqps:// 开头，且不含用户名密码")
    egress.check_url(str(base))
    return base


_OURS = {
    aiormq.exceptions.ProbableAuthenticationError: ("403", "对方不接受用户名或密码"),
    aiormq.exceptions.AuthenticationError: ("403", "对方不接受用户名和密码这种登录方式"),
    aiormq.exceptions.ConnectionNotAllowed: ("530", "对方不许进入这个虚拟主机，请核对地址"),
    aiormq.exceptions.ChannelAccessRefused: ("403", "对方没有给这个用户开通权限"),
    aiormq.exceptions.ChannelNotFoundEntity: ("404", "对方没有这个交换机或队列，请核对名称"),
    aiormq.exceptions.ProtocolSyntaxError: ("protocol", "对方的端口说的不是 AMQP 0-9-1，请核对地址"),
}


def failure(error: BaseException, *, maybe_sent: bool) -> Unavailable | Misconfigured:
    """What went wrong, by whose move it is."""
    for kind, (code, reason) in _OURS.items():
        if isinstance(error, kind):
            return Misconfigured(code, reason)
    match error:
        case Misconfigured():
            return error
        case ssl.SSLCertVerificationError():
            return Misconfigured("tls", f"对方的证书不可信：{error.verify_message}")
        case ssl.SSLError() if not isinstance(error, ssl.SSLEOFError):
            return Misconfigured("tls", f"无法建立加密连接：{error.reason}")
        case socket.gaierror():
            return Unavailable("找不到对方的主机名", maybe_sent=maybe_sent)
        case TimeoutError() | asyncio.CancelledError():
            return Unavailable("对方没有在规定时间内应答", maybe_sent=maybe_sent)
        case ConnectionRefusedError():
            return Unavailable("连不上对方", maybe_sent=maybe_sent)
    return Unavailable("与对方的连接中断", maybe_sent=maybe_sent)
