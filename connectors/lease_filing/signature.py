"""The header signature: HMAC-SM3 over what is called, when, and what is sent, with the district's own secret."""

from __future__ import annotations

import secrets
import time

from connectors.transport.guomi import hmac_sm3, sm3


def signed(app_id: str, secret: str, method: str, path: str, body: bytes = b"") -> dict[str, str]:
    """Headers for one call made now. `path`: what stands behind the address of the interface, without a slash in front.

    They take each nonce once and a timestamp for five minutes.
    """
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    text = "\n".join((method, f"/{path}", timestamp, nonce, sm3(body).hex()))
    return {
        "X-App-Id": app_id,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": hmac_sm3(secret.encode(), text.encode()).hex(),
    }
