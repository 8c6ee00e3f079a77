"""Characters as they come in: what is refused, what is quietly made one (full width, invisible marks, line ends)."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from .fields import Field
from .refusals import Refused

_WIDE = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}
_WIDE_LETTERS = {wide: narrow for wide, narrow in _WIDE.items() if chr(narrow).isalnum() or narrow == 0x20}

# Zero-width marks and byte order marks come along when text is pasted from WeChat or Word and mean nothing.
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffb\ufffe\uffff]")
_BROKEN = re.compile("[\ud800-\udfff\ufffd]")
_BREAKS = re.compile(r"[\t\r\n]+")
_BLANKS = re.compile(r"[ \u00a0\u2000-\u200a\u202f]+")
_ROOM = 64  # prefixes and blanks that normalising takes away again


def half_width(text: str) -> str:
    """Full-width letters, digits and marks as ASCII: for numbers, codes, phones and dates."""
    return text if text.isascii() else text.translate(_WIDE)


def readable(raw: Any, field: Field) -> str:
    """The text of a raw value: NFC, trimmed, without invisible marks. Raises Refused.

    Length is judged before any pattern looks at the text, so that a megabyte costs nothing.
    """
    if not isinstance(raw, str):
        numeric = isinstance(raw, int | float) and field.type in ("document", "uscc", "phone")
        raise Refused("wrong_type/number_for_digits" if numeric else "wrong_type")
    if len(raw) > (field.length or 40) + _ROOM:
        raise Refused("too_long", limit=field.length or 40)
    if raw.isascii() and raw.isprintable():
        return raw.strip()
    if _BROKEN.search(raw):
        raise Refused("broken_characters")
    text = _INVISIBLE.sub("", raw)
    if _CONTROL.search(text):
        raise Refused("control_characters")
    return unicodedata.normalize("NFC", text).strip()


def one_line(text: str) -> str:
    """Line ends and runs of blanks as one space; full-width letters and digits as ASCII. Chinese marks stay."""
    if not text.isascii():
        text = text.translate(_WIDE_LETTERS)
    if "\n" in text or "\r" in text or "\t" in text:
        text = _BREAKS.sub(" ", text)
    return _BLANKS.sub(" ", text).strip()


def compact(text: str) -> str:
    """Half width, upper case, no blanks: the one way to write a number or a code."""
    return _BLANKS.sub("", half_width(text)).upper()


def fit(text: str, field: Field) -> str:
    """The text, if it is not longer than the field. Raises Refused: nothing is ever cut."""
    if field.length is not None and len(text) > field.length:
        raise Refused("too_long", limit=field.length)
    return text
