"""The dictionary's fields in the interface description: what an entry may hold, what an answer shows of a record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gridapp.dictionary import COMPUTED, FIELDS, Field, mask, mask_text, table

_MOST_LISTED = 60
"""Codes of a larger table are not spelled out field by field; its name is given."""

_TYPES: Mapping[str, dict[str, Any]] = {
    "bool": {"type": "boolean"},
    "integer": {"type": "integer"},
    "decimal": {"oneOf": [{"type": "number"}, {"type": "string"}]},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}
_AS_THEY_ARE = {"bool", "integer", "codes"}
_OPEN = {"S0", "S1"}


def given(*entities: str, short: bool = False) -> type[serializers.Field[Any, Any, Any, Any]]:
    """A field of the request that holds fields of these entities; `short`: without the entity before the name."""
    known = [one for one in FIELDS.values() if one.entity in entities and one.collected and one.name not in COMPUTED]
    properties = {one.name.rpartition(".")[2] if short else one.name: _property(one) for one in known}
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    given_field: type[serializers.Field[Any, Any, Any, Any]] = extend_schema_field(schema)(
        type("Given", (serializers.JSONField,), {})
    )
    return given_field


def _property(one: Field) -> dict[str, Any]:
    described = f"{one.zh} · {one.en}"
    if one.type == "codes":
        return {"type": "array", "title": described, "items": _coded(one)}
    if one.type == "code":
        return {**_coded(one), "title": described, "nullable": True}
    if one.type in _TYPES:
        return {**_TYPES[one.type], "title": described, "nullable": True}
    longest = {"maxLength": one.length} if one.length else {}
    return {"type": "string", "title": described, "nullable": True, **longest}


def _coded(one: Field) -> dict[str, Any]:
    codes = table(one.table or "")
    described = f"{codes.zh} · {codes.en} ({codes.standard})"
    if len(codes.items) > _MOST_LISTED:
        return {"type": "string", "description": described}
    words = "; ".join(f"{code.code} {code.zh} {code.en}".strip() for code in codes.items)
    return {"type": "string", "enum": [code.code for code in codes.items], "description": f"{described}: {words}"}


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {
            "oneOf": [
                {"type": "string"},
                {"type": "boolean"},
                {"type": "integer"},
                {"type": "array", "items": {"type": "string"}},
            ]
        },
    }
)
class Shown(serializers.DictField):
    """An answer's values by canonical name, masked."""


class Said(serializers.CharField):
    """What a department said of a record, without the document and phone numbers it may have repeated."""

    def to_representation(self, value: Any) -> str:
        return mask_text(str(value))


def shown(view: Mapping[str, Any], entity: str, *, child: bool, short: bool = False) -> dict[str, Any] | None:
    """The values of an entity in a view, in the dictionary's order and masked; None where nothing is known."""
    found = {
        name.rpartition(".")[2] if short else name: _value(one, view[name], child=child)
        for name, one in FIELDS.items()
        if one.entity == entity and view.get(name) not in (None, "", [])
    }
    return found or None


def _value(one: Field, value: Any, *, child: bool) -> Any:
    if one.type in _AS_THEY_ARE and one.sensitivity in _OPEN:
        return value
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return mask(one.name, value, child=child)
