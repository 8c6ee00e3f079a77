"""The door of the lease filing system: signatures, five calls a second, two thousand filings a day, forms read."""

from __future__ import annotations

import hmac
import json
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

STALE = 300
"""Seconds that a timestamp may be off."""
PER_SECOND, BURST = 5, 10
PER_DAY = 2000
CHINA = timezone(timedelta(hours=8))


class Gate:
    """One district's application: who it is, how fast and how much it may file."""

    def __init__(self) -> None:
        self.app_id = f"zlba-990101-{secrets.token_hex(3)}"
        self.secret = secrets.token_urlsafe(24)
        self._nonces: dict[str, float] = {}
        self.rest()

    def rest(self) -> None:
        """Nobody has called today."""
        self._tokens, self._filled_at = float(BURST), time.monotonic()
        self.day, self.filed = datetime.now(CHINA).date(), 0

    def refuses(self, request: web.Request, path: str, body: bytes) -> web.Response | None:
        """The answer to a call that does not get in."""
        if not self._is_signed(request, path, body):
            return refusal(401, "4010", "签名校验失败")
        now = time.monotonic()
        self._tokens = min(BURST, self._tokens + (now - self._filled_at) * PER_SECOND) - 1
        self._filled_at = now
        if self._tokens < 0:
            self._tokens = 0.0
            return refusal(429, "4290", "请求过于频繁", 1)
        return None

    def full(self) -> web.Response | None:
        """Counts one filing; the answer where the district has had its day's number."""
        now = datetime.now(CHINA)
        if now.date() != self.day:
            self.day, self.filed = now.date(), 0
        if self.filed >= PER_DAY:
            midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), CHINA)
            return refusal(429, "4291", "超过每日2000件", int((midnight - now).total_seconds()) + 1)
        self.filed += 1
        return None

    def _is_signed(self, request: web.Request, path: str, body: bytes) -> bool:
        said = {name: request.headers.get(f"X-{name}", "") for name in ("App-Id", "Timestamp", "Nonce", "Signature")}
        now = time.time()
        self._nonces = {used: at for used, at in self._nonces.items() if now - at < 2 * STALE}
        digest = hashes.Hash(hashes.SM3())
        digest.update(body)
        text = "\n".join((request.method, f"/{path}", said["Timestamp"], said["Nonce"], digest.finalize().hex()))
        mac = HMAC(self.secret.encode(), hashes.SM3())
        mac.update(text.encode())
        known = (
            said["App-Id"] == self.app_id
            and hmac.compare_digest(mac.finalize().hex().encode(), said["Signature"].encode())
            and said["Timestamp"].isdigit()
            and abs(now - int(said["Timestamp"])) <= STALE
            and bool(said["Nonce"])
            and said["Nonce"] not in self._nonces
        )
        if known:
            self._nonces[said["Nonce"]] = now
        return known


@dataclass(frozen=True)
class Form:
    """What was handed in: the document, and files by the name of their part."""

    document: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)


def read(content_type: str, body: bytes) -> Form:
    """Plain JSON, or a form whose part `filing` is JSON. Raises ValueError."""
    if content_type.partition(";")[0].strip() != "multipart/form-data":
        return Form(_object(body))
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if boundary is None:
        raise ValueError("no boundary")
    parts: dict[str, bytes] = {}
    for piece in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([A-Za-z]+)"', head)
        if name is None or name[1].decode() in parts:
            raise ValueError("a part without a name, or twice")
        parts[name[1].decode()] = content.removesuffix(b"\r\n")
    return Form(_object(parts.pop("filing", b"")), parts)


def _object(body: bytes) -> dict[str, Any]:
    told = json.loads(body)
    if not isinstance(told, dict):
        raise ValueError("not an object")
    return told


def refusal(status: int, code: str, words: str, retry_after: int | None = None) -> web.Response:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.json_response({"code": code, "message": words, "data": None}, status=status, headers=headers)
