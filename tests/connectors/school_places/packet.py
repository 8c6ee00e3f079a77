"""Files for the census made by hand, from the bureau's notice alone."""

from __future__ import annotations

import base64
import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import gmalg
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.cast import document_number
from connectors.school_places.sandbox import SchoolCensus

BOY = {
    "儿童姓名": "陈小明",
    "儿童身份证号": document_number(date(2018, 6, 1), 7, sex="1"),
    "性别": "男",
    "出生日期": "2018-06-01",
    "民族": "汉族",
    "户籍类型": "外市",
    "房屋编码": "9901010010010000012000301",
    "居住地址": "测试路8号",
    "住房性质": "租赁",
    "租赁备案号": "BA00000007",
    "监护人姓名": "陈刚",
    "监护人身份证号": document_number(date(1988, 1, 1), 2, sex="1"),
    "关系": "父亲",
    "监护人手机": "13912340005",
    "居住登记号": "99010120240315000007",
}
BATCH = "XW_990101001_2024W11_001"
START = b"sixteen bytes ok"


def boy(number: int = 0, **changed: str) -> dict[str, str]:
    """One of many, each with a number of his own."""
    return {**BOY, "儿童身份证号": document_number(date(2018, 6, 1), number, sex="1"), **changed}


def table(rows: list[Mapping[str, str]], headings: list[str] | None = None) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings or list(BOY))
    writer.writerows(row.values() for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def sm3(content: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize()


def sealed(plain: bytes, password: str) -> bytes:
    """Zipped and encrypted."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("XW.csv", plain)
    return encrypted(packed.getvalue(), password)


def encrypted(packed: bytes, password: str) -> bytes:
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.SM4(sm3(password.encode())[:16]), modes.CBC(START)).encryptor()
    return START + encryptor.update(padder.update(packed) + padder.finalize()) + encryptor.finalize()


def opened(census: SchoolCensus, path: Path) -> bytes:
    """The CSV of a file as whoever has the password reads it, byte order mark and all."""
    content, key = path.read_bytes(), sm3(census.settings()["zip_password"].encode())[:16]
    decryptor = Cipher(algorithms.SM4(key), modes.CBC(content[:16])).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    packed = unpadder.update(decryptor.update(content[16:]) + decryptor.finalize()) + unpadder.finalize()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return archive.read("XW.csv")


def signature(content: bytes, private_hex: str) -> bytes:
    private = bytes.fromhex(private_hex)
    signer = gmalg.SM2(private, b"1234567812345678", gmalg.SM2().generate_pk(private))
    r, s = signer.sign(sm3(content))
    return base64.b64encode(encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))) + b"\n"


def drop(census: SchoolCensus, *rows: Mapping[str, str], batch: str = BATCH, **bent: Any) -> str:
    """Puts a file and its signature there.

    `bent`: plain, packed, password, content, signature in place of the right ones.
    """
    settings = census.settings()
    plain = bent.get("plain", table(list(rows)))
    password = bent.get("password", settings["zip_password"])
    whole = encrypted(bent["packed"], password) if "packed" in bent else sealed(plain, password)
    content = bent.get("content", whole)
    (census.site.up / f"{batch}.csv.zip").write_bytes(content)
    beside = census.site.up / f".{batch}"
    beside.write_bytes(bent.get("signature", signature(content, settings["sign_key"])))
    beside.rename(census.site.up / f"{batch}.sig")  # whole, or the clerk finds it empty
    return batch


def returned(census: SchoolCensus, batch: str = BATCH) -> list[tuple[str, str, str]] | None:
    """Number, code and reason of every row that came back."""
    path = census.site.down / f"{batch}_RET.csv"
    if not path.exists():
        return None
    heading, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    assert heading == ["儿童身份证号", "结果", "原因"]
    return [(number, code, reason) for number, code, reason in rows]
