"""The gateway's signature: four headers on every call."""

from __future__ import annotations

import hashlib
import secrets
import time


def signed(paas_id: str, token: str) -> dict[str, str]:
    """Headers for one call made now. The gateway takes each nonce once and a timestamp for some minutes."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    text = f"{timestamp}{token}{nonce}{timestamp}"
    return {
        "x-tif-paasid": paas_id,
        "x-tif-timestamp": timestamp,
        "x-tif-nonce": nonce,
        "x-tif-signature": hashlib.sha256(text.encode()).hexdigest(),
    }
