"""The platform's signed services: catalogue, quality report, verification of what it holds."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

from connectors.transport.http import Http
from gridapp.contract import Misconfigured, Unavailable

CATALOGUE, QUALITY, VERIFICATION = "GX-ML-01", "GX-ZL-01", "GX-JH-01"
"""The services' numbers (sid) at the platform."""
MOST = 500
"""Rows that may be asked about in one call."""

_PATHS = {CATALOGUE: "service/catalogue", QUALITY: "service/quality", VERIFICATION: "service/verification"}
_EXPIRED = "1003"
_OURS: Mapping[str, str] = {
    "1001": "签名不被接受：请核对请求方标识和appkey",
    "1002": "请求时间相差过大：请校准服务器时钟",
    "1004": "appkey不正确",
    "1005": "没有使用该服务的权限",
}
"""Refusals that somebody on our side must mend."""


class Gateway:
    """An async context manager. `rid`: who asks. Its secret comes for the appkey, and again when it has expired."""

    def __init__(self, url: str, *, rid: str, appkey: str, deadline: float) -> None:
        self._http = Http(url, deadline=deadline)
        self._rid = rid
        self._appkey = appkey
        self._secret = ""

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def catalogue(self, code: str) -> Mapping[str, Any]:
        """One entry: ZT 1 approved, MYZW the fingerprint of the key of its sealed column."""
        entry: Any = await self._ask(CATALOGUE, {"ZYDM": code})
        return entry if isinstance(entry, dict) else {}

    async def quality(self, rows: Sequence[str]) -> dict[str, Mapping[str, Any]] | None:
        """What the report says of rows by TONG_ID, None where its lines are not what was asked for and counted."""
        return await self._lines(QUALITY, rows)

    async def verification(self, rows: Sequence[str]) -> dict[str, Mapping[str, Any]] | None:
        """The same with XCSJ, what the platform holds now of the record that a row was about."""
        return await self._lines(VERIFICATION, rows)

    async def _lines(self, service: str, rows: Sequence[str]) -> dict[str, Mapping[str, Any]] | None:
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(rows), MOST):
            asked = rows[start : start + MOST]
            told = await self._ask(service, {"TONG_ID": asked})
            lines = told.get("LB") if isinstance(told, dict) else None
            if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
                raise Unavailable("共享平台的应答不是约定的格式", maybe_sent=True)
            named = {str(line.get("TONG_ID")): line for line in lines}
            if told.get("ZS") != len(lines) or len(named) != len(lines) or not named.keys() <= set(asked):
                return None
            found |= named
        return found

    async def _ask(self, service: str, body: Mapping[str, Any]) -> Any:
        """The content of a service's answer. Raises Unavailable or Misconfigured."""
        fresh = not self._secret
        if fresh:
            self._secret = await self._fetch_secret()
        code, content = await self._post(_PATHS[service], body, self._signed(service))
        if code == _EXPIRED and not fresh:
            self._secret = await self._fetch_secret()
            code, content = await self._post(_PATHS[service], body, self._signed(service))
        if code != "0":
            raise _refusal(code)
        return content

    async def _fetch_secret(self) -> str:
        code, content = await self._post("secret", {"rid": self._rid, "appkey": self._appkey}, {})
        if code != "0":
            raise _refusal(code)
        secret = content.get("secret") if isinstance(content, dict) else None
        if not isinstance(secret, str) or not secret:
            raise Unavailable("共享平台的应答不是约定的格式", maybe_sent=True)
        return secret

    def _signed(self, service: str) -> dict[str, str]:
        at = str(int(time.time() * 1000))
        mac = hmac.digest(self._secret.encode(), f"{service}{self._rid}{at}".encode(), hashlib.sha256)
        return {
            "gjgxjhpt_rid": self._rid,
            "gjgxjhpt_sid": service,
            "gjgxjhpt_rtime": at,
            "gjgxjhpt_sign": base64.b64encode(mac).decode(),
        }

    async def _post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[str, Any]:
        """(code, content) of their envelope `{code, message, data}`."""
        answer = await self._http.post(
            json.dumps(body).encode(), content_type="application/json", path=path, headers=headers
        )
        told = answer.json()
        if not isinstance(told, dict) or not isinstance(told.get("code"), str):
            raise Unavailable("共享平台的应答不是约定的格式", maybe_sent=True)
        return told["code"], told.get("data")


def _refusal(code: str) -> Unavailable | Misconfigured:
    if code in _OURS:
        return Misconfigured(code, _OURS[code])
    return Unavailable(f"共享平台出错({code[:8]})", maybe_sent=True)
