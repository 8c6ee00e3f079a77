"""The tunnel behind which a browser sits: one address, however it is asked for, and no other."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from connectors.transport import tunnel as tunnels
from connectors.transport.tunnel import Tunnel, address

Side = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(65536):
        writer.write(block)
    writer.close()


@asynccontextmanager
async def target(serve: Serve = echo) -> AsyncIterator[int]:
    """The port of a server on 127.0.0.1."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


def named(host: str, port: int) -> bytes:
    return b"\x05\x01\x00\x03" + bytes((len(host),)) + host.encode() + port.to_bytes(2, "big")


def numbered(host: str, port: int) -> bytes:
    family, kind = (socket.AF_INET6, 4) if ":" in host else (socket.AF_INET, 1)
    return b"\x05\x01\x00" + bytes((kind,)) + socket.inet_pton(family, host) + port.to_bytes(2, "big")


async def ask(tunnel: Tunnel, request: bytes) -> tuple[int | None, Side]:
    """The answer code of the tunnel (None where it hangs up) and the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", tunnel.port)
    writer.write(b"\x05\x01\x00" + request)
    try:
        greeting = await reader.readexactly(2)
        answer = await reader.readexactly(10)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None, (reader, writer)
    assert greeting == b"\x05\x00"
    return answer[1], (reader, writer)


@pytest.mark.parametrize("form", [named, numbered])
def test_it_leads_to_the_target_both_ways(form: Callable[[str, int], bytes]) -> None:
    async def story() -> bytes:
        async with target() as port, Tunnel("127.0.0.1", port, within=5) as tunnel:
            code, (reader, writer) = await ask(tunnel, form("127.0.0.1", port))
            writer.write(b"hello")
            said = await reader.readexactly(5)
            writer.close()
            assert code == 0 and tunnel.refused == [] and tunnel.unreached is None
            return said

    assert asyncio.run(story()) == b"hello"


def test_everything_else_is_refused_before_it_is_looked_up() -> None:
    async def story() -> None:
        async with target() as port, target() as other, Tunnel("127.0.0.1", port, within=5) as tunnel:
            for request in (
                named("127.0.0.1", other),
                numbered("127.0.0.1", other),
                named("localhost", port),  # another name may be another machine tomorrow
                named("evil.example", port),
                numbered("::1", port),
                named("127.0.0.2", port),
            ):
                code, (_, writer) = await ask(tunnel, request)
                writer.close()
                assert code == 2
            assert len(tunnel.refused) == 6
            assert tunnel.refused[3] == f"evil.example:{port}"

    asyncio.run(story())


@pytest.mark.parametrize("host", ["Station.Example", "station.example.", "STATION.EXAMPLE"])
def test_one_host_has_many_spellings(host: str) -> None:
    async def story() -> int | None:
        async with Tunnel(host, 1, within=0.5) as tunnel:
            code, (_, writer) = await ask(tunnel, named("station.example", 1))
            writer.close()
            assert tunnel.refused == []
            return code

    assert asyncio.run(story()) == 4  # it was tried, and is not to be found


def test_a_target_that_is_down_is_told_from_one_that_is_forbidden() -> None:
    async def story() -> None:
        async with target() as port:
            free = port
        async with Tunnel("127.0.0.1", free, within=5) as tunnel:
            code, (_, writer) = await ask(tunnel, named("127.0.0.1", free))
            writer.close()
            assert code == 4
            assert isinstance(tunnel.unreached, ConnectionRefusedError)

    asyncio.run(story())


@pytest.mark.parametrize(
    "request_", [b"", b"\x05", b"\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50", b"GET / HTTP/1.1\r\n\r\n" + b"x" * 300]
)
def test_what_is_no_request_to_connect_ends_the_connection(request_: bytes) -> None:
    async def story() -> int | None:
        async with target() as port, Tunnel("127.0.0.1", port, within=5) as tunnel:
            reader, writer = await asyncio.open_connection("127.0.0.1", tunnel.port)
            writer.write(b"\x05\x01\x00" + request_)
            writer.write_eof()
            left = await reader.read()
            writer.close()
            return len(left)

    assert asyncio.run(story()) == 2


async def hears(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers "q" and ends without a word on anything else."""
    while await reader.read(1) == b"q":
        writer.write(b"a")
    writer.close()


def test_what_is_said_once_begins_on_a_connection_of_its_own() -> None:
    async def story() -> None:
        async with target(hears) as port, Tunnel("127.0.0.1", port, within=5) as tunnel:
            _, (before, kept) = await ask(tunnel, named("127.0.0.1", port))
            await tunnel.once()
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await before.readexactly(1)
            kept.close()
            code, (after, writer) = await ask(tunnel, named("127.0.0.1", port))
            writer.write(b"q")
            assert code == 0 and await after.readexactly(1) == b"a"
            writer.close()

    asyncio.run(story())


def test_what_was_not_answered_is_not_said_again() -> None:
    """Not over a new connection, nor over one that was kept meanwhile; until whoever said it is gone."""

    async def story() -> None:
        async with target(hears) as port, Tunnel("127.0.0.1", port, within=5) as tunnel:
            await tunnel.once()
            _, (idle, other) = await ask(tunnel, named("127.0.0.1", port))
            _, (reader, writer) = await ask(tunnel, named("127.0.0.1", port))
            writer.write(b"q")
            assert await reader.readexactly(1) == b"a"
            writer.write(b"x")
            assert await reader.read() == b""
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await idle.readexactly(1)
            code, (_, repeated) = await ask(tunnel, named("127.0.0.1", port))
            assert code == 2
            tunnel.again()
            code, (_, later) = await ask(tunnel, named("127.0.0.1", port))
            assert code == 0
            for one in (other, writer, repeated, later):
                one.close()

    asyncio.run(story())


def test_an_answered_connection_that_ends_shuts_nothing() -> None:
    async def story() -> None:
        async with target(hears) as port, Tunnel("127.0.0.1", port, within=5) as tunnel:
            await tunnel.once()
            for _ in range(2):
                code, (reader, writer) = await ask(tunnel, named("127.0.0.1", port))
                writer.write(b"q")
                assert code == 0 and await reader.readexactly(1) == b"a"
                writer.close()

    asyncio.run(story())


def test_the_last_words_of_a_target_arrive_before_the_end() -> None:
    async def last_words(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"w" * 1_000_000)
        writer.close()

    async def story() -> int:
        async with target(last_words) as port, Tunnel("127.0.0.1", port, within=5) as tunnel:
            _, (reader, writer) = await ask(tunnel, named("127.0.0.1", port))
            said = await reader.read(-1)
            writer.close()
            return len(said)

    assert asyncio.run(story()) == 1_000_000


def test_a_target_that_never_stops_talking_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnels, "LARGEST", 300_000)

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"w" * 10_000)
                await writer.drain()
        except ConnectionError:
            writer.close()

    async def story() -> int:
        async with target(endless) as port, Tunnel("127.0.0.1", port, within=5) as tunnel:
            _, (reader, writer) = await ask(tunnel, named("127.0.0.1", port))
            said = await reader.read(-1)
            writer.close()
            return len(said)

    assert 300_000 <= asyncio.run(story()) < 500_000


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://Station.Example/gzz", ("station.example", 80)),
        ("http://station.example:80/", ("station.example", 80)),
        ("https://station.example", ("station.example", 443)),
        ("https://10.0.0.7:8443/login.do", ("10.0.0.7", 8443)),
        ("http://[::1]:8080/", ("::1", 8080)),
        ("http://社区.example/", ("xn--dkrp89f.example", 80)),
    ],
)
def test_an_address_has_one_spelling(url: str, expected: tuple[str, int]) -> None:
    assert address(url) == expected
