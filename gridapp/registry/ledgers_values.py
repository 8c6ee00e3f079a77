"""What a cell of a ledger says, as the entry form takes it: words become codes, names of places become divisions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from gridapp.dictionary import FIELDS, TABLES, Field, Refusal, division_path, search_divisions, validate

from .ledgers_words import CODES, NO, YES

_ASIDE = re.compile(r"[(（][^()（）]*[)）]")
_BETWEEN = re.compile(r"[、,，;；/\s]+")
_MIDNIGHT = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[ T]00?:00(?::00)?")
_OLD_NUMBER = re.compile(r"\d{15}")
_PEOPLE = re.compile("族$")
_KEPT = 4096


@dataclass(slots=True)
class Row:
    """One row as it was understood. `values`: canonical name -> raw value; of those `given` stood in the row itself."""

    number: int
    cells: list[str | None]
    values: dict[str, Any] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    refusals: list[Refusal] = field(default_factory=list)


def row_of(number: int, cells: list[str | None], fields: Sequence[str], defaults: Mapping[str, str]) -> Row:
    """The row by its columns; what is empty says what the ledger says for all its rows."""
    row = Row(number, cells)
    for name, cell in zip(fields, cells, strict=False):
        if cell is None and name:
            row.refusals.append(_lost(FIELDS[name]))
        elif cell and name:
            row.values[name] = said(FIELDS[name], cell)
            row.given.add(name)
    for name, value in defaults.items():
        row.values.setdefault(name, value)
    _old_number(row)
    return row


def said(known: Field, text: str) -> Any:
    """The value that a text of a field means; the text itself where that is for the dictionary to judge."""
    if known.type == "code":
        return _code(known.table or "", text)
    if known.type == "codes":
        return [_code(known.table or "", part) for part in _BETWEEN.split(text) if part]
    if known.type == "division":
        return _division(text)
    if known.type == "bool" and text in YES | NO:
        return text in YES
    if known.type == "date" and (found := _MIDNIGHT.fullmatch(text)):
        return found[1]
    return text


def _old_number(row: Row) -> None:
    """A number from before 1999 as the eighteen digits that it is today; only old lists have them."""
    number = row.values.get("id_number")
    if isinstance(number, str) and _OLD_NUMBER.fullmatch(number):
        told = {"id_type": row.values.get("id_type") or "111", "id_number": number}
        checked = validate(told, on=timezone.localdate(), practice=settings.PRACTICE, importing=True)
        row.values["id_number"] = checked.values.get("id_number") or number


def _lost(known: Field) -> Refusal:
    return Refusal(
        known.name,
        "digits_lost",
        f"“{known.zh}”在表格里是数值，末尾几位已经丢失",
        f"“{known.en}” is a number in the file: its last digits are lost",
        "请把这一列设为文本，按原件重填",
        "Format the column as text and fill it in again from the original",
    )


@lru_cache(maxsize=_KEPT)
def _code(table: str, text: str) -> str:
    known = TABLES[table]
    if text in known:
        return text
    width = len(known.items[0].code)
    if text.isdecimal() and text.zfill(width) in known:
        return text.zfill(width)  # Excel has dropped the zeros
    return _codes_of(table).get(_plain(text), text)


@lru_cache(maxsize=64)
def _codes_of(table: str) -> Mapping[str, str]:
    """Word -> code, in whatever way it is written; what pages offer goes before what they do not."""
    known, found = TABLES[table], {_plain(word): code for word, code in CODES.get(table, {}).items()}
    offered = set(known.offered)
    for one in sorted(known.items, key=lambda one: one.code not in offered):
        for word in (one.zh, _ASIDE.sub("", one.zh), *one.zh.split("/"), one.en, one.alpha):
            if word:
                found.setdefault(_plain(word), one.code)
        if table == "ethnicity":
            found.setdefault(_PEOPLE.sub("", one.zh), one.code)
    return found


@lru_cache(maxsize=_KEPT)
def _division(text: str) -> str:
    """The code of a place that is named; the text where none, or more than one, has that name."""
    plain = _plain(text)
    if plain.isdecimal():
        return plain
    found = search_divisions(plain, limit=3)
    exact = [code for code, name in found if name == plain or division_path(code)[-1] == plain]
    if len(found) == 1 or len(exact) == 1:
        return (exact or [found[0][0]])[0]
    return text


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()
