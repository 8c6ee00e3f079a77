"""Conditions as data: what holds, what is read to find out, in words of two languages, and as JSON for the tablet."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.catalogue import profiles
from gridapp.contract import ALWAYS, NEVER, Condition, all_of, any_of, at_least, is_in, known, not_

LABELS = {
    "category": "人口类别",
    "category=LD": "流动人口",
    "category=JW": "境外人员",
    "age": "年龄",
    "rental": "是否出租",
}
ENGLISH = {"category": "category", "category=LD": "floating", "category=JW": "foreign", "age": "age", "rental": "let"}


def chinese(name: str, code: str | None) -> str:
    return LABELS[name if code is None else f"{name}={code}"]


def english(name: str, code: str | None) -> str:
    return ENGLISH[name if code is None else f"{name}={code}"]


@pytest.mark.parametrize(
    ("condition", "view", "holds"),
    [
        (ALWAYS, {}, True),
        (NEVER, {}, False),
        (is_in("category", "LD"), {}, False),
        (is_in("category", "LD", "JW"), {"category": "JW"}, True),
        (is_in("dangers", "01", "02"), {"dangers": ["00"]}, False),
        (is_in("dangers", "01", "02"), {"dangers": ["99", "02"]}, True),
        (is_in("rental", True), {"rental": False}, False),
        (is_in("rental", False), {"rental": False}, True),
        (at_least("age", 60), {}, False),
        (at_least("age", 60), {"age": 59}, False),
        (at_least("age", 60), {"age": 60}, True),
        (at_least("area", 10), {"area": Decimal("10.5")}, True),
        (at_least("age", 60), {"age": "61"}, False),
        (known("age"), {"age": 0}, True),
        (known("rental"), {"rental": False}, True),
        (known("name"), {"name": ""}, False),
        (known("dangers"), {"dangers": []}, False),
        (known("name"), {"name": None}, False),
        (not_(known("name")), {}, True),
        (all_of(known("a"), known("b")), {"a": 1}, False),
        (any_of(known("a"), known("b")), {"b": 1}, True),
    ],
)
def test_a_condition_holds_or_not(condition: Condition, view: dict[str, Any], holds: bool) -> None:
    assert condition.holds(view) is holds


@pytest.mark.parametrize(
    ("condition", "zh", "en"),
    [
        (ALWAYS, "总是", "always"),
        (NEVER, "从不", "never"),
        (is_in("category", "LD", "JW"), "人口类别为流动人口/境外人员", "category is floating / foreign"),
        (is_in("rental", True), "是否出租为是", "let is yes"),
        (is_in("rental", False), "是否出租为否", "let is no"),
        (at_least("age", 16), "年龄不小于16", "age is at least 16"),
        (not_(at_least("age", 65)), "年龄小于65", "age is below 65"),
        (known("age"), "年龄已填写", "age is known"),
        (not_(known("age")), "年龄未填写", "age is not known"),
        (not_(is_in("category", "LD")), "人口类别不为流动人口", "category is not floating"),
        (
            any_of(is_in("rental", True), all_of(is_in("category", "LD"), at_least("age", 16))),
            "是否出租为是或(人口类别为流动人口且年龄不小于16)",
            "let is yes or (category is floating and age is at least 16)",
        ),
        (
            not_(any_of(known("age"), known("rental"))),
            "非(年龄已填写或是否出租已填写)",
            "not (age is known or let is known)",
        ),
    ],
)
def test_a_condition_is_said_in_two_languages(condition: Condition, zh: str, en: str) -> None:
    assert condition.words(chinese, "zh") == zh
    assert condition.words(english, "en") == en


@pytest.mark.parametrize(
    ("view", "read"),
    [
        ({}, ["rental"]),
        ({"rental": False}, ["rental"]),
        ({"rental": True}, ["rental", "mode", "dangers"]),
        ({"rental": True, "mode": "2"}, ["rental", "mode"]),
    ],
)
def test_what_cannot_change_the_answer_any_more_is_not_read(view: dict[str, Any], read: list[str]) -> None:
    condition = all_of(is_in("rental", True), any_of(is_in("mode", "2"), is_in("dangers", "01")))

    assert condition.consulted(view) == read


# --- The same answer from the JSON as from the objects -------------------------------------------------------------


def judged(said: list[Any], view: dict[str, Any]) -> bool:
    """A second evaluator, of the JSON: what the tablet does, written apart."""
    operator, *rest = said
    if operator in ("all_of", "any_of"):
        answers = [judged(part, view) for part in rest[0]]
        return all(answers) if operator == "all_of" else any(answers)
    if operator == "not":
        return not judged(rest[0], view)
    value = view.get(rest[0])
    if operator == "known":
        return value not in (None, "", [])
    if operator == "at_least":
        return isinstance(value, int) and value >= rest[1]
    assert operator == "is_in"
    return any(one in rest[1] for one in value) if isinstance(value, list) else value in rest[1]


CODES = st.sampled_from(["LD", "JW", "HJ", "2", "3", "00", "01", "52"])
LEAVES = st.one_of(
    st.builds(lambda codes: is_in("code", *codes), st.lists(CODES, min_size=1, max_size=3)),
    st.builds(lambda codes: is_in("codes", *codes), st.lists(CODES, min_size=1, max_size=3)),
    st.builds(lambda yes: is_in("flag", yes), st.booleans()),
    st.builds(lambda number: at_least("number", number), st.integers(0, 20)),
    st.builds(known, st.sampled_from(["code", "codes", "flag", "number"])),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(lambda some: all_of(*some), st.lists(parts, max_size=3)),
        st.builds(lambda some: any_of(*some), st.lists(parts, max_size=3)),
        st.builds(not_, parts),
    ),
    max_leaves=8,
)
VIEWS = st.fixed_dictionaries(
    {},
    optional={
        "code": st.one_of(CODES, st.just("")),
        "codes": st.lists(CODES, max_size=3),
        "flag": st.booleans(),
        "number": st.integers(0, 20),
    },
)


@given(condition=CONDITIONS, view=VIEWS)
def test_the_json_is_judged_as_the_condition_is(condition: Condition, view: dict[str, Any]) -> None:
    shipped = json.loads(json.dumps(condition.as_json()))

    assert judged(shipped, view) is condition.holds(view)


@given(condition=CONDITIONS, view=VIEWS)
def test_what_is_consulted_decides(condition: Condition, view: dict[str, Any]) -> None:
    read = condition.consulted(view)

    assert set(read) <= condition.fields()
    assert condition.holds({name: value for name, value in view.items() if name in read}) is condition.holds(view)


def test_every_condition_of_every_table_survives_json() -> None:
    for profile in profiles.district():
        for layout in profile.layouts.values():
            for condition in (layout.applies, layout.closes, *(row.required for row in layout.rows)):
                assert judged(json.loads(json.dumps(condition.as_json())), {}) is condition.holds({})
