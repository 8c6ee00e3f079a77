"""Code tables: the standards' own lists, our English beside them, and what the pages offer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

_DATA = Path(__file__).parent / "data"
_INLINE = re.compile(r"(\d+)\s*([^\d\s]+)")


def load(name: str) -> Any:
    """One of the files in data/, e.g. `codes.json`."""
    return json.loads((_DATA / name).read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a table. `alpha`: a second code, letters of an ethnic group or number of a country."""

    code: str
    zh: str
    en: str
    alpha: str = ""

    def label(self, lang: str = "zh") -> str:
        return self.en if lang.startswith("en") else self.zh


@dataclass(frozen=True)
class CodeTable:
    """One code table. `offered`: what pages offer, in their order; other codes exist for back-flow and import."""

    name: str
    zh: str
    en: str
    standard: str
    items: tuple[Code, ...]
    offered: tuple[str, ...]
    note: str = ""
    by_code: Mapping[str, Code] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_code", MappingProxyType({one.code: one for one in self.items}))

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    def label(self, code: str, lang: str = "zh") -> str:
        """The word for a code; the code itself when the table does not know it."""
        known = self.by_code.get(code)
        return known.label(lang) if known else code

    def choices(self, lang: str = "zh") -> list[tuple[str, str]]:
        """What a form offers: (code, label)."""
        return [(code, self.label(code, lang)) for code in self.offered]


def inline_codes(text: str) -> dict[str, str]:
    """`1独居 2空巢` -> {"1": "独居", "2": "空巢"}: the little tables that fields.json writes into the field itself."""
    return dict(_INLINE.findall(text))


def _rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, {zh, standard, note, items}) of every table, wherever it is written."""
    local = load("local.json")
    yield from load("codes.json").items()
    for name, table in local["tables"].items():
        items = [{"code": code, "zh": zh} for code, zh in table.get("codes", {}).items()]
        yield name, {**table, "items": load("countries.json") if name == "nationality" else items}
    for fields in load("fields.json").values():
        for one in fields:
            codes = inline_codes(one["code_table"]) if one["type"].startswith("char") else {}
            if len(codes) > 1 and not one["code_table"].startswith("GB/T"):
                items = [{"code": code, "zh": zh} for code, zh in codes.items()]
                yield one["name"], {"zh": one["zh"], "standard": "local", "items": items}


def _load_tables() -> dict[str, CodeTable]:
    english, local = load("english.json")["tables"], load("local.json")
    tables = {}
    for name, row in _rows():
        words = english.get(name, {"en": "", "codes": {}})
        extra = [{"code": code, "zh": zh} for code, zh in local["codes"].get(name, {}).items()]
        items = tuple(
            Code(
                one["code"],
                one["zh"],
                one.get("en") or words["codes"].get(one["code"], ""),
                one.get("alpha") or one.get("number", ""),
            )
            for one in [*row["items"], *extra]
        )
        offered = tuple(local["offered"].get(name, [one.code for one in items]))
        tables[name] = CodeTable(name, row["zh"], words["en"], row["standard"], items, offered, row.get("note", ""))
    return tables


TABLES: Mapping[str, CodeTable] = MappingProxyType(_load_tables())


def table(name: str) -> CodeTable:
    """A code table by its name. Raises KeyError."""
    return TABLES[name]
