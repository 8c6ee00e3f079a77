"""Their files: records in XML, zipped and encrypted with the key of the day; verdicts in XML on the way back."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from lxml import etree

from connectors.transport.batch_files import Answer, Boxes, Row
from connectors.transport.guomi import hmac_sm3, sm4_cbc_decrypt, sm4_cbc_encrypt
from gridapp.contract import ALWAYS, Action, Inexpressible, Misconfigured, Parcel

from .mapping import RESIDENT, SMALL
from .replies import judge, judge_file

INSIDE = "QYRK.xml"
LARGEST = 64 * 1024 * 1024
"""Bytes of a file of theirs, unpacked; 5,000 records are some 4 MB."""
OPERATIONS = {Action.CREATE: "1", Action.CHANGE: "2", Action.CLOSE: "3"}

_ROWS = [row for row in RESIDENT.content_rows if row.name != "ZXYY"]
# What is enough to take somebody out: a field that no longer fits must not keep a record alive there.
_ROWS_OF_THE_GONE = [row for row in RESIDENT.content_rows if row.name in ("XM", "SFZH", "ZXYY")]
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DAY = re.compile(r"_(\d{8})_")


def record(parcel: Parcel) -> dict[str, str]:
    """One REC: their name -> their value, what is not known left out. Raises Inexpressible.

    A record that lacks what they always want would have them refuse the whole file (R09), so it does not get into one.
    """
    gone = parcel.action is Action.CLOSE
    wanted = frozenset() if gone else _wanted(parcel.fields)
    found: dict[str, str] = {}
    for row in _ROWS_OF_THE_GONE if gone else _ROWS:
        value = row.value(parcel.fields)
        if value is not None:
            found[row.name] = _xml_text(row.source, str(value))
        elif row.name in wanted:
            raise Inexpressible(row.source, "对方系统的必填项，尚未填写")
    number = {"QYRKBM": parcel.reference} if parcel.reference else {}
    return {"LSH": parcel.key, "CZLX": OPERATIONS[parcel.action], **number, **found}


def document(rows: Sequence[Row], *, readable: bool = False) -> bytes:
    """The XML before it is packed."""
    root = etree.Element("QYRK", JLS=str(len(rows)))
    for row in rows:
        rec = etree.SubElement(root, "REC")
        for name, value in row.items():
            etree.SubElement(rec, name).text = value
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=readable)


class PopulationFiles:
    """Their paper. `file_key`: 32 hex digits, from which the key of each day follows."""

    refusals = 2  # R09 once may have been the line; twice it is the key

    def __init__(self, file_key: str, *, up: str, down: str) -> None:
        self._file_key = file_key
        self.boxes = Boxes(up, down, ending=".xml.zip", marker=".ok", answer="_RET.xml", digits=4)

    def pack(self, series: str, rows: Sequence[Row]) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            # No time of day inside: the same records make the same file.
            archive.writestr(zipfile.ZipInfo(INSIDE), document(rows), zipfile.ZIP_DEFLATED)
        key = self._key_of(series)
        start = hmac_sm3(key, packed.getvalue())[:16]
        return start + sm4_cbc_encrypt(key, start, packed.getvalue())

    def mark(self, batch: str, content: bytes, rows: int) -> bytes:
        name = batch + self.boxes.ending
        return f"{name},{rows},{len(content)},{hashlib.sha256(content).hexdigest()}\n".encode()

    def unpack(self, batch: str, content: bytes) -> Mapping[str, str]:
        """LSH -> LSH: it stands for the content. Raises ValueError."""
        packed = sm4_cbc_decrypt(self._key_of(batch), content[:16], content[16:])
        try:
            with zipfile.ZipFile(io.BytesIO(packed)) as archive:
                if archive.getinfo(INSIDE).file_size > LARGEST:
                    raise ValueError("larger than any file of ours")
                root = parse(archive.read(INSIDE))
        except (zipfile.BadZipFile, KeyError):
            raise ValueError("no file of ours") from None
        return {key: key for rec in root.iterfind("REC") if (key := rec.findtext("LSH"))}

    def read(self, batch: str, content: bytes) -> Answer:
        """A file about another batch, or with another number of records than it says, answers nothing."""
        root = parse(content)
        if root.get("WJM") != batch:
            return Answer()
        if root.get("JG") not in (None, "0"):
            return Answer(refused=judge_file(root.get("JG", ""), root.get("YY", "")))
        rows = [{part.tag: part.text or "" for part in rec} for rec in root.iterfind("REC")]
        if root.get("JLS") != str(len(rows)):
            return Answer()
        return Answer(tuple((row.get("LSH", ""), judge(row)) for row in rows))

    def _key_of(self, name: str) -> bytes:
        """The key of the day in a file's name: the first half of HMAC-SM3(file key, "yyyymmdd")."""
        if not re.fullmatch("[0-9a-fA-F]{32}", self._file_key):
            raise Misconfigured("file_key", "文件密钥应为32位十六进制数")
        found = _DAY.search(name)
        if found is None:
            raise ValueError("a name without a day")
        return hmac_sm3(bytes.fromhex(self._file_key), found[1].encode())[:16]


def parse(content: bytes) -> etree._Element:
    """Raises ValueError for anything but plain well-formed XML; the text of the error quotes nothing of it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise ValueError("no well-formed XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("XML with a document type")
    return root


def _wanted(view: Mapping[str, object]) -> frozenset[str]:
    """The names that no record may lack, as far as its own fields tell."""
    age = view.get("age")
    return _ALWAYS | _OF_A_CHILD if isinstance(age, int) and age < SMALL else _ALWAYS


_OF_A_CHILD = frozenset({"MQSFZH", "MQXM"})
_ALWAYS = frozenset(row.name for row in RESIDENT.content_rows if row.required is ALWAYS)


def _xml_text(field: str, text: str) -> str:
    if _NOT_XML.search(text):
        raise Inexpressible(field, "含有XML不能表达的字符")
    return text
