"""The text packet: a header line, then one line a record, columns parted by "|", all of it in GBK.

No escape exists in this format: a "|" or a line break inside a value is refused, never replaced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import quote_from_bytes
from zoneinfo import ZoneInfo

from gridapp.contract import Action, Inexpressible, Kind, Parcel
from gridapp.contract.formats import UNPADDED_TIME

from .mapping import PROFILE

CHARSET = "gbk"
MOST_LINES = 100
MOST_BYTES = 64 * 1024
LOCAL_TIME = ZoneInfo("Asia/Shanghai")

_OPERATION = {Action.CREATE: "1", Action.CHANGE: "2", Action.CLOSE: "3", Action.VERIFY: "4"}
_SEPARATORS = "|\r\n"


_ENOUGH_TO_CANCEL = frozenset({"name", "id_number", "housing.housing_code"})


class OutsideCharset(Inexpressible):
    """A character they have no code for: somebody writes the record there by hand."""


def header(device: str, worker_no: str, password: str, *, today: date) -> bytes:
    """Device, worker, MD5 of password and day: their scheme, good for one day."""
    digest = hashlib.md5(
        f"{password}{today:%Y%m%d}".encode(CHARSET, errors="replace"), usedforsecurity=False
    ).hexdigest()
    return f"{device}|{worker_no}|{digest}".encode(CHARSET, errors="replace")


def line(parcel: Parcel) -> bytes:
    """One record as a line without its break. Raises OutsideCharset, or Inexpressible for all else they cannot hold."""
    layout = PROFILE.layouts[parcel.kind]
    closing = parcel.action is Action.CLOSE
    made = {
        "@op": ("F" if parcel.kind is Kind.HOUSING else "") + _OPERATION[parcel.action],
        "@time": UNPADDED_TIME(parcel.made_at.astimezone(LOCAL_TIME)),
        "@worker": parcel.worker.no,
    }
    columns = []
    for row in layout.rows:
        if row.source in made:
            value: Any = made[row.source]
        elif closing and row.source not in _ENOUGH_TO_CANCEL:
            value = None  # the column stays empty: a field that no longer fits must not keep a record alive there
        else:
            _refuse_outside_charset(row.source, parcel.fields.get(row.source))
            value = row.value(parcel.fields)
        columns.append(_column(row.source, value))
    return b"|".join(columns)


def form(head: bytes, lines: Sequence[bytes]) -> bytes:
    """The body of the POST: the packet as the one field of a form, its GBK bytes percent-encoded."""
    return b"packet=" + quote_from_bytes(b"\r\n".join((head, *lines)), safe="").encode("ascii")


def _column(source: str, value: Any) -> bytes:
    text = "" if value is None else str(value)
    if any(mark in text for mark in _SEPARATORS):
        raise Inexpressible(source, "含对方系统用作分隔的字符“|”或换行")
    _refuse_outside_charset(source, text)
    return text.encode(CHARSET)


def _refuse_outside_charset(source: str, value: Any) -> None:
    if isinstance(value, str):
        try:
            value.encode(CHARSET)
        except UnicodeEncodeError as error:
            raise OutsideCharset(source, f"含GBK字符集以外的字“{value[error.start]}”") from None
