"""How the education bureau opens a file and checks its rows, by its own notice to the sub-districts."""

from __future__ import annotations

import base64
import csv
import io
import re
import zipfile
import zlib
from binascii import Error as NotBase64
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import gmalg
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

NAME = re.compile(r"XW_990101[0-9]{3}_20[0-9]{2}W[0-5][0-9]_[0-9]{3}")
MOST = 20_000
HEADINGS = [
    "儿童姓名", "儿童身份证号", "性别", "出生日期", "民族", "户籍类型", "房屋编码", "居住地址", "住房性质",
    "租赁备案号", "监护人姓名", "监护人身份证号", "关系", "监护人手机", "居住登记号",
]  # fmt: skip
NEVER_EMPTY = [name for name in HEADINGS if name not in ("民族", "租赁备案号", "居住登记号")]
WORDS = {
    "性别": ("男", "女"),
    "户籍类型": ("本区", "本市", "外市"),
    "住房性质": ("自有", "租赁", "单位宿舍", "其他"),
    "关系": ("父亲", "母亲", "其他"),
}
AGES = (5, 6, 11, 12)
# Broken, encrypted a second time, packed in a way that nobody here unpacks.
_NO_ARCHIVE = (ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
SIGNER = b"1234567812345678"

Row = dict[str, str]


class BadFile(Exception):
    """Not signed by who should, not to be opened, or not the table that was agreed: nothing of it is taken."""


def read(folder: Path, batch: str, password: str, public_key: bytes) -> list[Row]:
    """The rows of a file with its signature. Raises BadFile."""
    try:
        content = (folder / f"{batch}.csv.zip").read_bytes()
        signature = base64.b64decode((folder / f"{batch}.sig").read_bytes().strip(), validate=True)
    except (OSError, NotBase64):
        raise BadFile from None
    if not NAME.fullmatch(batch) or not _signed(_sm3(content), signature, public_key):
        raise BadFile
    return _rows(_opened(content, _sm3(password.encode())[:16]))


def judge(row: Row, years: Sequence[int]) -> str:
    """A code of their table, or "" for a child they count. `years`: whose censuses they are collecting for."""
    born = _day(row["出生日期"])
    if born is None or not any(_age(born, year) in AGES for year in years):
        return "02"
    if not re.fullmatch("1[0-9]{10}", row["监护人手机"]):
        return "03"
    if row["住房性质"] == "租赁" and not re.fullmatch("BA[0-9A-Z]{6,30}", row["租赁备案号"]):
        return "04"
    return ""


def _age(born: date, year: int) -> int:
    """In full years on 31 August."""
    return year - born.year - ((born.month, born.day) > (8, 31))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _sm3(content: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize()


def _signed(digest: bytes, signature: bytes, public_key: bytes) -> bool:
    try:
        r, s = decode_dss_signature(signature)
        checked = gmalg.SM2(uid=SIGNER, pk=public_key).verify(digest, r.to_bytes(32, "big"), s.to_bytes(32, "big"))
    except (ValueError, OverflowError):
        return False
    return bool(checked)


def _opened(content: bytes, key: bytes) -> bytes:
    """First the 16 bytes to start with, then SM4 in CBC, in it a zip with one file."""
    try:
        decryptor = Cipher(algorithms.SM4(key), modes.CBC(content[:16])).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        padded = decryptor.update(content[16:]) + decryptor.finalize()
        with zipfile.ZipFile(io.BytesIO(unpadder.update(padded) + unpadder.finalize())) as archive:
            return archive.read("XW.csv")
    except _NO_ARCHIVE:
        raise BadFile from None


def _rows(content: bytes) -> list[Row]:
    """With its byte order mark, or the officer's spreadsheet shows rubbish."""
    if not content.startswith(b"\xef\xbb\xbf"):
        raise BadFile
    try:
        heading, *cells = csv.reader(io.StringIO(content[3:].decode(), newline=""), strict=True)
        rows = [dict(zip(heading, row, strict=True)) for row in cells]
    except (ValueError, csv.Error):
        raise BadFile from None
    if heading != HEADINGS or not 0 < len(rows) <= MOST or not all(_is_well_formed(row) for row in rows):
        raise BadFile
    return rows


def _is_well_formed(row: Row) -> bool:
    if any(not row[name] for name in NEVER_EMPTY) or any(row[name] not in words for name, words in WORDS.items()):
        return False
    # What begins like a formula is not opened by any officer.
    return not any(text.startswith(("=", "+", "-", "@")) for text in row.values())
