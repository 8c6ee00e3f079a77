"""Where the product may connect to: what is listed, in whatever spelling, and never what a cloud tells its machines."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from connectors.transport.exchange_table import ExchangeTables, Table
from connectors.transport.http import Http
from connectors.transport.tunnel import Tunnel
from gridapp import egress
from gridapp.catalogue import settling
from gridapp.contract import Misconfigured

LIST = "jz.district.example:8443, 10.20.0.0/16:5432, 127.0.0.1:9443, [2001:db8::7]:443"
METADATA = [
    "169.254.169.254", "169.254.170.2", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[0:0:0:0:0:ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "[::169.254.169.254]", "[fd00:ec2::254]", "[fe80::1]", "0.0.0.0",  # noqa: S104 - connected to, not bound
    "[::]", "100.100.100.200", "192.0.0.192", "224.0.0.1", "255.255.255.255", "[ff02::1]", "[fd20:ce::254]",
]  # fmt: skip
SPELLED_OTHERWISE = [
    "2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "0251.0376.0251.0376", "169.254.43518", "169.16689662", "127.1",
    "017700000001", "１６９.254.169.254", "169。254。169。254", "[fe80::1%eth0]", "①⑥⑨.254.169.254", "a b", "a\tb",
    "good.example@169.254.169.254", "good.example#", "exa_mple..com", "-x.example", "", ".", "[::ffff:1.2.3.4",
    "x\x00y",
]  # fmt: skip


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EGRESS_ALLOW", LIST)
    yield


@pytest.mark.parametrize("host", METADATA)
def test_no_department_is_there_listed_or_not(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    with pytest.raises(Misconfigured):
        egress.check(host, 80)
    monkeypatch.setenv("EGRESS_ALLOW", "0.0.0.0/0:80,[::]/0:80")
    with pytest.raises(Misconfigured):
        egress.check(host, 80)


@pytest.mark.parametrize("host", SPELLED_OTHERWISE)
def test_a_host_that_others_may_read_otherwise_is_refused(host: str) -> None:
    with pytest.raises(Misconfigured):
        egress.check(host, 80)


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("jz.district.example", 8443), ("JZ.District.Example.", 8443), ("10.20.3.4", 5432), ("127.0.0.1", 9443),
        ("[2001:db8::7]", 443), ("2001:0db8:0:0::7", 443), ("::ffff:10.20.3.4", 5432),
    ],
)  # fmt: skip
def test_what_is_listed_is_reached_in_any_one_spelling(listed: None, host: str, port: int) -> None:
    egress.check(host, port)


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("jz.district.example", 443), ("district.example", 8443), ("x.jz.district.example", 8443), ("10.21.0.1", 5432),
        ("jz.district.example.evil.example", 8443), ("127.0.0.1", 9444), ("127.0.0.2", 9443), ("localhost", 9443),
        ("::1", 9443), ("[2001:db8::8]", 443), ("10.20.3.4", 5433),
    ],
)  # fmt: skip
def test_what_is_not_listed_is_not(listed: None, host: str, port: int) -> None:
    with pytest.raises(Misconfigured, match="EGRESS_ALLOW"):
        egress.check(host, port)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://127.0.0.1:9443/", "//127.0.0.1:9443/", "http:\\\\127.0.0.1:9443", "http://",
        "https://jz.district.example:8443@169.254.169.254/", "https://jz.district.example:99999/", "http://[::1/",
    ],
)  # fmt: skip
def test_an_address_of_another_kind_leads_nowhere(listed: None, url: str) -> None:
    with pytest.raises(Misconfigured):
        egress.check_url(url)


def test_in_production_nothing_is_reached_without_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EGRESS_ALLOW", raising=False)
    egress.check("jz.district.example", 8443)
    monkeypatch.setenv("GRIDAPP_DEBUG", "0")

    with pytest.raises(Misconfigured):
        egress.check("jz.district.example", 8443)


@pytest.mark.parametrize("text", ["jz.example", "jz.example:0", "jz.example:x", "10.0.0.0/40:80", ":80"])
def test_a_list_that_cannot_be_read_is_no_list(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("EGRESS_ALLOW", text)

    with pytest.raises((ValueError, Misconfigured)):
        egress.check("jz.example", 80)


@pytest.mark.parametrize("found", ["169.254.169.254", "::ffff:169.254.169.254", "127.0.0.1", "::1"])
def test_a_listed_name_that_leads_inside_is_not_followed(
    listed: None, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    family = socket.AF_INET6 if ":" in found else socket.AF_INET
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(family, socket.SOCK_STREAM, 6, "", (found, 8443))]
    )  # no name server that we have lies

    with pytest.raises(Misconfigured):
        egress.addresses_now("jz.district.example", 8443)
    with pytest.raises(Misconfigured):
        asyncio.run(egress.addresses("jz.district.example", 8443))


def test_what_was_judged_is_what_is_connected_to(listed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers otherwise the second time is not asked a second time."""
    asked: list[str] = []

    def resolve(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        found = "10.9.9.9" if len(asked) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 8443))]

    tried: list[str] = []

    async def connect(address: str) -> None:
        tried.append(address)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    asyncio.run(egress.connected("jz.district.example", 8443, connect))

    assert (asked, tried) == (["jz.district.example"], ["10.9.9.9"])


class Listener:
    """A canary: whoever reaches it is counted."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.port = self.socket.getsockname()[1]

    def was_reached(self) -> bool:
        try:
            self.socket.accept()[0].close()
        except TimeoutError:
            return False
        return True


@pytest.fixture
def canary() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.socket.close()


async def _by_http(port: int) -> None:
    async with Http(f"http://127.0.0.1:{port}/", deadline=1) as way:
        await way.get()


async def _by_http_by_name(port: int) -> None:
    async with Http(f"http://localhost:{port}/", deadline=1) as way:
        await way.get()


async def _by_table(port: int) -> None:
    address = {"host": "127.0.0.1", "port": str(port), "dbname": "x", "user": "x", "password": "x"}
    await ExchangeTables(address, deadline=1).put(Table("T", "A", ("A",)), [{"A": "1"}])


async def _by_tunnel(port: int) -> None:
    async with Tunnel("127.0.0.1", port, within=1):
        pass


@pytest.mark.parametrize("way", [_by_http, _by_http_by_name, _by_table, _by_tunnel])
def test_no_way_out_reaches_what_is_not_listed(listed: None, canary: Listener, way: object) -> None:
    with pytest.raises(Misconfigured):
        asyncio.run(way(canary.port))  # type: ignore[operator]

    assert not canary.was_reached()


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"url": "https://jz.district.example:8443/api", "token": "x"}, set()),
        ({"url": "http://169.254.169.254/latest/meta-data/"}, {"url"}),
        ({"url": "https://elsewhere.example/", "secret": "x"}, {"url"}),
        ({"host": "10.20.3.4", "port": "5432"}, set()),
        ({"host": "10.20.3.4", "port": "22"}, {"host"}),
        ({"host": "0x7f000001", "port": "9443"}, {"host"}),
        ({"url": "", "host": ""}, set()),
    ],
)
def test_the_settings_of_a_target_say_so_before_they_are_saved(
    listed: None, values: dict[str, str], wrong: set[str]
) -> None:
    complaints = settling._unlisted(values)

    assert complaints.keys() == wrong
    assert all("外联" in text or "不予连接" in text or "写法" in text for text in complaints.values())
