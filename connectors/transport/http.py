"""The way out over HTTP: total deadlines, capped answers, one address, and an honest word on whether a byte has left.

A connector gets an `Answer` only for statuses it may judge; everything else is already Unavailable or Misconfigured.
"""

from __future__ import annotations

import asyncio
import io
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn, Self

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver, AbstractStreamWriter, ResolveResult
from yarl import URL

from gridapp import egress
from gridapp.contract import Misconfigured, Unavailable

KEPT = 64 * 1024
"""Bytes of an answer worth keeping."""
LARGEST = 1024 * 1024
"""Bytes of an answer, unpacked, after which nobody reads on."""
LONGEST_WAIT = 24 * 3600.0
"""Seconds; whoever asks us to come back later than this has made a mistake."""

_FRESH = 0.02
"""Seconds after an answer in which the loop has surely heard of whatever happened to the other connections."""
_NOT_TAKEN = frozenset({429, 503})  # "later": the request was not looked at, so nothing can have been stored


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status 2xx, or one of those the connector wants to judge itself."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kept(self) -> bytes:
        """The first 64 KiB."""
        return self.body[:KEPT]

    def json(self) -> Any:
        """The body as JSON. Raises Misconfigured for a page (a sign-in, a wrong address), Unavailable for anything else
        that is not JSON: we do not know what became of the request then."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            if "html" in self.headers.get("Content-Type", "") or self.body.lstrip()[:1] == b"<":
                raise Misconfigured("html", "对方返回了网页而不是数据，请核对地址和凭据") from error
            raise Unavailable("对方的应答不是 JSON", maybe_sent=True) from error


class _Judged(AbstractResolver):
    """Names as egress resolves them."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host=found, port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ":" in found else socket.AF_INET,
            )
            for found in await egress.addresses(host, port)
        ]  # fmt: skip

    async def close(self) -> None:
        """Nothing is held."""


class _Leaving(aiohttp.Payload):
    """A request body that knows whether it was handed to a living socket; aiohttp sends the headers with it."""

    left = False

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        transport = writer.transport
        self.left = self.left or (transport is not None and not transport.is_closing())
        await super().write_with_length(writer, content_length)


class _Small(_Leaving, aiohttp.BytesPayload):
    """Written in one piece."""


class _Large(_Leaving, aiohttp.BytesIOPayload):
    """Read in pieces, so that a scan of 5 MB does not hold up the others of the lane; from the start for each try."""


def _body(content: bytes, content_type: str) -> _Leaving:
    if len(content) <= KEPT:
        return _Small(content, content_type=content_type)
    return _Large(io.BytesIO(content), content_type=content_type)


class Http:
    """One session with one address, an async context manager. Keeps its connections, no cookies, knows no proxy.

    `url` is the target's own setting: its scheme, host and port are all that is ever spoken to. `deadline` is seconds
    for a whole call. `authorities`: PEM text of a private certificate authority to trust instead of the public ones.
    """

    def __init__(self, url: str, *, deadline: float, concurrency: int = 1, authorities: str = "") -> None:
        self._base = _checked(url)
        self._deadline = deadline
        self._concurrency = concurrency
        self._authorities = authorities
        self._session: aiohttp.ClientSession | None = None
        self._answered_at = 0.0  # by the loop's clock

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=self._concurrency,
            resolver=_Judged(),
            ttl_dns_cache=None,  # resolved once a session: an address that changes under us is not followed
            ssl=ssl.create_default_context(cadata=self._authorities) if self._authorities else True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=self._deadline),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            headers={"User-Agent": "gridapp", "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(self, *error: Any) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self, path: str = "", *, headers: Mapping[str, str] | None = None, judges: Collection[int] = ()
    ) -> Answer:
        """A harmless question. Raises Unavailable or Misconfigured."""
        return await self._call("GET", path, None, headers, judges)

    async def post(
        self,
        body: bytes,
        *,
        content_type: str,
        path: str = "",
        headers: Mapping[str, str] | None = None,
        judges: Collection[int] = (),
    ) -> Answer:
        """Send `body` to the address with `path` behind it. `judges`: statuses the connector judges itself.

        Raises Unavailable (with what is known of whether it was sent) or Misconfigured.
        """
        return await self._call("POST", path, _body(body, content_type), headers, judges)

    async def _call(
        self,
        method: str,
        path: str,
        body: _Leaving | None,
        headers: Mapping[str, str] | None,
        judges: Collection[int],
    ) -> Answer:
        address = self._base / path if path else self._base
        if asyncio.get_running_loop().time() - self._answered_at > _FRESH:
            await _notice_closed()
        try:
            try:
                answer = await self._once(method, address, body, headers)
            except aiohttp.ClientConnectorError:
                raise
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
                if body is None or body.left:
                    raise
                # A kept connection had died before anything was written to it: the one safe moment to try again.
                answer = await self._once(method, address, body, headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _failure(error, maybe_sent=body is not None and body.left) from error
        if not 200 <= answer.status < 300 and answer.status not in judges:
            _refuse(answer)
        return answer

    async def _once(
        self, method: str, address: URL, body: _Leaving | None, headers: Mapping[str, str] | None
    ) -> Answer:
        assert self._session is not None, "use it as an async context manager"  # noqa: S101 - a slip of ours
        async with self._session.request(method, address, data=body, headers=headers, allow_redirects=False) as reply:
            content = await _read(reply)
            self._answered_at = asyncio.get_running_loop().time()
            return Answer(reply.status, reply.headers, content)


async def _notice_closed() -> None:
    """Let the loop hear of kept connections that the other side has closed, before one of them is written to."""
    for _ in range(2):  # one turn to see that there is something to read, one to read that it is the end
        await asyncio.sleep(0)


async def _read(reply: aiohttp.ClientResponse) -> bytes:
    if (reply.content_length or LARGEST + 1) <= LARGEST and "Content-Encoding" not in reply.headers:
        return await reply.read()
    chunks: list[bytes] = []
    size = 0
    async for chunk in reply.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST:
            reply.close()
            if 200 <= reply.status < 300:
                raise Unavailable("对方的应答超过 1 MB", maybe_sent=True)
            return b"".join(chunks)[:KEPT]
    return b"".join(chunks)


def _checked(url: str) -> URL:
    try:
        base = URL(url.strip())
    except ValueError as error:
        raise Misconfigured("url", "目标系统的地址写得不对") from error
    if base.scheme not in ("http", "https") or not base.host or base.user or base.password:
        raise Misconfigured("url", "目标系统的地址须为 http:// 或 https:// 开头，且不含用户名密码")
    egress.check(base.host, base.port or 0)
    return base


def _failure(error: BaseException, *, maybe_sent: bool) -> Unavailable | Misconfigured:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return Misconfigured("tls", f"对方的证书不可信：{error.certificate_error}")
        case aiohttp.ClientConnectorSSLError() if not isinstance(error.os_error, ssl.SSLEOFError):
            return Misconfigured("tls", f"无法建立加密连接：{error.os_error}")
        case aiohttp.ClientConnectorDNSError():
            return Unavailable("找不到对方的主机名", maybe_sent=False, reached=False)
        case aiohttp.ClientConnectorError():
            return Unavailable("连不上对方", maybe_sent=False, reached=False)
        case TimeoutError():
            return Unavailable("对方没有在规定时间内应答", maybe_sent=maybe_sent)
    return Unavailable("与对方的连接中断", maybe_sent=maybe_sent)


def _refuse(answer: Answer) -> NoReturn:
    """What a status means that no connector judges."""
    status = answer.status
    if status >= 500 or status in (408, 425, 429):
        wait = retry_after(answer.headers.get("Retry-After"), now=datetime.now(UTC))
        reason = "对方要求稍后再试" if status in _NOT_TAKEN else "对方出错"
        raise Unavailable(f"{reason}({status})", maybe_sent=status not in _NOT_TAKEN, retry_after=wait)
    if 300 <= status < 400:
        raise Misconfigured(str(status), "对方要求转到别的地址，不予跟随，请核对地址")
    if status in (401, 403):
        raise Misconfigured(str(status), "对方不接受凭据")
    raise Misconfigured(str(status), "对方不认识这个请求，请核对地址和接口版本")


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header (seconds or an HTTP date), at most a day; None where it says nothing."""
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT)
