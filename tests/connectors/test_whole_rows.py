"""The tablet runs no function of a row: when an odd value has something is also said as a condition, and truly."""

from __future__ import annotations

import random
from typing import Any

import pytest

from gridapp.catalogue.profiles import profiles
from gridapp.contract import Inexpressible, Row, View
from gridapp.dictionary import FIELDS, TABLES

WHOLES = [
    pytest.param(row, id=f"{slug}-{kind}-{row.name}")
    for slug, profile in sorted(profiles().items())
    for kind, layout in profile.layouts.items()
    for row in layout.content_rows
    if row.whole is not None
]


def codes_of(row: Row) -> list[str]:
    return list(TABLES[FIELDS[row.source].table or ""].by_code)


def is_coded(row: object) -> bool:
    return isinstance(row, Row) and row.source in FIELDS and FIELDS[row.source].table is not None


def something(name: str, chance: random.Random) -> Any:
    """A value that the field may have in a view."""
    field = FIELDS[name]
    if field.table:
        return chance.choice([one.code for one in TABLES[field.table].items])
    if field.type == "division":
        return chance.choice(["440305", "990101", "440306", "310104"])
    if field.type == "integer":
        return chance.choice([0, 1, 5, 6, 7, 8, 30, 60])
    return {"decimal": 113.123, "date": "2020-01-31"}.get(field.type, chance.choice(["990101001001", "测试村1号"]))


def some_view(row: Row, chance: random.Random) -> View:
    """What the row reads, each of it known or not; codes that matter to it come often enough among so many others."""
    view = {name: something(name, chance) for name in row.reads if chance.random() < 0.7}
    often = {"id_type": ("111", "117"), "guardian_relation": ("52", "51"), "resident_category": ("HJ", "LD")}
    return view | {
        name: chance.choice(codes) for name, codes in often.items() if name in view and chance.random() < 0.6
    }


@pytest.mark.parametrize("row", WHOLES)
def test_an_odd_value_stands_exactly_when_its_condition_says_so(row: Row) -> None:
    chance = random.Random(row.name)
    seen = set()

    for _ in range(400):
        view = some_view(row, chance)
        seen.add(row.is_missing(view))
        assert row.stands_when.holds(view) is not row.is_missing(view), view

    assert seen == ({False} if not row.reads else {True, False})


@pytest.mark.parametrize("row", [one for one in WHOLES if is_coded(one.values[0])])
def test_what_is_refused_of_a_code_does_not_depend_on_what_else_is_known(row: Row) -> None:
    """So that codes can be tried one by one for the tablet."""
    alone = {code for code in codes_of(row) if is_refused(row, {row.source: code})}

    assert alone == {code for code in codes_of(row) if is_refused(row, {row.source: code, "age": 40})}
    assert alone < set(codes_of(row))


def is_refused(row: Row, view: View) -> bool:
    try:
        row.value(view)
    except Inexpressible:
        return True
    return False
