"""The body of a request as one JSON object: small, shallow, each key once. The entry form judges the rest."""

from __future__ import annotations

import json
from math import inf, isfinite
from typing import Any

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from .problems import Problem

LARGEST = 256 * 1024
"""Bytes. One entry is about 2 KiB."""

_MOST_DIGITS = 20
_READ = "gridapp.api.body"


def read(request: Request) -> dict[str, Any]:
    """The object that was sent. Raises UnsupportedMediaType, or Problem saying what cannot be read."""
    media_type = (request.content_type or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType("")
    sent = raw(request)
    if not sent.strip():
        raise Problem("empty")
    return _object(sent)


def raw(request: Request) -> bytes:
    """The bytes that were sent, read once. Raises Problem where they are too many or break off."""
    if _READ in request.META:
        return bytes(request.META[_READ])
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and int(declared[:20]) > LARGEST:
        raise Problem("too_large", most=LARGEST // 1024)
    try:
        sent = request.read(LARGEST + 1)
    except OSError as error:
        raise Problem("cut_off") from error
    if len(sent) > LARGEST:
        raise Problem("too_large", most=LARGEST // 1024)
    request.META[_READ] = sent
    return bytes(sent)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw.decode(), object_pairs_hook=_each_once, parse_int=_integer)
    except UnicodeDecodeError as error:
        raise Problem("not_utf8") from error
    except json.JSONDecodeError as error:
        raise Problem("not_json", line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise Problem("too_deep") from error
    if not isinstance(found, dict):
        raise Problem("not_an_object")
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of two values under one key readers take the first or the last: whoever checked may have seen the other one.
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Problem("duplicate_key", key[:64])
        if isinstance(value, float) and not isfinite(value):
            raise Problem("not_finite", key[:64])
        if not all(_is_text(one) for one in (value if isinstance(value, list) else [value])):
            raise Problem("not_text", key[:64])
        found[key] = value
    return found


def _is_text(value: object) -> bool:
    """False for text with half of a surrogate pair: no character, and nothing can store or send it."""
    try:
        return not isinstance(value, str) or value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def _integer(digits: str) -> int | float:
    """Turning very many digits into a number takes long; no field has more than twenty."""
    return int(digits) if len(digits) <= _MOST_DIGITS else inf
