"""Which column of a ledger is which field: guessed from its heading, for a person to correct."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from gridapp.dictionary import COMPUTED, FIELDS

from .forms import Kind
from .ledgers_words import HEADINGS

LOOKED_THROUGH = 10
"""Rows at the top of a file among which the headings are: above them stands what the ledger is called."""
_LEAST = 2
"""Headings that are known before a row is taken for the row of the headings."""
LOCATING = (
    "housing.housing_code", "housing.building_code", "housing.grid_code", "housing.road", "housing.door_no",
    "housing.estate_name", "housing.building_no", "housing.unit_no", "housing.room_no", "housing.address",
)  # fmt: skip
"""By what a row says which home it means."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    Kind.RESIDENT: (
        "name", "id_number", "phone", "ethnicity", "residency.residency_kind", "residency.start_date",
    ),
    Kind.HOUSING: (
        "housing.room_no", "housing.house_form", "housing.housing_status", "housing.owner_type", "housing.is_rental",
    ),
}  # fmt: skip
"""What every row has to say, or the ledger as a whole for all its rows."""
FOR_ALL = frozenset({"ethnicity", "residency.residency_kind", "residency.start_date", *NEEDED[Kind.HOUSING][1:]})
"""What can be the same for all rows of a ledger."""

_ASIDE = re.compile(r"[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]")
_MARKS = re.compile(r"[\s*#:：_\-.、,，/]+")
_ENTITIES = {
    Kind.RESIDENT: ("resident", "residency", "household"),
    Kind.HOUSING: ("housing", "tenancy"),
}


@lru_cache(maxsize=4)
def takable(kind: str) -> tuple[str, ...]:
    """The canonical names that a ledger of this kind may fill in, in the dictionary's order."""
    of_kind = tuple(
        name
        for name, one in FIELDS.items()
        if one.entity in _ENTITIES[Kind(kind)] and one.collected and name not in COMPUTED and one.type != "reference"
        and one.required != "D" and name not in _NOT_TAKEN
    )  # fmt: skip
    located = LOCATING if kind == Kind.RESIDENT else ("housing.building_code", "housing.grid_code")
    return (*of_kind, *(name for name in located if name not in of_kind))


_NOT_TAKEN = frozenset(
    {"death_date", "residency.end_date", "residency.end_reason", "residency.source", "residency.verified_at",
     "housing.last_visit_at", "housing.address", "household.relation_to_head"}
)  # fmt: skip
"""What another act than an arrival says, what follows from the rest, and what residency.relation_to_head says."""


def heading_of(rows: Sequence[Sequence[str | None]]) -> int:
    """The index of the row of the headings among the first ones: the one with most that are known, else the first."""
    known = [sum(plain(title) in _every_heading() for title in row if title) for row in rows[:LOOKED_THROUGH]]
    best = max(known, default=0)
    return known.index(best) if best >= _LEAST else 0


def kind_of(titles: Iterable[str]) -> Kind:
    """What the ledger is of: people, wherever one of their own columns is there."""
    said = {plain(title) for title in titles}
    people = {plain(word) for name in ("name", "id_number") for word in _words(name)}
    return Kind.RESIDENT if said & people else Kind.HOUSING


def guessed(titles: Sequence[str], kind: str) -> list[str]:
    """A canonical name for each heading, "" where none fits; no name twice."""
    names = _headings(kind)
    found: list[str] = []
    for title in titles:
        name = names.get(plain(title)) or names.get(plain(_ASIDE.sub("", _flat(title)))) or ""
        found.append("" if name in found else name)
    return found


def missing(fields: Collection[str], defaults: Mapping[str, str], kind: str) -> list[str]:
    """What no column and no default says though every row needs it, and "housing" where no column names the home."""
    lacking = [name for name in NEEDED[kind] if name not in fields and not defaults.get(name)]
    named = {"housing.housing_code", "housing.room_no", "housing.address"} & set(fields)
    if kind == Kind.RESIDENT and not named:
        lacking.append("housing")
    return lacking


def plain(title: str) -> str:
    """A heading without what people decorate it with: 姓 名*, 联系电话： and Phone are as good as their words."""
    return _MARKS.sub("", _flat(title)).lower()


def _flat(title: str) -> str:
    return unicodedata.normalize("NFKC", title).strip()


@lru_cache(maxsize=4)
def _headings(kind: str) -> Mapping[str, str]:
    """Heading without decoration -> canonical name; what was said first stays."""
    found: dict[str, str] = {}
    for name in takable(kind):
        for word in _words(name):
            found.setdefault(plain(word), name)
    return found


@lru_cache(maxsize=1)
def _every_heading() -> frozenset[str]:
    return frozenset().union(*(_headings(kind) for kind in Kind))


def _words(name: str) -> list[str]:
    known = FIELDS[name]
    flat = _flat(known.zh)
    return [*HEADINGS.get(name, ()), flat, _ASIDE.sub("", flat), *flat.split("/"), known.en, name]
