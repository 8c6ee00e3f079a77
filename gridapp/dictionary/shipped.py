"""The dictionary's rules as data for a tablet: static/reading.js and static/derivation.js judge by them offline.

Read out of the modules that judge on the server, so that no pattern and no table is written twice. Names of divisions
are those of one city alone: the whole table is larger than everything else together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from . import (
    agreement,
    characters,
    dates,
    derivation,
    documents,
    holder,
    kinship,
    names,
    parsing,
    phones,
    places,
    plausibility,
    quantities,
    suggestion,
)
from . import refusals as wording
from .divisions import COUNTIES, PRACTICE, PROVINCES, division_path
from .divisions import today as _today
from .fields import FIELDS, Field
from .tables import TABLES

_READERS: Mapping[Callable[..., Any], str] = {
    parsing.hukou_address: "hukou_address",
    parsing.letters_and_digits: "letters_and_digits",
    parsing.long_text: "long_text",
    parsing._digits: "digits",
    parsing._latin: "latin",
    parsing._party: "party",
    parsing.PARSERS["housing.room_no"]: "room",
}
"""Parsers that belong to single fields; every other field is read by its type."""

_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "invisible": characters._INVISIBLE,
    "control": characters._CONTROL,
    "broken": characters._BROKEN,
    "breaks": characters._BREAKS,
    "blanks": characters._BLANKS,
    "date": dates._PLAIN,
    "whole": quantities._WHOLE,
    "decimal": quantities._DECIMAL,
    "basement": quantities._BASEMENT,
    "floor": quantities._FLOOR,
    "phone_noise": phones._NOISE,
    "mobile": phones._MOBILE,
    "landline": phones._LANDLINE,
    "filler": phones._FILLER,
    "eighteen": documents._EIGHTEEN,
    "old_permanent": documents._OLD_PERMANENT,
    "chinese_passport": documents._CHINESE_PASSPORT,
    "anything": documents._ANYTHING,
    "chinese": names._CHINESE,
    "latin": names._LATIN,
    "dots": names._DOTS,
    "middle_dots": names._MIDDLE_DOTS,
    "any_han": names._ANY_HAN,
    "any_latin": names._ANY_LATIN,
    "any_unknown": names._ANY_UNKNOWN,
    "machine_readable": names._MACHINE_READABLE,
    "party": names._PARTY,
    "letters_and_digits": parsing._LETTERS_AND_DIGITS,
    "old_registration": parsing._OLD_REGISTRATION,
    "temporary_uscc": parsing._TEMPORARY_USCC,
    "room": places._ROOM,
    "division": places._SIX,
    "street_ahead": places._STREET_AHEAD,
    "plain_number": derivation._PLAIN_NUMBER,
    "marks": derivation._MARKS,
}


BY_DIVISION = frozenset({"id_area_unknown", "division_not_listed", "address_elsewhere"})
"""Doubts that need the table of divisions."""


def words(lang: str) -> dict[str, str]:
    """Key of a refusal -> reason and remedy in zh or en, with {label}, {other}, {limit} … where they name something."""
    place, mark = (1, ". ") if lang == "en" else (0, "，")
    return {key: f"{texts[place]}{mark}{texts[place + 2]}" for key, texts in wording._WORDING["refusals"].items()}


def doubts(lang: str) -> dict[str, Any]:
    """What is wondered at, from the values of a form alone, and the words: key -> reason and remedy in zh or en."""
    place, mark = (1, ". ") if lang == "en" else (0, "，")
    judged_here = ((key, texts) for key, texts in wording._WORDING["doubts"].items() if key not in BY_DIVISION)
    return {
        "words": {key: f"{texts[place]}{mark}{texts[place + 2]}" for key, texts in judged_here},
        "relations_of_the_other_sex": {sex: sorted(of) for sex, of in plausibility._RELATIONS_OF_THE_OTHER_SEX.items()},
        "marriageable": plausibility._MARRIAGEABLE,
        "overseas_only": plausibility._OVERSEAS_ONLY,
        "rental_only": plausibility._RENTAL_ONLY,
        "huge_flat": plausibility._HUGE_FLAT,
    }


def fields(wanted: Iterable[str], lang: str) -> dict[str, dict[str, Any]]:
    """How the values of these fields are read, and what they are called."""
    return {name: _field(FIELDS[name], lang) for name in wanted}


def _field(field: Field, lang: str) -> dict[str, Any]:
    known = {
        "label": field.label(lang),
        "reader": _READERS.get(parsing.PARSERS[field.name], field.type),
        "length": field.length,
        "table": field.table,
    }
    if field.type in ("integer", "decimal"):
        otherwise = Decimal(0), Decimal(10 ** (field.length or 9) - 1)
        low, high = quantities._LIMITS.get(field.name, otherwise)
        known |= {"low": str(low), "high": str(high), "scale": field.scale}
    return {key: value for key, value in known.items() if value is not None}


def codes(wanted: Iterable[str]) -> dict[str, list[str]]:
    """The codes of these tables."""
    return {name: [one.code for one in TABLES[name].items] for name in wanted}


def paths(home_city: str) -> dict[str, tuple[str, ...]]:
    """The names of the divisions of one city: code -> province, city, county as far as they exist."""
    return {code: division_path(code) for code in COUNTIES if code.startswith(home_city) or code == PRACTICE}


def today(home_city: str) -> dict[str, tuple[str, str]]:
    """What became of codes whose place lies in one city now: code -> code of today, and its name then if it differs."""
    found = {code: _today(code) for code in COUNTIES}
    return {
        code: (now, "" if now == code else COUNTIES[code])
        for code, now in found.items()
        if now and (now.startswith(home_city) or now == PRACTICE)
    }


@cache
def patterns() -> dict[str, str]:
    """Regular expressions for JavaScript's flag u."""
    return {name: _portable(pattern) for name, pattern in _PATTERNS.items()}


def _portable(pattern: re.Pattern[str]) -> str:
    """Characters outside ASCII as \\u{…}: half of a pair cannot travel in JSON."""
    return "".join(one if one.isascii() and one.isprintable() else f"\\u{{{ord(one):x}}}" for one in pattern.pattern)


@cache
def documents_of() -> dict[str, Any]:
    """Which number a type of document carries, and what it says of its holder."""
    return {
        "citizen": sorted(documents.CITIZEN),
        "shapes": {kind: [_portable(shape), key] for kind, (shape, key) in documents._SHAPES.items()},
        "oldest": documents.OLDEST,
        "typed_by": parsing._TYPE_OF_NUMBER,
        "always_citizen": sorted(parsing._ALWAYS_CITIZEN),
        "may_be_organisation": sorted(parsing._MAY_BE_ORGANISATION),
        "country_of": holder._COUNTRY_OF,
        "region_by_prefix": holder._REGION_BY_PREFIX,
        "country_by_number": documents._COUNTRY_BY_NUMBER,
        "provinces": sorted(PROVINCES),
        "practice": PRACTICE,
    }


@cache
def agreements() -> dict[str, Any]:
    """Rules across fields."""
    return {
        "future": agreement._NOT_IN_FUTURE,
        "birth": agreement._NOT_BEFORE_BIRTH,
        "order": agreement._ORDER,
        "note": agreement.SHORTEST_NOTE,
        "lease": agreement.LONGEST_LEASE,
        "unoccupied": agreement._UNOCCUPIED,
        "regions": sorted(agreement._REGIONS),
        "region_documents": sorted(agreement._REGION_DOCUMENTS),
        "owners_family": agreement._OWNERS_FAMILY,
        "shortest_address": places.SHORTEST_HUKOU_ADDRESS,
        "yes": sorted(quantities._YES),
        "no": sorted(quantities._NO),
        "years": [dates._FIRST, dates._LAST],
    }


@cache
def derivations() -> dict[str, Any]:
    """What follows from what. `children`: (field, value, below which age). `same_words`: character -> character."""
    ages = range(derivation._ADULT)
    children = [
        (name, value, next(age for age in ages if name not in derivation.child_answers(age)))
        for name, value in derivation.child_answers(0).items()
    ]
    return {
        "overseas": sorted(derivation._OVERSEAS),
        "dwelling": derivation._DWELLING,
        "relation": derivation._RELATION,
        "adult": derivation._ADULT,
        "children": children,
        "same_words": {chr(one): str(other) for one, other in derivation._SAME_WORD.items()},
        "shortest_match": derivation._SHORTEST_MATCH,
        "endings": ["室", "房"],
        "parts": {"door": "号", "building": "栋", "unit": "单元", "room": "室", "floor": "层", "basement": "地下"},
    }


def kinship_of() -> dict[str, Any]:
    """What a relation to the head of a household is guessed by."""
    names = ("head", "spouse", "son", "daughter", "grandchild", "father", "mother", "sibling")
    return {
        "codes": {name: getattr(kinship, name.upper()) for name in names},
        "generation": kinship._GENERATION,
        "two_generations": kinship._TWO_GENERATIONS,
        "adult": kinship._ADULT,
    }


def why(lang: str) -> str:
    """Where a division that is suggested comes from."""
    return suggestion._FROM_NUMBER[lang == "en"]


def why_former(lang: str) -> str:
    """The same of one whose code is another now, with {former}."""
    return suggestion._FROM_FORMER[lang == "en"]
