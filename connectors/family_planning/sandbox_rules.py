"""How the health commission checks a file and its records, by its own interface document."""

from __future__ import annotations

import hashlib
import hmac
import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

DISTRICT = "990101"
MOST = 5000
NAME = re.compile(rf"QYRK_{DISTRICT}_([0-9]{{8}})_[0-9]{{4}}")
CLOCK = ZoneInfo("Asia/Shanghai")
# Broken, encrypted a second time, packed in a way that nobody here unpacks.
_NO_ARCHIVE = (ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHILD = timedelta(days=7 * 365)

_DIVISION, _TEXT, _DAY = "[0-9]{12}", "(?s:.{1,500})", "[0-9]{8}"
_PERSON = "(?s:.{1,30})"
# Element -> its form. Any other element, or another form, and the file is none of theirs. Stars: never missing.
_FORMS: Mapping[str, str] = {
    "LSH*": "[0-9a-f]{32}",
    "CZLX*": "[123]",
    "QYRKBM": "QY[0-9]{16}",
    "XM*": _TEXT,
    "SFZH*": _PERSON,
    "XB": "[12]",
    "CSRQ": _DAY,
    "MZ": "[0-9]{2}",
    "HYZK": "[0-9]",
    "HJDXZQH": _DIVISION,
    "HJDXXDZ": _TEXT,
    "XJDXZQH": _DIVISION,
    "XJDXXDZ": _TEXT,
    "LRRQ": _DAY,
    "LRYY": "[0-9]{2}",
    "LXDH": "[0-9-]{7,20}",
    "MQSFZH": _PERSON,
    "MQXM": _TEXT,
    "ZNS": "[0-9]{1,2}",
    "JZDJBH": "(?s:.{1,30})",
    "ZXYY": "[12]",
}
FORMS = {name.rstrip("*"): re.compile(form) for name, form in _FORMS.items()}
NEVER_MISSING = frozenset(name.rstrip("*") for name in _FORMS if name.endswith("*"))
OF_THE_LIVING = frozenset(
    {"XB", "CSRQ", "MZ", "HJDXZQH", "HJDXXDZ", "XJDXZQH", "XJDXXDZ", "LXDH"}
)  # HYZK and the mother have codes of their own
REVOKED = frozenset({"110103", "110104", "990199"})

Record = dict[str, str]


class BadFile(Exception):
    """R09: nothing of it is taken."""


def key_of(day: str, file_key: bytes) -> bytes:
    """The key of the day."""
    return hmac.new(file_key, day.encode(), "sm3").digest()[:16]


def read(folder: Path, batch: str, file_key: bytes) -> list[Record]:
    """The records of a file with its marker. Raises BadFile."""
    name, content = f"{batch}.xml.zip", b""
    found = NAME.fullmatch(batch)
    try:
        content = (folder / name).read_bytes()
        told = (folder / f"{batch}.ok").read_text().strip().split(",")
    except (OSError, UnicodeDecodeError):
        raise BadFile from None
    if found is None or not _may_count_for(found[1]):
        raise BadFile
    if len(told) != 4 or told[0] != name or told[2:] != [str(len(content)), hashlib.sha256(content).hexdigest()]:
        raise BadFile
    records = _records(_opened(content, key_of(found[1], file_key)))
    if told[1] != str(len(records)) or not 0 < len(records) <= MOST:
        raise BadFile
    if len({record["LSH"] for record in records}) < len(records):
        raise BadFile
    return records


def judge(record: Record) -> str:
    """A code of their table, or "" for a record that they take."""
    if record["CZLX"] == "3":
        return ""
    number, born = record["SFZH"], _day(record["CSRQ"])
    own = re.fullmatch("[0-9]{17}[0-9X]", number)
    if born is None or (own and (number[6:14] != record["CSRQ"] or not checks(number))):
        return "R01"
    if record.get("HYZK", "") not in tuple("12345"):
        return "R02"
    if record["HJDXZQH"][:6] in REVOKED:
        return "R03"
    small = datetime.now(CLOCK).date() - born < CHILD
    if small and not (record.get("MQSFZH") and record.get("MQXM")):
        return "R05"
    return ""


def checks(number: str) -> bool:
    """GB 11643: the last character follows from the seventeen before it."""
    remainder = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False)) % 11
    return number[17] == "10X98765432"[remainder]


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _may_count_for(day: str) -> bool:
    """Yesterday (sent at midnight) to tomorrow (sent after the cut-off)."""
    today = datetime.now(CLOCK).date()
    return day in {f"{today + timedelta(days=days):%Y%m%d}" for days in (-1, 0, 1)}


def _opened(content: bytes, key: bytes) -> bytes:
    """First the 16 bytes to start with, then SM4 in CBC, in it a zip with one file."""
    try:
        decryptor = Cipher(algorithms.SM4(key), modes.CBC(content[:16])).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        padded = decryptor.update(content[16:]) + decryptor.finalize()
        with zipfile.ZipFile(io.BytesIO(unpadder.update(padded) + unpadder.finalize())) as archive:
            return archive.read("QYRK.xml")
    except _NO_ARCHIVE:
        raise BadFile from None


def _records(content: bytes) -> list[Record]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise BadFile from None
    records = [{part.tag: part.text or "" for part in rec} for rec in root]
    if root.tag != "QYRK" or root.get("JLS") != str(len(records)) or {rec.tag for rec in root} - {"REC"}:
        raise BadFile
    if not all(_is_well_formed(record) for record in records):
        raise BadFile
    return records


def _is_well_formed(record: Record) -> bool:
    needed = NEVER_MISSING if record.get("CZLX") == "3" else NEVER_MISSING | OF_THE_LIVING
    return needed <= record.keys() <= FORMS.keys() and all(FORMS[name].fullmatch(text) for name, text in record.items())
