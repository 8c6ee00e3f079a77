"""Who the holder of a document is: birth date, sex, age and country, from the number or as typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from . import documents

_COUNTRY_OF = {
    **dict.fromkeys(("111", "112", "113", "114", "115", "117", "118", "119"), "CHN"),
    "156": "TWN",
    "511": "TWN",
}
_REGION_BY_PREFIX = {"81": "HKG", "82": "MAC", "H": "HKG", "M": "MAC"}


def id_type_of(values: Mapping[str, Any]) -> str:
    """The type of document; 111 when none is given."""
    return values.get("id_type") or "111"


def eighteen_of(values: Mapping[str, Any]) -> str | None:
    """The 18-digit number with a birth date inside, when the holder's document carries a valid one."""
    number, kind = values.get("id_number"), id_type_of(values)
    if kind in documents.CITIZEN or kind == "553":
        return number if number and documents.is_eighteen(number) else None
    return None


def born(values: Mapping[str, Any]) -> date | None:
    """The date of birth: from the 18-digit number where there is one, else as typed."""
    number = eighteen_of(values)
    if number and (found := documents.birth_of(number)):
        return found
    typed = values.get("birth_date")
    return typed if isinstance(typed, date) else None


def sex_of(values: Mapping[str, Any]) -> str | None:
    """1 or 2 from the number, else as typed. A foreigner's number (553) does not tell it."""
    number = eighteen_of(values)
    if number and id_type_of(values) != "553":
        return documents.sex_of(number)
    return values.get("sex") or None


def under_14(view: Mapping[str, Any], on: date) -> bool:
    """True for a child: everything about a person under 14 is sensitive (PIPL 31). Unknown age is not a child."""
    birth = born(view)
    return birth is not None and documents.years_between(birth, on) < 14


def country_of(values: Mapping[str, Any]) -> str | None:
    """Nationality or region (GB/T 2659 alpha-3) as far as the document tells it."""
    kind, number = id_type_of(values), values.get("id_number") or ""
    if kind in _COUNTRY_OF:
        return _COUNTRY_OF[kind]
    if kind in ("155", "516"):
        return _REGION_BY_PREFIX.get(number[: 2 if kind == "155" else 1])
    return documents.country_of_permanent(number) if kind == "553" else None
