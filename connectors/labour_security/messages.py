"""What goes over the wire: a record in their fields, encrypted with SM4 and sealed with an SM3 MAC.

`{"APP_ID", "OPER_TYPE", "ENCRYPT_DATA", "MAC"}`: ENCRYPT_DATA is SM4-ECB (PKCS #7) of the record's JSON in hexadecimal,
MAC the HMAC-SM3 of OPER_TYPE and ENCRYPT_DATA as they stand there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.transport.guomi import hmac_sm3, hmac_sm3_verify, sm4_ecb_decrypt, sm4_ecb_encrypt
from gridapp.contract import Action, Misconfigured, Parcel

from .mapping import PROFILE

OPERATION: Mapping[Action, str] = {Action.CREATE: "1", Action.CHANGE: "2", Action.CLOSE: "3"}
"""新增, 变更, 离职."""
QUESTION = "9"
NUMBER = "AAC001"
SERIAL = "BAZ001"

_KEYS_OF_A_PERSON = frozenset({"AAC058", "AAC147"})
_ENOUGH_TO_END = _KEYS_OF_A_PERSON | {"AAB003"}


def written(parcel: Parcel) -> dict[str, Any]:
    """The record as it goes out, without what is not known. Raises Inexpressible.

    To end an employment they want no more than who and where: a field that no longer fits must not keep it alive there.
    """
    known = content(parcel, _ENOUGH_TO_END if parcel.action is Action.CLOSE else None)
    return {SERIAL: parcel.key, **({NUMBER: parcel.reference} if parcel.reference else {}), **known}


def question(parcel: Parcel) -> dict[str, Any]:
    """Whom they are asked about. Raises Inexpressible."""
    return content(parcel, _KEYS_OF_A_PERSON)


def content(parcel: Parcel, only: frozenset[str] | None = None) -> dict[str, Any]:
    """Their fields, all or `only` some, with what is known of them. Raises Inexpressible."""
    rows = PROFILE.layouts[parcel.kind].content_rows
    values = {row.name: row.value(parcel.fields) for row in rows if only is None or row.name in only}
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Seal:
    """What both sides share: an SM4 key of 16 bytes and a key for the MAC."""

    sm4_key: bytes
    mac_key: bytes

    @classmethod
    def of(cls, setting: Mapping[str, str]) -> Seal:
        """Raises Misconfigured for an SM4 key that is none."""
        try:
            sm4_key = bytes.fromhex(setting["sm4_key"])
        except ValueError:
            sm4_key = b""
        if len(sm4_key) != 16:
            raise Misconfigured("sm4_key", "SM4 密钥须为32位十六进制数")
        return cls(sm4_key, setting["mac_key"].encode())

    def put(self, record: Mapping[str, Any], operation: str) -> dict[str, str]:
        """The three sealed fields of a message."""
        sealed = sm4_ecb_encrypt(self.sm4_key, orjson.dumps(record)).hex()
        return {
            "OPER_TYPE": operation,
            "ENCRYPT_DATA": sealed,
            "MAC": hmac_sm3(self.mac_key, f"{operation}{sealed}".encode()).hex(),
        }

    def open(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """The record in a sealed answer. Raises ValueError for one that is not theirs."""
        operation, sealed = str(told.get("OPER_TYPE")), str(told.get("ENCRYPT_DATA"))
        if not hmac_sm3_verify(self.mac_key, f"{operation}{sealed}".encode(), bytes.fromhex(str(told.get("MAC")))):
            raise ValueError("the MAC does not fit")
        record = orjson.loads(sm4_ecb_decrypt(self.sm4_key, bytes.fromhex(sealed)))
        if not isinstance(record, dict):
            raise ValueError("no record")
        return record
