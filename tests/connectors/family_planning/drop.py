"""Files for the register made by hand, from its interface document alone."""

from __future__ import annotations

import hashlib
import hmac
import io
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from connectors.cast import document_number
from connectors.family_planning.sandbox import PopulationRegister

WOMAN = {
    "LSH": "0" * 32,
    "CZLX": "1",
    "XM": "李秀英",
    "SFZH": document_number(date(1992, 2, 29), 14, sex="2"),
    "XB": "2",
    "CSRQ": "19920229",
    "MZ": "01",
    "HYZK": "2",
    "HJDXZQH": "430102000000",
    "HJDXXDZ": "测试大道128号",
    "XJDXZQH": "990101001001",
    "XJDXXDZ": "测试路8号",
    "LXDH": "13912340002",
}
START = b"sixteen bytes ok"


def woman(number: int = 0, **changed: str | None) -> dict[str, str]:
    """One of many, each with a number and a key of her own; None takes an element out."""
    own = {"LSH": f"{number:032x}", "SFZH": document_number(date(1992, 2, 29), number, sex="2")}
    return {name: text for name, text in {**WOMAN, **own, **changed}.items() if text is not None}


def today() -> str:
    return f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y%m%d}"


def key_of(day: str, register: PopulationRegister) -> bytes:
    return hmac.new(bytes.fromhex(register.settings()["file_key"]), day.encode(), "sm3").digest()[:16]


def text(records: list[Mapping[str, str]], *, says: int | None = None) -> bytes:
    root = etree.Element("QYRK", JLS=str(len(records) if says is None else says))
    for record in records:
        rec = etree.SubElement(root, "REC")
        for name, value in record.items():
            etree.SubElement(rec, name).text = value
    return etree.tostring(root, encoding="UTF-8")


def sealed(plain: bytes, key: bytes) -> bytes:
    """Zipped and encrypted."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("QYRK.xml", plain)
    return encrypted(packed.getvalue(), key)


def encrypted(packed: bytes, key: bytes) -> bytes:
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.SM4(key), modes.CBC(START)).encryptor()
    return START + encryptor.update(padder.update(packed) + padder.finalize()) + encryptor.finalize()


def opened(register: PopulationRegister, path: Path) -> bytes:
    """The XML of a file as whoever has the key reads it."""
    content, day = path.read_bytes(), path.name.split("_")[2]
    decryptor = Cipher(algorithms.SM4(key_of(day, register)), modes.CBC(content[:16])).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    packed = unpadder.update(decryptor.update(content[16:]) + decryptor.finalize()) + unpadder.finalize()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return archive.read("QYRK.xml")


def drop(register: PopulationRegister, *records: Mapping[str, str], number: int = 1, **bent: Any) -> str:
    """Puts a file and its marker there.

    `bent`: day, plain, packed, key, content, marker, says, in place of the right ones.
    """
    day = bent.get("day", today())
    batch = f"QYRK_990101_{day}_{number:04d}"
    plain = bent.get("plain", text(list(records), says=bent.get("says")))
    key = bent.get("key", key_of(day, register))
    content = bent.get("content", encrypted(bent["packed"], key) if "packed" in bent else sealed(plain, key))
    told = f"{batch}.xml.zip,{len(records)},{len(content)},{hashlib.sha256(content).hexdigest()}\n"
    (register.site.up / f"{batch}.xml.zip").write_bytes(content)
    beside = register.site.up / f".{batch}"
    beside.write_text(bent.get("marker", told))
    beside.rename(register.site.up / f"{batch}.ok")  # whole, or the clerk finds it empty
    return batch


def returned(register: PopulationRegister, batch: str) -> etree._Element | None:
    path: Path = register.site.down / f"{batch}_RET.xml"
    return etree.fromstring(path.read_bytes()) if path.exists() else None
