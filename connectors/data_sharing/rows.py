"""One row of a delta table: our number of it, what it says, the sealed document number and the hash over all of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from connectors.transport.exchange_table import Table
from connectors.transport.guomi import hmac_sm3, sm3, sm4_cbc_decrypt, sm4_cbc_encrypt
from gridapp.contract import Action, Kind, Misconfigured, Parcel

from .mapping import PROFILE

THEIR_CLOCK = ZoneInfo("Asia/Shanghai")
OPERATIONS = {Action.CREATE: "I", Action.CHANGE: "U", Action.CLOSE: "D"}
SEALED = "ZJHM"
"""The column that stands there encrypted."""

CONTENT: Mapping[Kind, tuple[str, ...]] = {
    kind: tuple(row.name for row in layout.content_rows) for kind, layout in PROFILE.layouts.items()
}
TABLES: Mapping[Kind, Table] = {
    kind: Table(name, "TONG_ID", tuple(row.name for row in PROFILE.layouts[kind].rows))
    for kind, name in ((Kind.RESIDENT, "T_GX_RK_DELTA"), (Kind.HOUSING, "T_GX_FW_DELTA"))
}
WAITING = tuple(Table(table.name, "TONG_ID", ("TONG_ID",)) for table in TABLES.values())
"""Both tables, to see which of our rows the platform has not fetched yet."""


def plain(parcel: Parcel, *, catalogue: str) -> dict[str, Any]:
    """The row of a parcel before it is sealed and hashed. Raises Inexpressible."""
    made_at = parcel.made_at.astimezone(THEIR_CLOCK)
    return {
        "TONG_ID": parcel.key,
        "OP_FLAG": OPERATIONS[parcel.action],
        "SJGXSJ": f"{made_at:%Y-%m-%d %H:%M:%S}.{made_at.microsecond // 1000:03d}",
        "ZYDM": catalogue,
        **PROFILE.layouts[parcel.kind].content(parcel.fields),
    }


def delta(parcel: Parcel, *, catalogue: str, key: bytes) -> dict[str, Any]:
    """The row of a parcel: the same for the same key and content, however often it is made. Raises Inexpressible."""
    row = plain(parcel, catalogue=catalogue)
    if row.get(SEALED) is not None:
        row[SEALED] = seal(row[SEALED], row=parcel.key, key=key)
    return {**row, "SM3HASH": digest([catalogue, *(row[name] for name in CONTENT[parcel.kind])])}


def digest(values: Sequence[Any]) -> str:
    """SM3 over ZYDM and the content as they stand in the table, joined by |, absent ones empty; 64 hex digits.

    Over the sealed number: in clear the hash would tell it, with the birth date beside it there are few to try.
    """
    return sm3("|".join("" if value is None else str(value) for value in values).encode()).hex()


def seal(text: str, *, row: str, key: bytes) -> str:
    """SM4 in CBC, Base64 of initial block and cipher text.

    The initial block follows from row and text, so that a row put twice is the same row, and no two rows of one person
    look alike.
    """
    initial = hmac_sm3(key, f"{row}|{text}".encode())[:16]
    return base64.b64encode(initial + sm4_cbc_encrypt(key, initial, text.encode())).decode()


def unseal(sealed: str, *, key: bytes) -> str:
    """The text that was sealed with this key, "" for anything else."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        return sm4_cbc_decrypt(key, raw[:16], raw[16:]).decode()
    except (binascii.Error, ValueError):
        return ""


def read_key(text: str) -> bytes:
    """The key of the column from its 32 hex digits. Raises Misconfigured, naming none of them."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 16:
        raise Misconfigured("sm4_key", "SM4密钥须为32位十六进制数")
    return key


def ticket_of(row: Mapping[str, Any]) -> str:
    """Our number of the row and its hash: what the report must say of it."""
    return f"{row['TONG_ID']}.{row['SM3HASH']}"
