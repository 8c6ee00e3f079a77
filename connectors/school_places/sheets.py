"""Their files: a CSV with Chinese headings, zipped and encrypted, a signature beside it; a CSV with verdicts back.

All of it is about children: no error raised here quotes a value.
"""

from __future__ import annotations

import base64
import csv
import io
import zipfile
from collections.abc import Mapping, Sequence

from connectors.transport.batch_files import Answer, Boxes, Line, Row
from connectors.transport.guomi import Sm2Key, hmac_sm3, sm3, sm4_cbc_decrypt, sm4_cbc_encrypt
from gridapp.contract import ALWAYS, Inexpressible, Misconfigured, Parcel

from .mapping import RESIDENT
from .replies import FILE_REFUSED, judge, judge_file

INSIDE = "XW.csv"
COLUMNS = tuple(row.name for row in RESIDENT.rows)
CHILD, RESULT, REASON = "儿童身份证号", "结果", "原因"
LARGEST = 64 * 1024 * 1024
"""Bytes of a file of theirs, unpacked; 20,000 rows are some 6 MB."""

# What a spreadsheet takes for a formula when an officer opens the file, also in full width.
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")


def written(parcel: Parcel) -> Row:
    """One row: heading -> text, "" for what is not known. Raises Inexpressible.

    A text that a spreadsheet would take for a formula is refused: quotes do not help, and an apostrophe in front would
    be another text.
    """
    content = RESIDENT.content(parcel.fields)
    found = {}
    for row in RESIDENT.rows:
        text = "" if content[row.name] is None else str(content[row.name])
        if not text and row.required is ALWAYS:
            raise Inexpressible(row.source, "对方系统的必填项，尚未填写")
        if text.startswith(_FORMULA):
            raise Inexpressible(row.source, "以“=”“+”“-”“@”等开头，表格软件会当成公式")
        if "\0" in text:
            raise Inexpressible(row.source, "含有CSV不能表达的字符")
        found[row.name] = text
    return found


def table(rows: Sequence[Row]) -> str:
    """The CSV without its byte order mark."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


class CensusFiles:
    """Their paper. `password` opens the zip, `sign_key` is our SM2 key in hex; both are asked for when needed."""

    refusals = 1  # what they cannot open or whose signature does not hold is no better the next week

    def __init__(self, password: str, sign_key: str, *, up: str, down: str) -> None:
        self._password = password
        self._sign_key = sign_key
        self.boxes = Boxes(up, down, ending=".csv.zip", marker=".sig", answer="_RET.csv", digits=3)

    def line(self, parcel: Parcel) -> Line:
        """Raises Inexpressible."""
        row = written(parcel)
        return Line(self._tag(row[CHILD]), self._stamp(row), row)

    def pack(self, series: str, rows: Sequence[Row]) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            # No time of day inside: the same rows make the same file.
            archive.writestr(zipfile.ZipInfo(INSIDE), table(rows).encode("utf-8-sig"), zipfile.ZIP_DEFLATED)
        start = hmac_sm3(self._key, packed.getvalue())[:16]
        return start + sm4_cbc_encrypt(self._key, start, packed.getvalue())

    def mark(self, batch: str, content: bytes, rows: int) -> bytes:
        """The detached signature: SM2 over the SM3 of the file, DER in Base64."""
        try:
            key = Sm2Key(self._sign_key)
        except ValueError:
            raise Misconfigured("sign_key", "签名私钥应为64位十六进制的SM2私钥") from None
        return base64.b64encode(key.sign(sm3(content))) + b"\n"

    def unpack(self, batch: str, content: bytes) -> Mapping[str, str]:
        """Raises ValueError."""
        packed = sm4_cbc_decrypt(self._key, content[:16], content[16:])
        try:
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                if archive.getinfo(INSIDE).file_size > LARGEST:
                    raise ValueError("larger than any file of ours")
                rows = _rows(archive.read(INSIDE))
        except (zipfile.BadZipFile, KeyError):
            raise ValueError("no file of ours") from None
        return {self._tag(row[CHILD]): self._stamp(row) for row in rows if row.keys() == set(COLUMNS)}

    def read(self, batch: str, content: bytes) -> Answer:
        """A return without the two columns answers nothing."""
        if not content.endswith(b"\n"):
            raise ValueError("not written to its end")
        rows = _rows(content)
        if not all({CHILD, RESULT} <= row.keys() for row in rows):
            return Answer()
        if len(rows) == 1 and rows[0][RESULT] == FILE_REFUSED:
            return Answer(refused=judge_file(FILE_REFUSED, rows[0].get(REASON, "")))
        return Answer(tuple((self._tag(row[CHILD]), judge(row[RESULT], row.get(REASON, ""))) for row in rows))

    def _tag(self, number: str) -> str:
        """What stands for a child's number in a ticket: nobody gets from it to the child without the password."""
        return hmac_sm3(self._secret, b"child\0" + number.encode()).hex()[:32]

    def _stamp(self, row: Row) -> str:
        return hmac_sm3(self._secret, b"row\0" + "\0".join(row[name] for name in COLUMNS).encode()).hex()[:32]

    @property
    def _key(self) -> bytes:
        """The first half of the SM3 of the password."""
        return sm3(self._secret)[:16]

    @property
    def _secret(self) -> bytes:
        if not self._password:
            raise Misconfigured("zip_password", "没有填写压缩包密码")
        return self._password.encode()


def _rows(content: bytes) -> list[dict[str, str]]:
    """By their headings. Raises ValueError; a row with another number of cells than headings has none of them."""
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise ValueError("no CSV in UTF-8") from None
    heading, *cells = lines or [[]]
    return [dict(zip(heading, row, strict=True)) if len(row) == len(heading) else {} for row in cells]
