"""Every field of the product, defined once: label, type, rule, code table, sensitivity, sharing class, source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .tables import TABLES, load

_ENTITIES = {
    "Resident": "resident",
    "Household": "household",
    "Housing": "housing",
    "Residency": "residency",
    "Tenancy": "tenancy",
    "Premises": "premises",
    "Grid": "grid",
}
_SIZE = re.compile(r"\((\d+)(?:,(\d+))?\)")
_ALLOWED_SIZE = re.compile(r"(?:store|use) (dec\(\d+,\d+\))|≤(\d+)")
_SHAPES = (
    ("char", "text"),
    ("str", "text"),
    ("date (", "date"),
    ("datetime", "datetime"),
    ("date", "date"),
    ("dec", "decimal"),
    ("int", "integer"),
    ("bool", "bool"),
)
_ASIDE = re.compile(r"\s*\([A-Za-z ]+\)$")  # a note in English behind a Chinese label
_NAMES = re.compile(r"(?:^|_)(?:name|surname)$")
_NOT_PERSONS = ("name_pinyin", "employer_name", "housing.estate_name", "premises.name", "grid.grid_name")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `length`: characters, or digits in all with `scale` of them decimals. `table`: its code table's name.

    `required`: Y always, D derived, T when a target needs it, O optional, N not collected. `sensitivity` S0-S3,
    `sharing` U/C/N, `rule` and `source` in the handbook's own words.
    """

    name: str
    zh: str
    en: str
    entity: str
    type: str
    length: int | None
    scale: int
    table: str | None
    required: str
    rule: str
    sensitivity: str
    sharing: str
    source: str

    @property
    def collected(self) -> bool:
        """False for what policy keeps out of every form."""
        return self.required != "N"

    def label(self, lang: str = "zh") -> str:
        return self.en if lang.startswith("en") else self.zh


def _type_of(name: str, row: Mapping[str, Any], table: str | None) -> str:
    short, said = name.rpartition(".")[2], row["type"]
    if said.startswith("list<"):
        return "codes"
    if said.startswith(("fk", "image", "list")):
        return "reference"
    if row["code_table"] == "0/1":
        return "bool"
    if table is not None:
        return "code"
    if short.endswith("id_number"):
        return "document"
    if short.endswith("phone"):
        return "phone"
    if short.endswith("uscc"):
        return "uscc"
    if row["code_table"] == "GB/T 2260":
        return "division"
    if _NAMES.search(short) and name not in _NOT_PERSONS:
        return "name"
    return next(ours for theirs, ours in _SHAPES if said.startswith(theirs))


def _size_of(row: Mapping[str, Any]) -> tuple[int | None, int]:
    wider = _ALLOWED_SIZE.search(row["type"])
    if wider and wider[2]:
        return int(wider[2]), 0
    size = _SIZE.search(wider[1] if wider else row["type"])
    return (int(size[1]), int(size[2] or 0)) if size else (None, 0)


def _table_of(name: str, row: Mapping[str, Any], special: Mapping[str, str]) -> str | None:
    said = special.get(name, row["code_table"])
    if said in TABLES:
        return str(said)
    return row["name"] if row["name"] in TABLES and row["type"].startswith("char") else None


def _make(name: str, entity: str, row: Mapping[str, Any], english: Mapping[str, str]) -> Field:
    table = _table_of(name, row, _LOCAL["tables_of_fields"])
    length, scale = _size_of(row)
    return Field(
        name=name,
        zh=_ASIDE.sub("", row["zh"]),
        en=english.get(name, ""),
        entity=entity,
        type=_type_of(name, row, table),
        length=length,
        scale=scale,
        table=table,
        required=row["required"],
        rule=row["rule"],
        sensitivity=row["sensitivity"],
        sharing=row["sharing"],
        source=row["src"],
    )


def _load_fields() -> Iterator[Field]:
    english = load("english.json")["fields"]
    following: dict[str, list[Mapping[str, Any]]] = {}
    for row in _LOCAL["fields"]:
        following.setdefault(row["after"], []).append(row)

    def with_followers(name: str, entity: str, row: Mapping[str, Any]) -> Iterator[Field]:
        yield _make(name, entity, row, english)
        for local in following.get(name, ()):
            yield from with_followers(local["name"], entity, local)

    for title, rows in load("fields.json").items():
        entity = _ENTITIES[title.split()[0]]
        for row in rows:
            name = row["name"] if entity == "resident" else f"{entity}.{row['name']}"
            yield from with_followers(name, entity, row)


_LOCAL = load("local.json")

FIELDS: Mapping[str, Field] = MappingProxyType({one.name: one for one in _load_fields()})
"""Every field by its qualified name (`phone`, `housing.room_no`), in the dictionary's order."""

COMPUTED = frozenset(
    {row["name"] for row in _LOCAL["fields"] if row["required"] == "D"}
    | {"name_pinyin", "resident_category", "housing.occupant_count"}
)
"""What nobody types: the product works it out."""


def field(name: str) -> Field:
    """The field of a qualified name. Raises KeyError."""
    return FIELDS[name]
