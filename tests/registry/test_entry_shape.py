"""The shape of an entry: everything odd that a client sends is refused by name, nothing raises anything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gridapp.registry import EntryForm, Refused

ID = "0d7e9b9e-2f6c-4c07-9d4b-0d6f4f1c3a11"
BODY: dict[str, Any] = {
    "id": ID,
    "kind": "resident",
    "action": "create",
    "grid_code": "990101001001001",
    "fields": {"name": "测试甲"},
}


def refused(body: Any) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as error:
        EntryForm.parse(body)
    return {(one.field, one.code) for one in error.value.refusals}


def test_blocks_become_qualified_names() -> None:
    form = EntryForm.parse(
        BODY
        | {
            "housing": ID,
            "residency": {"start_date": "2024-03-10"},
            "household": {"household_no": "12", "relation_to_head": "02"},
        }
    )

    assert form.id == form.housing == UUID(ID)
    assert form.fields == {
        "name": "测试甲",
        "residency.start_date": "2024-03-10",
        "household.household_no": "12",
        "residency.relation_to_head": "02",
    }


def test_a_bare_name_of_a_housing_entry_means_the_housing() -> None:
    form = EntryForm.parse(
        BODY
        | {
            "kind": "housing",
            "fields": {"room_no": "301", "housing.floor_no": 3, "premises.name": "小店"},
            "tenancy": {"lease_start": "2024-03-10"},
        }
    )

    assert form.fields == {
        "housing.room_no": "301",
        "housing.floor_no": 3,
        "premises.name": "小店",
        "tenancy.lease_start": "2024-03-10",
    }


def test_a_bare_name_of_the_residency_is_understood_too() -> None:
    form = EntryForm.parse(BODY | {"fields": {"relation_to_head": "02", "household_no": "12"}})

    assert form.fields == {"residency.relation_to_head": "02", "household.household_no": "12"}


def test_a_time_without_a_zone_is_ours() -> None:
    zoned = EntryForm.parse(BODY | {"made_at": "2024-03-15T01:30:00Z"})
    local = EntryForm.parse(BODY | {"made_at": "2024-03-15T09:30:00"})

    assert zoned.made_at == local.made_at == datetime(2024, 3, 15, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("body", [None, [], "{}", 3, [("id", ID)]])
def test_only_an_object_is_an_entry(body: Any) -> None:
    assert refused(body) == {("", "wrong_shape")}


def test_everything_that_is_missing_is_named_at_once() -> None:
    assert refused({}) == {(key, "wrong_shape") for key in ("id", "kind", "action", "grid_code")}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", None),
        ("id", 7),
        ("id", "not-a-uuid"),
        ("id", "{" + ID + "}"),
        ("id", "\x00" * 36),
        ("kind", "person"),
        ("kind", ["resident"]),
        ("action", "delete"),
        ("grid_code", "990101001001"),
        ("grid_code", "99010100100100\u0661"),
        ("grid_code", 990101001001001),
        ("grid_code", "990101001001001\n"),
        ("fields", []),
        ("fields", "name=x"),
        ("residency", ["start_date"]),
        ("housing", 12),
        ("housing", {"id": ID}),
        ("housing", "x" * 40),
        ("housing", "%' OR 1=1"),
        ("record", "somebody"),
        ("base_version", "1"),
        ("base_version", 0),
        ("base_version", True),
        ("base_version", 2**40),
        ("made_at", "yesterday"),
        ("made_at", 1710466200),
        ("made_at", "2024-02-30T09:30:00"),
        ("made_at", "9999-99-99T99:99:99"),
        ("confirmed", "age"),
        ("confirmed", [1]),
        ("confirmed", ["x"] * 51),
    ],
)
def test_a_key_of_the_wrong_type_is_refused_by_name(key: str, value: Any) -> None:
    assert refused(BODY | {key: value}) == {(key, "wrong_shape")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", {"family": "测", "given": "试"}),
        ("name", [["测试"]]),
        ("name", ["测试"] * 51),
        ("children_count", float("nan")),
        ("children_count", float("inf")),
        ("children_count", 10**400),
        ("name", object()),
        ("name", b"bytes"),
    ],
)
def test_a_value_that_is_no_plain_value_is_refused_by_name(name: str, value: Any) -> None:
    assert refused(BODY | {"fields": {name: value}}) == {(name, "wrong_shape")}


@pytest.mark.parametrize("value", ["x", 1, 1.5, True, None, Decimal("1.5"), ["01", "02"]])
def test_a_plain_value_is_left_to_the_dictionary(value: Any) -> None:
    assert EntryForm.parse(BODY | {"fields": {"name": value}}).fields == {"name": value}


def test_a_megabyte_is_too_long() -> None:
    assert refused(BODY | {"fields": {"name": "测" * 1_000_000}}) == {("name", "too_long")}


def test_thousands_of_fields_are_too_many() -> None:
    assert refused(BODY | {"fields": {f"field{number}": 1 for number in range(5000)}}) == {("fields", "too_many")}


def test_unknown_keys_and_fields_are_refused_by_name() -> None:
    body = BODY | {"owner": "x", "fields": {"salary": 1, "x" * 500: 1}, "residency": {"rent": 1}}

    assert refused(body) == {
        ("owner", "unknown_field"),
        ("salary", "unknown_field"),
        ("x" * 64, "unknown_field"),
        ("residency.rent", "unknown_field"),
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("resident", "housing.owner_name"),
        ("resident", "tenancy.lease_start"),
        ("resident", "premises.name"),
        ("resident", "grid.grid_name"),
        ("housing", "residency.start_date"),
        ("housing", "household.household_no"),
    ],
)
def test_a_field_of_the_other_kind_of_record_is_refused(kind: str, name: str) -> None:
    assert refused(BODY | {"kind": kind, "fields": {name: "x"}}) == {(name, "other_record")}


@pytest.mark.parametrize("name", ["residency.is_primary", "residency.verified_at", "residency.person"])
def test_what_the_system_keeps_is_not_typed(name: str) -> None:
    assert refused(BODY | {"fields": {name: "x"}}) == {(name, "kept_by_system")}


def test_one_field_given_twice_is_refused() -> None:
    body = BODY | {"fields": {"residency.start_date": "2024-01-01"}, "residency": {"start_date": "2024-01-02"}}

    assert refused(body) == {("residency.start_date", "twice")}


def test_a_housing_entry_names_no_other_housing() -> None:
    assert refused(BODY | {"kind": "housing", "fields": {}, "housing": ID}) == {("housing", "other_record")}


def test_later_acts_name_their_record() -> None:
    assert refused(BODY | {"action": "close"}) == {("record", "wrong_shape")}


def test_a_refusal_speaks_chinese_and_english_and_never_repeats_the_value() -> None:
    with pytest.raises(Refused) as error:
        EntryForm.parse(BODY | {"grid_code": "990101199202290010", "made_at": "990101199202290010"})

    for one in error.value.refusals:
        assert one.zh and one.en and one.remedy_zh and one.remedy_en
        assert "990101199202290010" not in f"{one}{error.value}"


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=30),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(body=some.dictionaries(some.sampled_from([*BODY, "housing", "residency", "record", "x"]), json_values))
def test_any_json_is_either_a_form_or_refused(body: dict[str, Any]) -> None:
    try:
        form = EntryForm.parse(BODY | body)
    except Refused as refused_:
        assert all(one.zh and one.remedy_zh for one in refused_.refusals)
    else:
        json.dumps(form.fields)
