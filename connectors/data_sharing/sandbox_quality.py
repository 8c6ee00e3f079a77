"""The platform's rules for a row, and the cipher of the one column that is sealed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .sandbox_tables import COLUMNS, HOUSING, RESIDENTS

CATALOGUES = {"catalogue_resident": "30799010101/000001", "catalogue_housing": "30799010101/000002"}
FINDINGS = {
    "DQ-01": "必填项为空",
    "DQ-02": "代码值不在值域内",
    "DQ-03": "主键重复",
    "DQ-04": "与人口基础库比对不一致:姓名",
    "DQ-05": "目录未审批,拒绝归集",
}
_DAY = r"\d{4}-\d{2}-\d{2}"
_DOMAINS: Mapping[str, str] = {
    "OP_FLAG": "[IUD]",
    "SJGXSJ": _DAY + r" \d{2}:\d{2}:\d{2}\.\d{3}",
    "ZJLX": r"\d{3}",
    "XB": "[0129]",
    "CSRQ": _DAY,
    "MZ": "0[1-9]|[1-4][0-9]|5[0-6]|97|98",
    "HJDQH": r"\d{6}",
    "JZDQH": r"\d{12}",
    "FWBM": r"\d{19,25}|T.{1,24}",
    "RZRQ": _DAY,
    "BLRQ": _DAY,
    "XZQH": r"\d{12}",
    "JZYT": r"\d{2}",
    "SFCZ": "[01]",
    "JD": r"\d{2,3}\.\d{1,8}",
    "WD": r"\d{1,2}\.\d{1,8}",
}
_OPTIONAL = frozenset({"RZRQ", "BLRQ", "JZYT", "JD", "WD"})
_KEYS = {RESIDENTS: ("ZJLX", "ZJHM"), HOUSING: ("FWBM",)}
_UNHASHED = ("OP_FLAG", "SJGXSJ", "SM3HASH")

Row = dict[str, str | None]


def finding(row: Row, table: str) -> tuple[str, str]:
    """The first thing wrong with a row: code and column, ("", "") for nothing. An end needs the record's key alone."""
    needed = _KEYS[table] if row["OP_FLAG"] == "D" else [name for name in COLUMNS[table] if name not in _OPTIONAL]
    for name in needed:
        if not row[name]:
            return "DQ-01", name
    for name, shape in _DOMAINS.items():
        if row.get(name) and not re.fullmatch(shape, row[name] or ""):
            return "DQ-02", name
    if row["SM3HASH"] != hashed(row, table):
        return "DQ-02", "SM3HASH"
    return "", ""


def hashed(row: Row, table: str) -> str:
    """SM3 of what a row says: catalogue code and content as they stand, without operation and time."""
    said = [row[name] or "" for name in COLUMNS[table] if name not in _UNHASHED]
    return hashlib.new("sm3", "|".join(said).encode()).hexdigest()


def opened(sealed: str, key: bytes) -> str:
    """The document number, "" for what was not sealed with this key."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        decryptor = Cipher(algorithms.SM4(key), modes.CBC(raw[:16])).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        return (unpadder.update(decryptor.update(raw[16:]) + decryptor.finalize()) + unpadder.finalize()).decode()
    except (binascii.Error, ValueError):
        return ""


def sealed(text: str, key: bytes) -> str:
    initial = secrets.token_bytes(16)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.SM4(key), modes.CBC(initial)).encryptor()
    raw = encryptor.update(padder.update(text.encode()) + padder.finalize()) + encryptor.finalize()
    return base64.b64encode(initial + raw).decode()
