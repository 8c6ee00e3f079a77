"""Who is let in at the platform, how it signs its own calls, and the fields that travel encrypted."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from collections.abc import Mapping

import gmalg
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

STALE = 300.0
"""Seconds that a timestamp may be off."""
IDENT = b"1234567812345678"


class Keys:
    """The keys of one application, as agreed when it was registered."""

    def __init__(self) -> None:
        self.app_key = f"wg{secrets.token_hex(6)}"
        self.field_key = secrets.token_bytes(16)
        self.their_private, self._theirs = gmalg.SM2().generate_keypair()  # handed to the application, once
        self._own, public = gmalg.SM2().generate_keypair()
        self.public_hex = public.hex()
        self._nonces: dict[str, float] = {}

    def lets_in(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the application signed this call within five minutes, and it was not heard before."""
        timestamp, nonce, now = headers.get("X-Timestamp", ""), headers.get("X-Nonce", ""), time.time()
        self._nonces = {used: at for used, at in self._nonces.items() if now - at < 2 * STALE}
        if headers.get("X-App-Key") != self.app_key or not 16 <= len(nonce) <= 64 or nonce in self._nonces:
            return False
        if not timestamp.isdigit() or abs(now - int(timestamp) / 1000) > STALE:
            return False
        try:
            r, s = decode_dss_signature(base64.b64decode(headers.get("X-Sign", ""), validate=True))
            numbers = r.to_bytes(32, "big"), s.to_bytes(32, "big")
        except (binascii.Error, ValueError, OverflowError):
            return False
        text = _text(self.app_key, timestamp, nonce, body)
        if not gmalg.SM2(uid=IDENT, pk=self._theirs).verify(text, *numbers):
            return False
        self._nonces[nonce] = now
        return True

    def signed(self, event: str, body: bytes, *, age: float = 0.0, forged: bool = False) -> dict[str, str]:
        """Headers of a call of ours, signed `age` seconds ago; `forged`: by somebody who has not our key."""
        timestamp = str(int((time.time() - age) * 1000))
        private = gmalg.SM2().generate_keypair()[0] if forged else self._own
        r, s = gmalg.SM2(private, IDENT).sign(_text(self.app_key, timestamp, event, body))
        signature = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        return {
            "Content-Type": "application/json",
            "X-App-Key": self.app_key,
            "X-Timestamp": timestamp,
            "X-Nonce": event,
            "X-Sign": base64.b64encode(signature).decode(),
        }

    def unsealed(self, value: object) -> str:
        """A field in clear. Raises ValueError."""
        content = base64.b64decode(str(value), validate=True)
        decryptor = Cipher(algorithms.SM4(self.field_key), modes.CBC(content[:16])).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        padded = decryptor.update(content[16:]) + decryptor.finalize()
        return (unpadder.update(padded) + unpadder.finalize()).decode()

    def sealed(self, text: str) -> str:
        iv, padder = secrets.token_bytes(16), padding.PKCS7(128).padder()
        encryptor = Cipher(algorithms.SM4(self.field_key), modes.CBC(iv)).encryptor()
        padded = padder.update(text.encode()) + padder.finalize()
        return base64.b64encode(iv + encryptor.update(padded) + encryptor.finalize()).decode()


def _text(app_key: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(body)
    return "\n".join((app_key, timestamp, nonce, digest.finalize().hex())).encode()
