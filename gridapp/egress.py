"""Where the product may connect to: EGRESS_ALLOW names every host and port.

Whatever somebody types on a page (targets, endpoints of other clients) and whatever another server tells us (a portal)
is asked about here, each time. Database, broker, mail and time stamp server are settings of the operator's already.

EGRESS_ALLOW=jz.district.example:8443,10.20.0.0/16:5432,mail.district.example:587. Without it an instance for trying out
connects anywhere but to what no department can be; in production nowhere. A name is resolved here, once, and what is
connected to is the address that was judged: no second answer of a name server is believed.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

from gridapp.contract import Misconfigured

Address = IPv4Address | IPv6Address
T = TypeVar("T")
PORTS = {"http": 80, "https": 443, "amqp": 5672, "amqps": 5671, "smtp": 25}
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_CARRYING_V4 = (ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96"), ip_network("::/96"))
_NEVER = [
    ip_network(text)
    for text in (
        "0.0.0.0/8", "169.254.0.0/16", "100.100.100.200/32", "192.0.0.192/32", "224.0.0.0/3",
        "::/128", "fe80::/10", "fd00:ec2::/32", "fd20:ce::/32", "ff00::/8",
    )
]  # fmt: skip
"""Ourselves by no address, the link, what clouds tell their machines (keys and all), everybody at once."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the list: a name or a network, and a port."""

    where: str | IPv4Network | IPv6Network
    port: int

    def allows(self, host: str | Address, port: int) -> bool:
        if port != self.port:
            return False
        if isinstance(host, str) or isinstance(self.where, str):
            return host == self.where
        return host.version == self.where.version and host in self.where


def check(host: str, port: int) -> str | Address:
    """The host in its one spelling. Raises Misconfigured where the product may not connect to it."""
    found = spelled(host)
    if not isinstance(found, str):
        _judge(found, host)
    rules = listed()
    if rules is not None and not any(rule.allows(found, port) for rule in rules):
        raise Misconfigured("egress", f"{host}:{port} 不在允许的外联地址清单（EGRESS_ALLOW）中，请系统管理员核对后加入")
    return found


def check_url(url: str) -> None:
    """The same for where a URL leads."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Misconfigured("url", "目标系统的地址写得不对") from None
    if not host or not port or parts.scheme not in PORTS or "\\" in url:
        raise Misconfigured("url", "目标系统的地址写得不对")
    check(host, port)


async def addresses(host: str, port: int) -> list[str]:
    """What to connect to, best first. Raises Misconfigured, and OSError where no name server knows the host."""
    found = check(host, port)
    if not isinstance(found, str):
        return [str(found)]
    known = await asyncio.get_running_loop().getaddrinfo(found, port, type=socket.SOCK_STREAM)
    return _judged(found, port, [str(one[4][0]) for one in known])


async def connected(host: str, port: int, connect: Callable[[str], Awaitable[T]]) -> T:
    """What `connect` makes of the first address that answers. Raises as addresses(), and as the last try."""
    first, *others = await addresses(host, port)
    try:
        return await connect(first)
    except OSError:
        for other in others:
            with suppress(OSError):
                return await connect(other)
        raise


def addresses_now(host: str, port: int) -> list[str]:
    """The same, waiting for the name server."""
    found = check(host, port)
    if not isinstance(found, str):
        return [str(found)]
    return _judged(found, port, [str(one[4][0]) for one in socket.getaddrinfo(found, port, type=socket.SOCK_STREAM)])


def listed() -> tuple[Rule, ...] | None:
    """The list; None where everything is allowed that is not refused always. Raises ValueError."""
    text = os.environ.get("EGRESS_ALLOW", "").strip()
    if not text and os.environ.get("GRIDAPP_DEBUG", "1") == "1":
        return None
    return _rules(text)


@lru_cache(maxsize=8)
def _rules(text: str) -> tuple[Rule, ...]:
    rules = []
    for entry in filter(None, (one.strip() for one in text.split(","))):
        where, _, port = entry.rpartition(":")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"EGRESS_ALLOW: {entry} has no port")
        if "/" in where:
            rules.append(Rule(ip_network(where.strip("[]")), int(port)))
            continue
        host = spelled(where)
        rules.append(Rule(host if isinstance(host, str) else ip_network(host), int(port)))
    return tuple(rules)


def spelled(host: str) -> str | Address:
    """One spelling for one host. Raises Misconfigured for numbers written otherwise (octal, whole, short) and for
    anything that is neither a number nor a name: what reads it next may read something else."""
    text = host.strip()
    text = text[1:-1] if text.startswith("[") and text.endswith("]") else text.removesuffix(".")
    text = text.lower()
    try:
        if "%" not in text:
            return _plain(ip_address(text))
    except ValueError:
        pass  # a name, then
    if not text.isascii() or _NUMBERS.fullmatch(text) or not _NAME.fullmatch(text):
        _refused(host)
    return text


def _refused(host: str) -> NoReturn:
    raise Misconfigured("egress", f"主机 {host[:80]} 的写法不规范，请填写主机名或四段十进制的地址")


def _plain(address: Address) -> Address:
    """The old kind of address that a new one stands for."""
    if isinstance(address, IPv6Address) and address not in (IPv6Address("::1"), IPv6Address("::")):
        if any(address in network for network in _CARRYING_V4):
            return IPv4Address(int(address) & 0xFFFFFFFF)
        return address.sixtofour or (address.teredo[1] if address.teredo else address)
    return address


def _judge(address: Address, said: str) -> None:
    if any(address.version == network.version and address in network for network in _NEVER):
        raise Misconfigured("egress", f"{said} 指向本机链路或云平台的内部地址，不予连接")


def _judged(name: str, port: int, found: list[str]) -> list[str]:
    """Each of them, or Misconfigured: a name that is listed may not lead to this machine unless that is listed too."""
    rules = listed()
    for text in found:
        address = _plain(ip_address(text.partition("%")[0]))
        _judge(address, name)
        here = address.is_loopback and name != "localhost"
        if here and rules is not None and not any(rule.allows(address, port) for rule in rules):
            raise Misconfigured("egress", f"{name} 指向本机，不予连接")
    return list(dict.fromkeys(found))
