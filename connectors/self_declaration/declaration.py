"""One parcel as the declaration that goes out, and the fields that travel under SM4."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from connectors.transport.guomi import sm4_cbc_decrypt, sm4_cbc_encrypt
from gridapp.contract import Action, Inexpressible, Parcel

from .mapping import RESIDENT

SEALED = frozenset(row.name for row in RESIDENT.rows if row.note == "SM4")
"""Their names of the fields that are encrypted one by one."""
SOURCES: Mapping[str, str] = {row.name: row.source for row in RESIDENT.content_rows}
"""Their name -> ours."""
_ENOUGH_TO_LEAVE = ("houseCode", "idType", "idNo", "checkOutDate", "leaveReason")


def declaration(parcel: Parcel) -> dict[str, Any]:
    """Their fields with what is known, in clear. Raises Inexpressible.

    A move-out says no more than who left which room when and why: a landlord's telephone that they would refuse must
    not keep anybody living there.
    """
    content = _leaving(parcel) if parcel.action is Action.CLOSE else RESIDENT.content(parcel.fields)
    known = {name: value for name, value in content.items() if value is not None}
    return {"requestId": parcel.key, **known, "agentName": parcel.worker.name}


def sealed(record: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """The record as it travels: Base64 of 16 random bytes and what SM4-CBC makes of the text with them."""
    return {name: _seal(value, key) if name in SEALED else value for name, value in record.items()}


def unsealed(record: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """A record of theirs in clear. Raises ValueError where it was not encrypted with this key."""
    return {name: _unseal(value, key) if name in SEALED else value for name, value in record.items()}


def differing(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[str, ...]:
    """Our names of the fields in which what they hold is not what we would send; agentName is whoever came last."""
    return tuple(source for name, source in SOURCES.items() if ours.get(name) != theirs.get(name))


def _leaving(parcel: Parcel) -> dict[str, Any]:
    content = {row.name: row.value(parcel.fields) for row in RESIDENT.content_rows if row.name in _ENOUGH_TO_LEAVE}
    for name in _ENOUGH_TO_LEAVE:
        if content.get(name) is None:
            raise Inexpressible(SOURCES[name], "搬离须有此项")
    return content


def _seal(value: Any, key: bytes) -> str:
    iv = secrets.token_bytes(16)
    return base64.b64encode(iv + sm4_cbc_encrypt(key, iv, str(value).encode())).decode()


def _unseal(value: Any, key: bytes) -> str:
    content = base64.b64decode(str(value), validate=True)
    return sm4_cbc_decrypt(key, content[:16], content[16:]).decode()
