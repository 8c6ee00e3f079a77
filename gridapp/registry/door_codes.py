"""What stands on a door: the housing code, its last eight digits, or a picture of an address of ours.

The picture holds no personal data: the id of a housing unit, and a keyed sum so that no other id can be tried out. Who
may open the record is decided by scope as everywhere.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from uuid import UUID

from django.db.models.functions import Right

from gridapp import sealing
from gridapp.org.models import User

from .models import Record
from .reach import visible

SHORT = 8
"""Digits at the end of a housing code: two of the building and six of the room."""
LONGEST = 500
MOST = 20
_SUM = 8
_CODE = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{25}|T[0-9]{24})(?![0-9A-Za-z])")
_PICTURE = re.compile(r"[?&]k=([A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])")
_SPACES = re.compile(r"[\s-]+")


def picture_key(housing_id: UUID) -> str:
    """The `k` of the address in a door's picture: 32 characters, the same for ever."""
    return base64.urlsafe_b64encode(housing_id.bytes + _sum(housing_id)).decode()


def homes(text: str, *, by: User) -> list[Record]:
    """The housing units of the user's areas that a text read from a door means, with their buildings; at most 20.

    More than one only where the last eight digits are shared by buildings. Empty for what is no code.
    """
    found = visible(by).filter(kind=Record.Kind.HOUSING).select_related("building").order_by("pk")
    text = text[:LONGEST]
    if picture := _PICTURE.search(text):
        housing_id = _opened(picture[1])
        return list(found.filter(pk=housing_id)) if housing_id else []
    if code := housing_code(text):
        return list(found.filter(housing_code=code))
    if short := short_code(text):
        return list(found.alias(short=Right("housing_code", SHORT)).filter(short=short)[:MOST])
    return []


def housing_code(text: str) -> str:
    """The whole housing code in a text, "" if there is none: a city's own picture has it inside an address."""
    found = _CODE.search(text) or _CODE.fullmatch(_SPACES.sub("", text))
    return found[0] if found else ""


def short_code(text: str) -> str:
    """The last eight digits as typed, with or without spaces; "" for anything else."""
    plain = _SPACES.sub("", text)
    return plain if len(plain) == SHORT and plain.isascii() and plain.isdigit() else ""


def _sum(housing_id: UUID) -> bytes:
    return sealing.standing(str(housing_id), purpose="door")[:_SUM]


def _opened(key: str) -> UUID | None:
    try:
        raw = base64.urlsafe_b64decode(key)
    except (binascii.Error, ValueError):
        return None
    housing_id = UUID(bytes=raw[:16])
    return housing_id if hmac.compare_digest(raw[16:], _sum(housing_id)) else None
