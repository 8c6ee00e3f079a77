"""What a screen shows of a value that is not for every eye."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from .fields import FIELDS

_HIDDEN = "***"
_DOCUMENT = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9A-Za-z])", re.ASCII)
_PHONE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", re.ASCII)
_CHILD_TEXTS = frozenset({"hukou_address", "employer_name", "housing.address"})


def mask(name: str, value: Any, *, child: bool = False) -> str:
    """The value as text, masked by the field's sensitivity: S2 partly, S3 wholly, unknown fields wholly.

    440***********0014, 138****8000, 0755-****5678. `child`: the record is of somebody under 14, so the name becomes
    王** and birth date and addresses are cut too. Codes stay codes; "" for a value that is not known.
    """
    if value is None or value == "" or value == []:
        return ""
    text = value.isoformat() if isinstance(value, date) else str(value)
    known = FIELDS.get(name)
    if known is None or known.sensitivity == "S3":
        return _HIDDEN
    if known.type == "name" and (child or known.sensitivity == "S2"):
        return mask_name(text)
    if child and known.type == "date":
        return f"{text[:4]}-**-**"
    if known.sensitivity == "S2" or (child and name in _CHILD_TEXTS):
        return _masked(known.type, text)
    return text


def mask_text(text: str) -> str:
    """Free text, a department's answer say, without the document and phone numbers that it may have repeated."""
    without_documents = _DOCUMENT.sub(lambda found: mask_number(found[0]), text)
    return _PHONE.sub(lambda found: mask_phone(found[0]), without_documents)


def mask_name(name: str) -> str:
    """王** for 王小明: the first character, and always two stars, so that the length tells nothing."""
    return f"{name[:1]}**" if name else ""


def mask_number(number: str) -> str:
    """A document number: the first three and the last four characters, at least half of it hidden."""
    if len(number) < 14:
        return "*" * (len(number) - 2) + number[-2:] if len(number) > 4 else _HIDDEN
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"


def mask_phone(phone: str) -> str:
    """138****8000; of a landline the area code and the last four."""
    area, dash, local = phone.rpartition("-")
    if dash:
        return f"{area}-****{local[-4:]}"
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 10 else _HIDDEN


def _masked(kind: str, text: str) -> str:
    if kind == "document":
        return mask_number(text)
    if kind == "phone":
        return mask_phone(text)
    if text.isascii():
        return mask_number(text)
    return f"{text[:3]}***"
