"""Their gateway: a token fetched when there is none, calls at their pace, one more try when the token is dead."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Self

import orjson

from connectors.transport.http import Http
from connectors.transport.in_turn import Pace
from gridapp.contract import Misconfigured, Unavailable

from .messages import Seal
from .replies import TOKEN_DEAD, Said, read

SPACING = 0.2
"""Seconds between two calls: they allow five a second."""
_EARLY = 60.0
"""Seconds before its end at which a token is not used any more."""


class Gateway:
    """An async context manager. `within`: seconds of one call; a call with a dead token may take four of them."""

    def __init__(self, setting: Mapping[str, str], *, within: float, concurrency: int) -> None:
        self._setting = setting
        self._within = within
        self._http = Http(setting["url"], deadline=within, concurrency=concurrency)
        self._pace = Pace(SPACING)
        self._gate = asyncio.Lock()
        self._token = ""
        self._good_until = 0.0

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def call(self, path: str, record: Mapping[str, Any], operation: str, *, until: float) -> Said:
        """Sends one record; nothing is begun that could end after `until` (time of the loop).

        A token that they have forgotten before its time (301) is fetched anew and the call repeated, once: 301 to a
        token of a moment ago is for the caller to judge. Raises Unavailable or Misconfigured.
        """
        body = orjson.dumps({"APP_ID": self._setting["app_id"], **Seal.of(self._setting).put(record, operation)})
        token = await self._valid(until)
        said = await self._post(path, body, token, until)
        if said.code != TOKEN_DEAD:
            return said
        return await self._post(path, body, await self._valid(until, instead_of=token), until)

    async def _valid(self, until: float, *, instead_of: str = "") -> str:
        """A token to go on with. Several calls may meet a dead one at once; the first fetches for all."""
        async with self._gate:
            if self._token in ("", instead_of) or asyncio.get_running_loop().time() > self._good_until:
                self._token = ""
                self._token = await self._fetch(until)
            return self._token

    async def _fetch(self, until: float) -> str:
        asked = orjson.dumps({"appId": self._setting["app_id"], "secret": self._setting["secret"]})
        self._begin(until)
        try:
            said = read(await self._http.post(asked, path="v2/getToken", content_type="application/json"))
        except Unavailable as error:
            # Whatever became of this request, no record was in it.
            raise Unavailable(error.reason, maybe_sent=False, retry_after=error.retry_after) from error
        token, lasts = said.details.get("token"), said.details.get("expires_in")
        if said.code != "0":
            raise Unavailable(f"取不到令牌：{said.code} {said.reason}", maybe_sent=False)
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise Misconfigured("token", "对方的应答中没有令牌，请核对接口版本")
        self._good_until = asyncio.get_running_loop().time() + _lasts(lasts)
        return token

    async def _post(self, path: str, body: bytes, token: str, until: float) -> Said:
        await self._pace.turn()
        self._begin(until)
        headers = {"Authorization": f"Bearer {token}"}
        return read(await self._http.post(body, path=path, content_type="application/json", headers=headers))

    def _begin(self, until: float) -> None:
        if asyncio.get_running_loop().time() > until - self._within:
            raise Unavailable("来不及在规定时间内得到应答", maybe_sent=False)


def _lasts(told: Any) -> float:
    """Seconds for which a token is used: less than they say, and at least for the call it was fetched for."""
    return max(float(told) - _EARLY, 0.0) if isinstance(told, int | float) else 0.0
