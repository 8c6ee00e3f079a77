"""Where a list goes on: the place of the last row, signed, good for the same question of the same account alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.core import signing
from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from .callers import caller
from .problems import Problem

MOST = 100
USUAL = 20
LONGEST = 500
"""Characters of a cursor."""
_PLACE = {"cursor", "limit"}

LIMIT = OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL})
CURSOR = OpenApiParameter("cursor", {"type": "string", "maxLength": LONGEST})


def limit_of(asked: Mapping[str, str]) -> int:
    """How many rows are asked for. Raises Problem."""
    wanted = asked.get("limit", "")
    if not wanted:
        return USUAL
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= 3 and 1 <= int(wanted) <= MOST):
        raise Problem("bad_parameter", "limit", expected=f"1 – {MOST}")
    return int(wanted)


def write(request: Request, place: Sequence[Any], asked: Mapping[str, str] | None = None) -> str:
    """The cursor behind a row. `place`: JSON types. `asked`: the question where it does not stand in the address."""
    return signing.dumps(list(place), salt=_salt(request, asked), compress=True)


def read(request: Request, length: int, asked: Mapping[str, str] | None = None) -> list[Any] | None:
    """The place that the request goes on from, so many values; None: from the beginning. Raises Problem."""
    cursor = (request.query_params if asked is None else asked).get("cursor", "")
    if not cursor:
        return None
    try:
        place = signing.loads(cursor[: LONGEST + 1], salt=_salt(request, asked))
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


def _salt(request: Request, asked: Mapping[str, str] | None) -> str:
    told = request.query_params if asked is None else asked
    question = sorted((name, value) for name, value in told.items() if name not in _PLACE)
    # What is looked for may be somebody's name, and a salt ends up in no answer; a digest keeps it short.
    digest = hashlib.sha256(repr((request.path, caller(request).pk, question)).encode()).hexdigest()
    return f"gridapp.api.cursor:{digest}"
