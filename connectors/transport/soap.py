"""The way out over SOAP 1.1: zeep writes and reads messages by a WSDL beside the connector, `Http` carries them.

zeep's own transports are not used: they know no total deadline, and a department that drips would hold a thread for
ever. (Its types are partial: hence the ignores.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import zeep
from lxml import etree
from zeep.exceptions import Fault as ZeepFault
from zeep.wsse.username import UsernameToken

from gridapp.contract import Misconfigured, Unavailable

from .http import Answer, Http

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Fault(Exception):
    """The department answered with a SOAP fault: `code` without its prefix (`Client.Authentication`), its own words."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class _Local(zeep.Transport):
    """Loads the one file it was made for and nothing else, whatever that file points at."""

    def __init__(self, wsdl: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._wsdl = wsdl

    def load(self, url: str) -> bytes:
        if Path(url) != self._wsdl:
            raise ValueError(f"{self._wsdl.name} points at {url}, which is not loaded")
        return self._wsdl.read_bytes()


@dataclass(frozen=True, slots=True)
class _Reply:
    """What zeep reads an answer from. The media type is fixed: no multipart, whatever the answer says it is."""

    status_code: int
    content: bytes
    encoding: str = "utf-8"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/xml"})


class Soap:
    """One session with one service, an async context manager.

    `wsdl` is a local file with its types inside; its address is ignored, `url` is the target's own setting.
    `deadline` is seconds for a whole call.
    """

    def __init__(self, wsdl: Path, url: str, *, deadline: float) -> None:
        self._client = _client(wsdl)
        self._http = Http(url, deadline=deadline)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def call(
        self,
        operation: str,
        *,
        header: Mapping[str, Any] = _NOTHING,
        http_headers: Mapping[str, str] = _NOTHING,
        account: tuple[str, str] | None = None,
        **arguments: Any,
    ) -> Any:
        """One operation by name; returns its result. Raises Fault, Unavailable or Misconfigured.

        `account`: user and password, which go as a WS-Security UsernameToken of this moment with a digest. An argument
        may be an `etree.CDATA`. Status 500 carries faults in SOAP 1.1 and is read like any other answer.
        """
        binding = _binding(self._client)
        client = self._client
        envelope = client.create_message(  # type: ignore[no-untyped-call]
            client.service, operation, _soapheaders=dict(header), **arguments
        )
        if account is not None:
            token = UsernameToken(*account, use_digest=True, zulu_timestamp=True)  # type: ignore[no-untyped-call]
            envelope, _ = token.apply(envelope, {})  # type: ignore[no-untyped-call]
        answer = await self._http.post(
            etree.tostring(envelope, xml_declaration=True, encoding="utf-8"),
            content_type="text/xml; charset=utf-8",
            headers={**http_headers, "SOAPAction": f'"{binding.get(operation).soapaction}"'},
            judges=(500,),
        )
        return self._read(answer, binding, operation)

    def _read(self, answer: Answer, binding: Any, operation: str) -> Any:
        page = "html" in answer.headers.get("Content-Type", "") or b"<html" in answer.body[:1024].lower()
        if page and answer.status == 200:
            raise Misconfigured("html", "对方返回了网页而不是数据，请核对地址和凭据")
        try:
            return binding.process_reply(self._client, binding.get(operation), _Reply(answer.status, answer.body))
        except ZeepFault as fault:
            if not fault.code:  # status 500 without a fault inside
                raise Unavailable(f"对方出错({answer.status})", maybe_sent=True) from None
            raise Fault(str(fault.code).rpartition(":")[2], str(fault.message or "").strip()) from None
        except Exception:
            # Whatever zeep stumbles over in a strange answer (IndexError, AttributeError …) says the same. Not chained:
            # its messages quote the whole answer, and answers hold people's data.
            raise Unavailable("对方的应答不是约定的 SOAP 报文", maybe_sent=True) from None


@cache
def _client(wsdl: Path) -> zeep.Client:
    settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    return zeep.Client(str(wsdl), transport=_Local(wsdl), settings=settings)  # type: ignore[no-untyped-call]


def _binding(client: zeep.Client) -> Any:
    """The binding of the only port of the only service."""
    (service,) = client.wsdl.services.values()
    (port,) = service.ports.values()
    return port.binding
