"""The door of the elder care system: the city's gateway with its secret of the day, and the service's own account."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web
from lxml import etree

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
STALE = 300
"""Seconds that a timestamp may be off."""
DAY = 24 * 3600.0
PER_SECOND = 10


class Gate:
    """Lets calls through that are signed with the secret of the day, no more than ten a second."""

    def __init__(self, secret_lives: float) -> None:
        self.rid, self.sid = f"rid{secrets.token_hex(6)}", f"sid{secrets.token_hex(6)}"
        self.app_key = secrets.token_urlsafe(24)
        self._secret_lives = secret_lives
        self.expire()
        self.rest()

    def expire(self) -> None:
        """A new day: the secret given out so far is worth nothing."""
        self._secret, self._made_at = secrets.token_urlsafe(24), time.monotonic()

    def rest(self) -> None:
        """Nobody has called for a while."""
        self._tokens, self._filled_at = float(PER_SECOND), time.monotonic()

    def exchange(self, request: web.Request) -> web.Response:
        """The secret of the day, for whoever signs with the app key."""
        if not self._is_signed(request, self.app_key):
            return refusal(401, "40101", "签名校验失败")
        left = self._secret_lives - (time.monotonic() - self._secret_made_at())
        expires = int((time.time() + left) * 1000)
        return web.json_response({"code": "0", "message": "", "data": {"secret": self._secret, "expires": expires}})

    def refuses(self, request: web.Request) -> web.Response | None:
        """The gateway's own answer to a call that does not get through."""
        self._secret_made_at()
        if not self._is_signed(request, self._secret):
            return refusal(401, "40101", "签名校验失败")
        if self._too_fast():
            return refusal(429, "42901", "请求过于频繁", {"Retry-After": "1"})
        return None

    def _secret_made_at(self) -> float:
        if time.monotonic() - self._made_at > self._secret_lives:
            self.expire()
        return self._made_at

    def _is_signed(self, request: web.Request, key: str) -> bool:
        at, given = request.headers.get("gjgxjhpt_rtime", ""), request.headers.get("gjgxjhpt_sign", "")
        mac = hmac.digest(key.encode(), f"{self.sid}{self.rid}{at}".encode(), hashlib.sha256)
        return (
            (request.headers.get("gjgxjhpt_rid"), request.headers.get("gjgxjhpt_sid")) == (self.rid, self.sid)
            and hmac.compare_digest(base64.b64encode(mac), given.encode())
            and at.isdigit()
            and abs(time.time() * 1000 - int(at)) < STALE * 1000
        )

    def _too_fast(self) -> bool:
        now = time.monotonic()
        self._tokens = min(PER_SECOND, self._tokens + (now - self._filled_at) * PER_SECOND) - 1
        self._filled_at = now
        if self._tokens < 0:
            self._tokens = 0.0
            return True
        return False


class Account:
    """The service's own account: a WS-Security UsernameToken with a password digest, each nonce once."""

    def __init__(self) -> None:
        self.user, self.password = f"wg{secrets.token_hex(3)}", secrets.token_urlsafe(12)
        self._seen: dict[str, float] = {}

    def lets_in(self, envelope: etree._Element) -> bool:
        token = next(envelope.iter(f"{{{WSSE}}}UsernameToken"), None)
        if token is None:
            return False
        said: Callable[[str], str] = lambda name: token.findtext(name) or ""  # noqa: E731 - four texts of one token
        nonce, created = said(f"{{{WSSE}}}Nonce"), said(f"{{{WSU}}}Created")
        try:
            at = datetime.fromisoformat(created).astimezone(UTC).timestamp()
            digest = hashlib.sha1(base64.b64decode(nonce) + created.encode() + self.password.encode())  # noqa: S324
        except ValueError:
            return False
        now = time.time()
        self._seen = {used: then for used, then in self._seen.items() if now - then < 2 * STALE}
        known = said(f"{{{WSSE}}}Username") == self.user and abs(now - at) < STALE and nonce not in self._seen
        self._seen[nonce] = now
        return known and hmac.compare_digest(base64.b64encode(digest.digest()), said(f"{{{WSSE}}}Password").encode())


def refusal(status: int, code: str, words: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"code": code, "message": words}, status=status, headers=headers)
