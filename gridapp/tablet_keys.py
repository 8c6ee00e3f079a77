"""The key pairs that tablets seal with: a form that waits on a tablet opens here and nowhere else.

A form is sealed with AES-256-GCM (96-bit iv, bound to the entry's id), its key is wrapped with RSA-OAEP-3072/SHA-256:
what a browser's crypto.subtle does without a library. A tablet gets the public half of the last key named; any of them
opens, so a new one is added at the end, and the old one goes when no tablet holds forms from before it.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

BITS = 3072
_IV, _AES = 12, 32
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


class Unsealable(Exception):
    """The form does not open: unknown key, another entry's id, or not what was sealed. Never carries content."""


@dataclass(frozen=True)
class TabletKey:
    """One pair under its id."""

    id: str
    private: rsa.RSAPrivateKey

    @cached_property
    def spki(self) -> str:
        """The public half as a browser imports it: SubjectPublicKeyInfo, base64."""
        public = self.private.public_key()
        encoded = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(encoded).decode()


@dataclass(frozen=True)
class Sealed:
    """A form as it lay on the tablet: the id of our key, the wrapped AES key, the iv, and text with tag."""

    key: str
    wrapped: bytes
    iv: bytes
    sealed: bytes


def make(number: int) -> str:
    """A new pair as TABLET_KEYS names it: `<number>:<base64 of PKCS8 DER>`. Takes about a second."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    encoded = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return f"{number}:{base64.b64encode(encoded).decode()}"


def newest() -> TabletKey:
    """The pair whose public half tablets are given."""
    return list(known().values())[-1]


def known() -> dict[str, TabletKey]:
    """All pairs by id, the newest last. Raises ValueError as `parse` does."""
    return _parsed(settings.TABLET_KEYS)


def unseal(found: Sealed, *, bound_to: str) -> bytes:
    """The form. Raises Unsealable."""
    key = known().get(found.key)
    if key is None:
        raise Unsealable("sealed with a key that is not at hand")
    try:
        secret = key.private.decrypt(found.wrapped, _OAEP)
        if len(secret) != _AES or len(found.iv) != _IV:
            raise Unsealable("not sealed the way that was agreed on")
        return AESGCM(secret).decrypt(found.iv, found.sealed, bound_to.encode())
    except (InvalidTag, ValueError):  # OAEP says only that it failed
        raise Unsealable("does not open for this entry") from None


def parse(text: str) -> dict[str, TabletKey]:
    """`1:<base64>,2:<base64>` -> pairs by id, in that order. Raises ValueError without repeating a key."""
    keys: dict[str, TabletKey] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        number, _, encoded = part.partition(":")
        if not number.isdecimal():
            raise ValueError("a tablet key is written id:base64")
        keys[number] = TabletKey(number, _private(encoded, number))
    if not keys:
        raise ValueError("no tablet key")
    return keys


def _private(encoded: str, number: str) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_der_private_key(base64.b64decode(encoded, validate=True), password=None)
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(f"tablet key {number} is not base64 of PKCS8 DER") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < BITS:
        raise ValueError(f"tablet key {number}: RSA with at least {BITS} bits")
    return key


@lru_cache(maxsize=4)
def _parsed(text: str) -> dict[str, TabletKey]:
    return parse(text)
