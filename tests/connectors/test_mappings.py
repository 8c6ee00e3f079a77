"""The fourteen tables against what the departments' documentation says, row by row and code by code."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gridapp.catalogue import profiles
from gridapp.contract import (
    ALWAYS,
    NEVER,
    Action,
    Condition,
    Kind,
    Row,
    all_of,
    at_least,
    is_in,
    known,
    not_,
)
from gridapp.dictionary import ATTACHMENTS, FIELDS, table

TARGETS = {
    one["key"]: one
    for one in json.loads((Path(__file__).parent.parent / "domain" / "targets.json").read_text(encoding="utf-8"))
}
PROFILES = {one.key: one for one in profiles.district()}

REQUIRED: Mapping[str, Condition] = {
    "yes": ALWAYS,
    "no": NEVER,
    "LD": is_in("resident_category", "LD"),
    "HJ": is_in("resident_category", "HJ"),
    "JW": is_in("resident_category", "JW"),
    "rental": is_in("housing.is_rental", True),
    "age ≤ 6": all_of(known("age"), not_(at_least("age", 7))),
    "on move-out": known("residency.end_date"),
    "on death": known("death_date"),
    "if any": is_in("housing.hidden_danger_types", "01", "02", "03", "04", "05", "99"),
    "premises": is_in("premises.place_type", "01", "02", "03", "04"),
}
"""The documentation's words for when a field is compulsory."""

QUALIFIED = {
    "relation_to_head": "residency.relation_to_head",
    "dwelling_type": "residency.dwelling_type",
    "household_no": "household.household_no",
    "grid_code": "housing.grid_code",
}
HOUSING_NAMES = frozenset(name.removeprefix("housing.") for name in FIELDS if name.startswith("housing."))
LESSEE = {
    "name": "housing.lessee_name",
    "id_type": "tenancy.lessee_id_type",
    "id_number": "housing.lessee_id_number",
    "phone": "housing.lessee_phone",
}
# Where their own code for our grid is wanted, the row reads the mapped one (derivation D8).
MAPPED = {("JZDJ", "SSJWQDM"): "mapped.police_grid", ("SZZ", "所属网格*"): "mapped.provincial_grid"}
# Told beside their list of fields: the other column for a document number, and how somebody has gone (迁出, 死亡).
BESIDES = {("JZDJ", "ZJHM"), ("JS", "ZXYY")}


def documented(key: str, kind: Kind) -> list[dict[str, str]]:
    target = TARGETS[key]
    rows: list[dict[str, str]] = target["hfields"] if kind is Kind.HOUSING and target["hfields"] else target["fields"]
    return rows


def canonical(key: str, kind: Kind, row: Mapping[str, str]) -> str:
    """The documentation's short name as ours."""
    name = row["canonical"]
    if (key, row["name"]) in MAPPED:
        return MAPPED[key, row["name"]]
    if key == "ZLBA" and name in LESSEE:
        return LESSEE[name]
    return QUALIFIED.get(name) or (f"housing.{name}" if name in HOUSING_NAMES and name not in FIELDS else name)


def row_named(key: str, theirs: str, kind: Kind = Kind.RESIDENT) -> Row:
    return next(row for row in PROFILES[key].layouts[kind].rows if row.name == theirs)


def sent(key: str, theirs: str, value: Any, kind: Kind = Kind.RESIDENT, **more: Any) -> Any:
    """What stands in their field for one value of ours."""
    row = row_named(key, theirs, kind)
    return row.value({**more, row.source: value})


LAYOUTS = [(key, kind) for key, one in PROFILES.items() for kind in one.layouts]


def test_all_fourteen_departments_have_a_table() -> None:
    assert list(PROFILES) == list(TARGETS)
    for key, target in TARGETS.items():
        assert [kind.value for kind in PROFILES[key].layouts] == target["kinds"]
        assert (PROFILES[key].zh, PROFILES[key].slug) == (target["zh"], target["folder"])
        assert list(PROFILES[key].needs) == target["depends"]


@pytest.mark.parametrize(("key", "kind"), LAYOUTS)
def test_every_row_stands_in_its_place_under_their_name_and_is_as_compulsory_as_they_say(key: str, kind: Kind) -> None:
    fields = [row for row in PROFILES[key].layouts[kind].rows if row.source not in ATTACHMENTS]
    ours = [row for row in fields if (key, row.name) not in BESIDES]
    theirs = documented(key, kind)

    assert [row.name for row in ours] == [row["name"].strip("<>") for row in theirs]
    assert [row.source for row in ours] == [canonical(key, kind, row) for row in theirs]
    for row, said in zip(ours, theirs, strict=True):
        if row.name != "GMSFHM":
            assert row.required == REQUIRED[said["required"]], row.name


def test_a_document_number_is_compulsory_in_the_police_table_in_one_of_two_columns() -> None:
    card, other = row_named("JZDJ", "GMSFHM"), row_named("JZDJ", "ZJHM")

    assert card.source == other.source == "id_number"
    assert other.required == not_(card.required)


@pytest.mark.parametrize(("key", "kind"), LAYOUTS)
def test_every_source_is_a_field_of_the_dictionary_or_a_declared_number_of_another_target(key: str, kind: Kind) -> None:
    layout = PROFILES[key].layouts[kind]
    given = {name for profile in PROFILES.values() for name in profile.gives.values()}
    readable = set(FIELDS) | set(ATTACHMENTS) | given | set(MAPPED.values())

    conditions = [
        layout.applies,
        layout.closes,
        *(row.required for row in layout.rows),
        *(row.offered for row in layout.rows),
    ]
    read = layout.sources.union(*(condition.fields() for condition in conditions))

    assert read <= readable
    assert all(row.source in readable for row in layout.content_rows)


@pytest.mark.parametrize(("key", "kind"), LAYOUTS)
def test_an_attachment_is_asked_of_nobody_until_a_department_asks_for_it(key: str, kind: Kind) -> None:
    rows = [row for row in PROFILES[key].layouts[kind].rows if row.source in ATTACHMENTS]

    assert [(row.required, row.offered) for row in rows] == [(NEVER, NEVER)] * len(rows)
    assert all(ATTACHMENTS[row.source].entity == kind for row in rows)


@pytest.mark.parametrize(("key", "kind"), LAYOUTS)
def test_what_policy_keeps_out_is_never_handed_to_a_connector(key: str, kind: Kind) -> None:
    sources = PROFILES[key].layouts[kind].sources

    assert not [name for name in sources if name in FIELDS and FIELDS[name].required == "N"]


# --- Whom a move-out is told to ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("1", {"ZZSB", "JZDJ", "PDA", "WG", "GXPT"}),
        ("4", {"ZZSB", "JZDJ", "PDA", "WG", "GXPT"}),
        ("2", {"ZZSB", "JZDJ", "PDA", "WG", "GXPT", "LB", "JS", "MZYL"}),
        ("3", {"ZZSB", "JZDJ", "PDA", "WG", "GXPT", "LB", "JS", "MZYL"}),
        ("7", {"ZZSB", "JZDJ", "PDA", "WG", "GXPT", "LB", "JS", "MZYL"}),
    ],
)
def test_the_end_of_a_residency_is_told_to_those_it_concerns(reason: str, told: set[str]) -> None:
    ended = {"residency.end_reason": reason}
    layouts = {key: one.layouts.get(Kind.RESIDENT) for key, one in PROFILES.items()}

    closing = {key for key, layout in layouts.items() if layout and layout.closes.holds(ended)}

    assert closing == told
    assert all(Action.CLOSE in layout.actions for key, layout in layouts.items() if layout and key in told)


def test_a_visit_that_changes_nothing_is_told_to_the_handheld_system_alone() -> None:
    verified = {key for key, kind in LAYOUTS if Action.VERIFY in PROFILES[key].layouts[kind].actions}

    assert verified == {"PDA"}


# --- A whole record ------------------------------------------------------------------------------------------------


def filled(kind: Kind) -> dict[str, Any]:
    """A view with something plausible in every field any table reads."""
    known_by_type: dict[str, Any] = {
        "date": date(2024, 3, 1), "integer": 3, "decimal": Decimal("114.05"), "bool": True, "codes": ["01"],
        "phone": "13912345670", "document": "990101199202290010", "division": "440305", "uscc": "9199010100000001AQ",
    }  # fmt: skip
    view: dict[str, Any] = {}
    for key, one in PROFILES.items():
        if kind in one.layouts:
            for name in one.layouts[kind].sources:
                field = FIELDS.get(name)
                if field is None:
                    view[name] = "990101001001"
                elif field.table and field.type == "code":
                    view[name] = table(field.table).offered[0]
                else:
                    view[name] = known_by_type.get(field.type, "测试")
            assert key
    return view | {
        "housing.housing_code": "9901010010010000001000301", "housing.grid_code": "990101001001001",
        "housing.division_code": "990101001001", "guardian_relation": "52", "resident_category": "LD",
        "housing.hidden_danger_note": "楼道堆放杂物", "housing.address": "测试区测试路1号301室", "age": 32,
    }  # fmt: skip


@pytest.mark.parametrize(("key", "kind"), LAYOUTS)
def test_a_full_record_has_a_value_in_every_column_and_is_made_fast(key: str, kind: Kind) -> None:
    layout, view = PROFILES[key].layouts[kind], filled(kind)

    content = layout.content(view)
    rounds = []
    for _ in range(20):
        began = time.perf_counter()
        for _ in range(50):
            layout.content(view)
        rounds.append((time.perf_counter() - began) / 50)

    empty = {name for name, value in content.items() if value is None}
    assert empty <= {"ZJHM", "GMSFHM"}
    assert layout.missing(view) == []
    # 40 µs on a quiet machine; the best of the rounds, so that a busy neighbour does not fail it.
    assert min(rounds) < 0.000_04, statistics.median(rounds)
