"""Who speaks, in both directions: SM2 over application, time, nonce and the SM3 of the raw body, in four headers."""

from __future__ import annotations

import base64
import secrets
import time
from datetime import UTC, datetime

from connectors.transport.guomi import Sm2Key, sm2_verify, sm3
from gridapp.contract import Call, Forged, Signed

_LONGEST = 128
"""Characters of a nonce."""


def signed(app_key: str, key: Sm2Key, body: bytes) -> dict[str, str]:
    """Headers for one call made now. The platform takes each nonce once and a timestamp for five minutes."""
    timestamp, nonce = str(time.time_ns() // 1_000_000), secrets.token_hex(16)
    return {
        "X-App-Key": app_key,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Sign": base64.b64encode(key.sign(_text(app_key, timestamp, nonce, body))).decode(),
    }


def verified(call: Call, app_key: str, platform_key: str) -> Signed:
    """A call of the platform to us; its nonce is the event's number, the same however often it calls about it.

    What costs nothing is looked at first. Raises Forged; ValueError where `platform_key` is no SM2 key.
    """
    given = call.headers
    timestamp, nonce = given.get("x-timestamp", ""), given.get("x-nonce", "")
    if given.get("x-app-key") != app_key or not 0 < len(nonce) <= _LONGEST:
        raise Forged("not for this application")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) == 13):
        raise Forged("no time in milliseconds")
    try:
        signature = base64.b64decode(given.get("x-sign", ""), validate=True)
    except ValueError:
        raise Forged("no signature") from None
    if not sm2_verify(platform_key, _text(app_key, timestamp, nonce, call.body), signature):
        raise Forged("the signature does not hold")
    return Signed(at=datetime.fromtimestamp(int(timestamp) / 1000, UTC), event=nonce)


def _text(app_key: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What is signed. Of the body its digest: SM2 in Python reads slowly, and both sides hash it anyway."""
    return "\n".join([app_key, timestamp, nonce, sm3(body).hex()]).encode()
