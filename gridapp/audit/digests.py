"""What the digests of the chain are over, and by what: docs/audit.md says the same for who checks it without us."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings

FIRST = bytes(32)
"""What stands in place of the digest before the first link."""
COLUMNS = (
    "n.id, n.act, n.by, n.about, n.result, n.what::text, n.request_id, host(n.address), n.process, "
    "(extract(epoch FROM n.at) * 1000000)::bigint, n.xact"
)
"""A note as its canonical bytes need it; the sixth is JSON."""
_VERSION = b"gridapp.audit.1\0"


def canonical(note: tuple[Any, ...]) -> bytes:
    """A JSON list of COLUMNS, without blanks, in UTF-8, the keys of `what` in order."""
    return orjson.dumps([*note[:5], orjson.loads(note[5]), *note[6:]], option=orjson.OPT_SORT_KEYS)


def own(algorithm: str, note: tuple[Any, ...]) -> bytes:
    return hashlib.new(algorithm, canonical(note)).digest()


def linked(algorithm: str, *, before: bytes, number: int, note_id: int, at: int, own: bytes) -> bytes:
    """`at`: when it was chained, in microseconds since 1970."""
    place = b"%d %d %d\0" % (number, note_id, at)
    return hashlib.new(algorithm, _VERSION + before + place + own).digest()


def seal(algorithm: str, text: bytes) -> str:
    """key id:keyed digest, with the newest key."""
    keys = _keys(settings.AUDIT_KEYS)
    newest = list(keys)[-1]
    return f"{newest}:{hmac.digest(keys[newest], text, algorithm).hex()}"


def holds(algorithm: str, text: bytes, sealed: str) -> bool:
    """False too for a key that is not known here."""
    number, _colon, digest = sealed.partition(":")
    key = _keys(settings.AUDIT_KEYS).get(number)
    return key is not None and hmac.compare_digest(hmac.digest(key, text, algorithm).hex(), digest)


def parse_keys(text: str) -> Mapping[str, bytes]:
    """`1:<64 hex>,2:<64 hex>` -> keys by id, in that order. Raises ValueError without repeating the key."""
    keys: dict[str, bytes] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        number, _colon, secret = part.partition(":")
        try:
            keys[str(int(number))] = bytes.fromhex(secret)
        except ValueError:
            raise ValueError("an audit key is written id:hex") from None
        if len(keys[str(int(number))]) < 32:
            raise ValueError(f"audit key {int(number)} is shorter than 32 bytes")
    if not keys:
        raise ValueError("no audit key")
    return keys


@lru_cache(maxsize=4)
def _keys(text: str) -> Mapping[str, bytes]:
    return parse_keys(text)
