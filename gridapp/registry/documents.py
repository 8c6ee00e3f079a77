"""Sealed documents as Python values: dates, decimals and the rest by the dictionary's types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings

from gridapp import sealing
from gridapp.dictionary import FIELDS

_KEPT = 2048
_PYTHON: dict[str, Callable[[str], Any]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "decimal": Decimal,
}
_TYPED = {name: _PYTHON[field.type] for name, field in FIELDS.items() if field.type in _PYTHON}


def opened(sealed: bytes | memoryview, bound_to: str) -> Mapping[str, Any]:
    """A stored document, canonical name -> Python value. Shared: not to be changed. Raises sealing.Unsealable.

    The last ones are kept opened in memory. What is looked up by is the sealed text itself, new at every sealing, so an
    old document can never be taken for a new one.
    """
    return _opened(bytes(sealed), bound_to, settings.SEALING_KEYS)


@lru_cache(maxsize=_KEPT)
def _opened(sealed: bytes, bound_to: str, keys: str) -> Mapping[str, Any]:
    return typed(sealing.unseal_json(sealed, bound_to=bound_to))


def typed(document: dict[str, Any]) -> dict[str, Any]:
    """JSON values -> Python values, in place."""
    for name in document.keys() & _TYPED.keys():
        if isinstance(document[name], str):
            document[name] = _TYPED[name](document[name])
    return document


def stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Python values -> what is sealed: dates as ISO texts, decimals as texts, nothing for what is unknown."""
    return {name: _json(value) for name, value in values.items() if value is not None and value != "" and value != []}


def _json(value: Any) -> Any:
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
