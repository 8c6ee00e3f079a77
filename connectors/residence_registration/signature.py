"""The row signature QM: SM3 over the fields that decide who is registered where, and the secret both sides know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes

_SIGNED = ("DSBM", "CZLX", "CYZJDM", "GMSFHM", "ZJHM", "XM", "JZDZ_DZBM", "CJSJ")


def sign(row: Mapping[str, Any], secret: str) -> str:
    """64 upper-case hexadecimal digits. The fields in their order joined by |, absent ones empty, the secret last; GBK,
    because that is what their database holds and hashes."""
    text = "|".join([*(str(row.get(name) or "") for name in _SIGNED), secret])
    digest = hashes.Hash(hashes.SM3())
    digest.update(text.encode("gbk"))
    return digest.finalize().hex().upper()
