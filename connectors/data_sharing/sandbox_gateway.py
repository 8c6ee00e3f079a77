"""The platform's services in front of catalogue, report and base: signed requests, a secret that expires every day."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from connectors.sandbox import Channel, HttpChannel

from .sandbox_quality import CATALOGUES

if TYPE_CHECKING:
    from .sandbox import Line, SharingPlatform

EXPIRES_AFTER = 86400.0
STALE = 300.0
"""Seconds that the time of a request may be off."""
MOST = 500
WORDS = {
    "0": "成功",
    "1001": "签名错误",
    "1002": "请求时间超出允许范围",
    "1003": "密钥已过期",
    "1004": "appkey错误",
    "1005": "服务未授权",
    "2001": "参数错误",
    "9999": "系统繁忙,请稍后再试",
}
SERVICES = {"catalogue": "GX-ML-01", "quality": "GX-ZL-01", "verification": "GX-JH-01"}
"""Path -> number of the service."""
STRANGER = {"TONG_ID": "f" * 32, "SM3HASH": "0" * 64, "ZT": "1", "WTDM": "", "WTMS": "", "WTZD": ""}


class Gateway:
    """Knows one requester. `port` is the one served last."""

    def __init__(self, platform: SharingPlatform) -> None:
        self._platform = platform
        self._rid = f"990101{secrets.randbelow(10**6):06d}"
        self._appkey = secrets.token_urlsafe(24)
        self._secret, self._until = "", 0.0
        self.port = 0

    def channel(self) -> Channel:
        routes = [web.post("/gateway/secret", self._give_secret), web.post("/gateway/service/{name}", self._serve)]
        return HttpChannel(self._platform, routes, error_in_200=lambda: _answer("9999"))

    def credentials(self) -> dict[str, str]:
        return {"url": f"http://127.0.0.1:{self.port}/gateway", "rid": self._rid, "appkey": self._appkey}

    def expire(self) -> None:
        """The day is over: whoever signs with the secret of yesterday is refused."""
        self._until = 0.0

    async def _give_secret(self, request: web.Request) -> web.Response:
        told = await request.json()
        if self._platform.faults.take("wrong_credentials") or (told.get("rid"), told.get("appkey")) != (
            self._rid,
            self._appkey,
        ):
            return _answer("1004")
        if time.monotonic() >= self._until:
            self._secret = secrets.token_urlsafe(32)
            lasts = self._platform.pause(EXPIRES_AFTER) if self._platform.own_time else EXPIRES_AFTER
            self._until = time.monotonic() + lasts
        return _answer("0", {"secret": self._secret})

    async def _serve(self, request: web.Request) -> web.Response:
        service = SERVICES.get(request.match_info["name"], "")
        code = self._refusal(request, service)
        if code:
            return _answer(code)
        asked = await request.json()
        if service == SERVICES["catalogue"]:
            return _answer("0", self._entry(str(asked.get("ZYDM"))))
        numbers = asked.get("TONG_ID")
        if not isinstance(numbers, list) or len(numbers) > MOST:
            return _answer("2001")
        told: Callable[[list[str]], list[Line]] = (
            self._platform.report if service == SERVICES["quality"] else self._platform.verification
        )
        return _answer("0", self._bent(told([str(number) for number in numbers])))

    def _refusal(self, request: web.Request, service: str) -> str:
        """A code, "" for a request that is signed as it must be."""
        rid, sid, at, sign = (request.headers.get(f"gjgxjhpt_{name}", "") for name in ("rid", "sid", "rtime", "sign"))
        if not service or sid != service:
            return "1005"
        if not at.isdigit() or abs(int(at) / 1000 - time.time()) > STALE:
            return "1002"
        if time.monotonic() >= self._until:
            return "1003"
        expected = base64.b64encode(hmac.digest(self._secret.encode(), f"{sid}{rid}{at}".encode(), hashlib.sha256))
        return "" if rid == self._rid and hmac.compare_digest(expected, sign.encode()) else "1001"

    def _entry(self, code: str) -> dict[str, Any]:
        approved = code in CATALOGUES.values() and self._platform.store.get("unapproved", code) is None
        print_of_key = hashlib.new("sm3", self._platform.sm4_key).hexdigest()[:8]
        return {"ZYDM": code, "ZT": "1" if approved else "0", "MYZW": print_of_key}

    def _bent(self, lines: list[Line]) -> dict[str, Any]:
        """The lines with their count and the share of good ones, as a day of faults leaves them."""
        faults = self._platform.faults
        if lines and faults.take("return_foreign"):
            lines = [*lines, STRANGER]
        if faults.take("return_shuffled"):
            lines = lines[::-1]
        count = len(lines)
        if lines and faults.take("return_short"):
            lines = lines[:-1]
        good = sum(line["ZT"] == "1" for line in lines)
        return {"ZS": count, "HGL": f"{100 * good / count:.2f}" if count else "", "LB": lines}


def _answer(code: str, content: Any = None) -> web.Response:
    return web.json_response({"code": code, "message": WORDS[code], "data": content})
