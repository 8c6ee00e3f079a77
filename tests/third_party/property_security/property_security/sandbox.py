"""物业安保系统 as its vendor would write it: cards by flat, an estate's list of rooms, signed requests.

Imports nothing of its connector: what both agree on stands in the documentation, not in shared code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from connectors.sandbox import Department, HttpChannel

REASONS = {
    "P101": "房号不存在",
    "P102": "手机号格式错误",
    "P103": "已发门禁卡",
    "P104": "该房屋已登记其他住户，请先退卡",
    "P105": "该小区未接入",
    "P201": "签名错误",
    "P301": "系统维护中",
    "P404": "未发卡",
}
STALE = 300
"""Seconds that the time of a request may be off."""

Told = dict[str, Any]


class SecurityDesk(Department):
    """Holds `cards` by "document number|estate|building|room"; the number of a card stays the same for ever."""

    key = "WYAB"
    slug = "property_security"
    takes = (0.3, 1.5)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._company, self._secret = f"WY{secrets.token_hex(3)}", secrets.token_urlsafe(24)

    def channel(self) -> HttpChannel:
        routes = [
            web.post("/open/pass", self._answering(self._receive)),
            web.post("/open/pass/find", self._answering(self._find)),
        ]
        return HttpChannel(self, routes, error_in_200=lambda: _no("P301"))

    def settings(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.port}/open"
        return {"url": url, "company": self._company, "sign_secret": self._secret}

    def _answering(self, act: Callable[[Told], web.Response]) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.Response:
            body = await request.read()
            if not self._is_signed(request, body) or self.faults.take("wrong_credentials"):
                return _no("P201")
            told = json.loads(body)
            if self.faults.take("window_closed"):
                return _no("P301")
            return act(told)

        return handler

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        at = request.headers.get("X-Time", "")
        wanted = hmac.new(self._secret.encode(), at.encode() + body, hashlib.sha256).hexdigest()
        given = request.headers.get("X-Sign", "")
        mine = request.headers.get("X-Company") == self._company and at.isdigit()
        return mine and abs(time.time() - int(at)) < STALE and hmac.compare_digest(given.encode(), wanted.encode())

    def _receive(self, told: Told) -> web.Response:
        key, holder = _key(told), told.get("holder", {})
        self.ledger.add(key, str(told.get("op")))
        scripted = self.faults.scripted(str(holder.get("certNo")))
        if scripted or self.faults.take("duplicate"):
            return _no(scripted or "P103", passNo=self._number(key))
        if told.get("op") == "LEAVE":
            self.store.remove("cards", key)
            return _yes(passNo=self._number(key))
        if not re.fullmatch(r"\w{1,10}", str(told.get("flat", {}).get("room"))):
            return _no("P101")
        if not re.fullmatch(r"1\d{10}|0\d{9,11}", str(holder.get("tel"))):
            return _no("P102")
        if not self.faults.take("lose"):
            self.store.put("cards", key, told)
        return _yes(passNo=self._number(key))

    def _find(self, told: Told) -> web.Response:
        key = _key(told)
        card = self.store.get("cards", key)
        return _no("P404") if card is None else _yes(passNo=self._number(key), card=card)

    def _number(self, key: str) -> str:
        with self.store.together():
            given = self.store.get("numbers", key) or {"number": f"C{self.store.sizes().get('numbers', 0) + 1:08d}"}
            self.store.put("numbers", key, given)
        return str(given["number"])


def _key(told: Told) -> str:
    holder, flat = told.get("holder", {}), told.get("flat", {})
    return "|".join(str(part) for part in (holder.get("certNo"), *map(flat.get, ("estate", "building", "room"))))


def _yes(**given: Any) -> web.Response:
    return web.json_response({"ok": "Y", "errNo": "", "errText": "", **given})


def _no(code: str, **given: Any) -> web.Response:
    return web.json_response({"ok": "N", "errNo": code, "errText": REASONS.get(code, "其他错误"), **given})


DEPARTMENT = SecurityDesk
