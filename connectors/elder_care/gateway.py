"""The government gateway in front of the service: four headers on every call, signed with a secret of the day."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from connectors.transport.http import Http
from gridapp.contract import Misconfigured, Unavailable

EXCHANGE = "auth/secret"
REFUSED = "401"

Told = TypeVar("Told")


def signed(rid: str, sid: str, secret: str) -> dict[str, str]:
    """Headers for one call made now: who asks (rid), for which service (sid), milliseconds since 1970, signature."""
    at = str(time.time_ns() // 1_000_000)
    mac = hmac.digest(secret.encode(), f"{sid}{rid}{at}".encode(), hashlib.sha256)
    return {
        "gjgxjhpt_rid": rid,
        "gjgxjhpt_sid": sid,
        "gjgxjhpt_rtime": at,
        "gjgxjhpt_sign": base64.b64encode(mac).decode(),
    }


class Gateway:
    """Signs with the secret that the gateway gives for the app key, and gets a new one when that one has run out."""

    def __init__(self, http: Http, *, rid: str, sid: str, app_key: str) -> None:
        self._http = http
        self._rid = rid
        self._sid = sid
        self._app_key = app_key
        self._secret = ""

    async def through(self, call: Callable[[Mapping[str, str]], Awaitable[Told]]) -> Told:
        """What `call` gives with signed headers. Raises what it raises, and as `_exchange` does."""
        fresh = not self._secret
        try:
            return await call(await self._headers())
        except Misconfigured as error:
            if error.code != REFUSED or fresh:
                raise
        # A secret lives for a day, and the gateway refuses an old one like a wrong one, before it passes anything on.
        self._secret = ""
        return await call(await self._headers())

    async def _headers(self) -> dict[str, str]:
        if not self._secret:
            self._secret = await self._exchange()
        return signed(self._rid, self._sid, self._secret)

    async def _exchange(self) -> str:
        """The secret of the day. Raises Unavailable, and Misconfigured where they do not know the app key."""
        headers = signed(self._rid, self._sid, self._app_key)
        answer = await self._http.post(b"", path=EXCHANGE, content_type="application/json", headers=headers)
        told: Any = answer.json()
        match told:
            case {"code": "0", "data": {"secret": str(secret)}} if secret:
                return secret
        raise Unavailable("网关没有给出当日密钥", maybe_sent=False)
