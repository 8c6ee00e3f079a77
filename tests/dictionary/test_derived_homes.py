"""What follows of a home and of living there: D6, D7, D9, D12, days and months, and when a lease is known."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.dictionary import derive, same_address
from gridapp.dictionary.dates import months_later, whole_months

ON = date(2024, 3, 15)
MAN = {"id_type": "111", "id_number": "990101199202290010"}
INFANT = {"id_type": "111", "id_number": "99010120190601003X"}
HOME = {
    "housing.grid_code": "990101001001001",
    "housing.road": "测试路",
    "housing.door_no": "12",
    "housing.building_no": "3",
    "housing.unit_no": "2",
    "housing.floor_no": 3,
    "housing.room_no": "301",
}


def derived(view: dict[str, Any], *, on: date = ON, home_city: str = "9901") -> dict[str, Any]:
    return derive(view, on=on, home_city=home_city)


@pytest.mark.parametrize(
    ("hukou_division", "hukou_address", "consistency"),
    [
        ("990101", "测试路12号3栋2单元301", "01"),
        ("990101", "测试路12号3幢2单元301室", "01"),
        ("990101", "第一街道第一社区测试路12号3栋2单元301室", "01"),
        ("990101", "测试路12号3栋2单元302室", "02"),
        ("990101", "测试路112号3栋2单元301室", "02"),
        ("990101", None, None),
        ("990102", "测试路12号3栋2单元301", "02"),
        ("440305", None, "02"),
        (None, None, None),
    ],
)
def test_who_lives_where_the_hukou_is(
    hukou_division: str | None, hukou_address: str | None, consistency: str | None
) -> None:
    view = derived({**MAN, **HOME, "hukou_division": hukou_division, "hukou_address": hukou_address})

    assert view.get("hukou_consistency") == consistency


def test_people_without_a_hukou_are_neither_consistent_nor_not() -> None:
    assert "hukou_consistency" not in derived({"id_type": "155", "id_number": "81000019900307151X", **HOME})


def test_same_address_needs_more_than_a_common_end() -> None:
    assert same_address("测试路12号301", "测试省测试区测试路12号301室", "990101")
    assert not same_address("301室", "测试路12号301室", "990101")


@pytest.mark.parametrize(
    ("kind", "dwelling", "relation"),
    [
        ("1", "01", None),
        ("2", "02", "5"),
        ("3", "05", "7"),
        ("4", "04", None),
        ("5", "02", "5"),
        ("6", "06", None),
        ("9", "99", None),
    ],
)
def test_dwelling_and_relation_follow_from_how_they_live(kind: str, dwelling: str, relation: str | None) -> None:
    view = derived({**MAN, "residency.residency_kind": kind})

    assert (view["residency.dwelling_type"], view.get("residency.relation_to_owner")) == (dwelling, relation)


def test_the_owner_in_the_own_home_is_the_owner() -> None:
    own = {"residency.residency_kind": "1", "housing.owner_id_number": MAN["id_number"]}

    assert derived({**MAN, **own})["residency.relation_to_owner"] == "1"


def test_a_child_is_no_tenant() -> None:
    assert "residency.relation_to_owner" not in derived({**INFANT, "residency.residency_kind": "2"})


@pytest.mark.parametrize(
    ("start", "end", "on", "days", "months"),
    [
        (date(2024, 3, 10), None, date(2024, 3, 15), 5, 0),
        (date(2024, 3, 10), None, date(2024, 9, 9), 183, 5),
        (date(2024, 3, 10), None, date(2024, 9, 10), 184, 6),
        (date(2023, 8, 31), None, date(2024, 2, 28), 181, 5),
        (date(2023, 8, 31), None, date(2024, 2, 29), 182, 6),
        (date(2022, 8, 31), None, date(2023, 2, 28), 181, 6),
        (date(2024, 3, 15), None, date(2024, 3, 15), 0, 0),
        (date(2024, 3, 20), None, date(2024, 3, 15), 0, 0),
        (date(2024, 1, 1), date(2024, 2, 1), date(2024, 12, 31), 31, 1),
        (date(2024, 1, 1), date(2025, 1, 1), date(2024, 2, 1), 31, 1),
    ],
)
def test_how_long_they_live_here(start: date, end: date | None, on: date, days: int, months: int) -> None:
    view = derived({"residency.start_date": start, "residency.end_date": end}, on=on)

    assert (view["residency.days"], view["residency.months"]) == (days, months)


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_whole_months_count_what_months_later_adds(start: date, months: int) -> None:
    assert whole_months(start, months_later(start, months)) == months


def test_division_and_building_come_from_the_codes() -> None:
    view = derived({"housing.housing_code": "9901010010010000001000301"})

    assert (view["housing.division_code"], view["housing.building_code"]) == ("990101001001", "9901010010010000001")


def test_a_temporary_code_tells_nothing() -> None:
    view = derived({"housing.housing_code": "T" + "0" * 24, "housing.grid_code": "990101001001001"})

    assert view["housing.division_code"] == "990101001001"
    assert "housing.building_code" not in view


@pytest.mark.parametrize(
    ("parts", "address"),
    [
        ({}, "测试省测试区测试路12号3栋2单元301室"),
        ({"housing.building_no": "3栋", "housing.unit_no": "二单元", "housing.door_no": "12号"}, None),
        ({"housing.estate_name": "测试花园"}, "测试省测试区测试路12号测试花园3栋2单元301室"),
        ({"housing.building_no": None, "housing.unit_no": None}, "测试省测试区测试路12号301室"),
        ({"housing.room_no": "A5"}, "测试省测试区测试路12号3栋2单元3层A5室"),
        ({"housing.room_no": "铺1", "housing.floor_no": -1}, "测试省测试区测试路12号3栋2单元地下1层铺1"),
        ({"housing.floor_no": None}, "测试省测试区测试路12号3栋2单元301室"),
        ({"housing.grid_code": "440305007001001"}, "广东省深圳市南山区测试路12号3栋2单元301室"),
    ],
)
def test_the_address_is_built_from_its_parts(parts: dict[str, Any], address: str | None) -> None:
    expected = address or "测试省测试区测试路12号3栋二单元301室"

    assert derived({**HOME, **parts})["housing.address"] == expected


@pytest.mark.parametrize("missing", ["housing.grid_code", "housing.road", "housing.door_no", "housing.room_no"])
def test_no_address_is_made_up(missing: str) -> None:
    assert "housing.address" not in derived({**HOME, missing: None})


@pytest.mark.parametrize(
    ("view", "known"),
    [
        ({}, False),
        ({"tenancy.lease_start": ON}, False),
        ({"tenancy.lease_start": ON, "tenancy.lease_end": ON}, True),
    ],
)
def test_a_tenancy_is_known_by_both_dates(view: dict[str, Any], known: bool) -> None:
    assert derived(view)["tenancy.known"] is known
