"""Sealed values and blind indexes: what the database holds instead of a document number.

Envelope: version(1) key id(2) iv(12) ciphertext tag(16), bound to its row by the additional data: a value moved to
another row does not open. Keys come from the settings, several at once; any of them opens, and the last one seals that
is not marked `opens`. The key's id alone decides on the algorithm, and the head is bound too: nothing is downgraded.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_HEAD = struct.Struct(">BH")
_VERSION = 1
_TAG = 16
_IV = 12


class Unsealable(Exception):
    """The value does not open: wrong key, unknown key id, or it was moved from another row. Never carries content."""


@dataclass(frozen=True)
class Key:
    """`algorithm` is aes (AES-256-GCM, 32 bytes) or sm4 (SM4-GCM, RFC 8998, 16 bytes). `retired`: opens only."""

    id: int
    algorithm: str
    secret: bytes = field(repr=False)
    retired: bool = False

    @cached_property
    def mark(self) -> str:
        """Tells two keys under one id apart, and nothing of either."""
        return hmac.digest(self.secret, b"gridapp mark\0", "sha256")[:8].hex()

    @cached_property
    def _aes(self) -> AESGCM:
        return AESGCM(self.secret)  # setting it up costs more than sealing a document with it

    def seal(self, iv: bytes, plain: bytes, bound: bytes) -> bytes:
        if self.algorithm == "aes":
            return self._aes.encrypt(iv, plain, bound)
        encryptor = Cipher(algorithms.SM4(self.secret), modes.GCM(iv)).encryptor()
        encryptor.authenticate_additional_data(bound)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def open(self, iv: bytes, sealed: bytes, bound: bytes) -> bytes:
        if self.algorithm == "aes":
            return self._aes.decrypt(iv, sealed, bound)
        decryptor = Cipher(algorithms.SM4(self.secret), modes.GCM(iv, sealed[-_TAG:])).decryptor()
        decryptor.authenticate_additional_data(bound)
        return decryptor.update(sealed[:-_TAG]) + decryptor.finalize()


def parse_keys(text: str) -> dict[int, Key]:
    """`1:aes:<64 hex>:opens,2:sm4:<32 hex>` -> keys by id, in that order. Raises ValueError, never with a key in it."""
    keys: dict[int, Key] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key = _parsed(part)
        if {"aes": 32, "sm4": 16}.get(key.algorithm) != len(key.secret):
            raise ValueError(f"sealing key {key.id}: aes takes 32 bytes, sm4 takes 16")
        if key.id in keys or any(key.secret == other.secret for other in keys.values()):
            raise ValueError(f"sealing key {key.id}: its id or its secret is that of another one")
        keys[key.id] = key
    if all(key.retired for key in keys.values()):
        raise ValueError("no sealing key that seals")
    return keys


def _parsed(part: str) -> Key:
    number, *rest = part.split(":")
    try:
        algorithm, secret, *marks = rest
        if marks not in ([], ["opens"]) or not 0 < int(number) < 2**16:
            raise ValueError
        return Key(int(number), algorithm, bytes.fromhex(secret), bool(marks))
    except ValueError:
        raise ValueError("a sealing key is written id:aes|sm4:hex, or id:aes|sm4:hex:opens") from None


@lru_cache(maxsize=4)
def _keys(text: str) -> tuple[dict[int, Key], Key]:
    keys = parse_keys(text)
    return keys, [key for key in keys.values() if not key.retired][-1]


def seal(plain: bytes, *, bound_to: str) -> bytes:
    """Seals bytes to one row, e.g. `record:<uuid>`."""
    _, key = _keys(settings.SEALING_KEYS)
    head, iv = _HEAD.pack(_VERSION, key.id), os.urandom(_IV)
    return head + iv + key.seal(iv, plain, head + bound_to.encode())


def unseal(sealed: bytes | memoryview, *, bound_to: str) -> bytes:
    """The bytes that `seal` was given. Raises Unsealable."""
    blob = bytes(sealed)
    if len(blob) < _HEAD.size + _IV + _TAG:
        raise Unsealable("sealed value is too short")
    version, key_id = _HEAD.unpack_from(blob)
    key = _keys(settings.SEALING_KEYS)[0].get(key_id)
    if version != _VERSION or key is None:
        raise Unsealable(f"sealed with version {version}, key {key_id}: not at hand")
    head, iv = blob[: _HEAD.size], blob[_HEAD.size : _HEAD.size + _IV]
    try:
        return key.open(iv, blob[_HEAD.size + _IV :], head + bound_to.encode())
    except InvalidTag:
        raise Unsealable(f"sealed value does not open for {bound_to}") from None


def key_of(sealed: bytes | memoryview) -> int:
    """The id of the key that it was sealed with. Raises Unsealable."""
    blob = bytes(sealed[: _HEAD.size])
    if len(blob) < _HEAD.size:
        raise Unsealable("sealed value is too short")
    return int(_HEAD.unpack(blob)[1])


def newest() -> int:
    """The id of the key that seals now."""
    return _keys(settings.SEALING_KEYS)[1].id


def at_hand() -> list[Key]:
    """All keys, in the order of the settings."""
    return list(_keys(settings.SEALING_KEYS)[0].values())


def seal_json(document: Any, *, bound_to: str) -> bytes:
    """Seals a JSON document; dates become ISO texts, decimals texts."""
    return seal(orjson.dumps(document, default=str), bound_to=bound_to)


def unseal_json(sealed: bytes | memoryview, *, bound_to: str) -> Any:
    return orjson.loads(unseal(sealed, bound_to=bound_to))


def blind(value: str, *, purpose: str) -> bytes:
    """16 bytes of HMAC-SM3, equal for equal values: NFKC and upper case, so that full-width and x/X agree.

    `purpose` keeps the indexes of different fields apart. The key is not one of the sealing keys.
    """
    return blind_with(index_keys()[0], value, purpose=purpose)


def blinds(value: str, *, purpose: str) -> tuple[bytes, ...]:
    """What `blind` may have made of it: with the key that writes first, then with the other one while keys change."""
    return tuple(blind_with(key, value, purpose=purpose) for key in index_keys())


def standing(value: str, *, purpose: str) -> bytes:
    """The same of what nothing can make anew: what tablets, doors and departments hold. With STANDING_KEY, for ever."""
    return blind_with(standing_key(), value, purpose=purpose)


def blind_with(key: str, value: str, *, purpose: str) -> bytes:
    """The same with one of `index_keys`."""
    text = unicodedata.normalize("NFKC", value).upper()
    return hmac.digest(_derived(key), purpose.encode() + b"\0" + text.encode(), "sm3")[:16]


def index_keys() -> tuple[str, ...]:
    """The key that writes, and the other one that values are looked for with while keys change."""
    return (settings.INDEX_KEY, settings.INDEX_KEY_BEFORE) if settings.INDEX_KEY_BEFORE else (settings.INDEX_KEY,)


def standing_key() -> str:
    """The index key that the product was set up with."""
    return str(settings.STANDING_KEY or settings.INDEX_KEY)


def index_mark(key: str) -> str:
    """Tells two index keys apart, and nothing of either."""
    return hmac.digest(_derived(key), b"gridapp mark\0", "sha256")[:8].hex()


def blind_token(value: str, *, purpose: str) -> int:
    """The blind index as a signed 64-bit number: what search arrays hold."""
    return int.from_bytes(blind(value, purpose=purpose)[:8], "big", signed=True)


@lru_cache(maxsize=4)
def _derived(secret: str) -> bytes:
    return hashlib.sha256(b"gridapp index\0" + secret.encode()).digest()
