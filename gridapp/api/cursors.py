"""Where a list goes on: the place of the last row, signed, good for the same question of the same account alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.core import signing
from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from .callers import caller
from .problems import Problem

MOST = 100
USUAL = 20
_LONGEST = 500
_PLACE = {"cursor", "limit"}

LIMIT = OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL})
CURSOR = OpenApiParameter("cursor", {"type": "string", "maxLength": _LONGEST})


def limit_of(request: Request) -> int:
    """How many rows are asked for. Raises Problem."""
    asked = request.query_params.get("limit", "")
    if not asked:
        return USUAL
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 3 and 1 <= int(asked) <= MOST):
        raise Problem("bad_parameter", "limit", expected=f"1 – {MOST}")
    return int(asked)


def write(request: Request, place: Sequence[Any]) -> str:
    """The cursor behind a row. `place`: JSON types."""
    return signing.dumps(list(place), salt=_salt(request), compress=True)


def read(request: Request, length: int) -> list[Any] | None:
    """The place that the request goes on from, so many values; None: from the beginning. Raises Problem."""
    asked = request.query_params.get("cursor", "")
    if not asked:
        return None
    try:
        place = signing.loads(asked[: _LONGEST + 1], salt=_salt(request))
    except (signing.BadSignature, ValueError):
        raise Problem("bad_cursor", "cursor") from None
    if not isinstance(place, list) or len(place) != length:
        raise Problem("bad_cursor", "cursor")
    return place


def behind(fields: Sequence[str], place: Sequence[Any] | None) -> Q:
    """The rows behind a place in this order; a name with - before it runs downwards. No field may be null."""
    found, same = Q(), Q()
    for field, value in zip(fields, place or (), strict=bool(place)):
        name = field.lstrip("-")
        found |= same & Q(**{f"{name}__{'lt' if field.startswith('-') else 'gt'}": value})
        same &= Q(**{name: value})
    return found


def _salt(request: Request) -> str:
    asked = sorted((name, value) for name, value in request.query_params.items() if name not in _PLACE)
    # What is looked for may be somebody's name, and a salt ends up in no answer; a digest keeps it short.
    digest = hashlib.sha256(repr((request.path, caller(request).pk, asked)).encode()).hexdigest()
    return f"gridapp.api.cursor:{digest}"
