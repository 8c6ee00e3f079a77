"""Phones, dates, numbers, truths, codes, places and texts, each value alone."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from gridapp.dictionary import validate

ON = date(2024, 3, 15)
AREA, FLOOR, RENT = "housing.floor_area", "housing.floor_no", "tenancy.monthly_rent"
START, SEEN = "tenancy.lease_start", "residency.verified_at"
LATITUDE, LONGITUDE = "housing.latitude", "housing.longitude"
DANGERS, RENTAL = "housing.hidden_danger_types", "housing.is_rental"
SHANGHAI = timedelta(hours=8)

TAKEN: list[tuple[str, Any, Any]] = [
    # phones
    ("phone", "13800138000", "13800138000"),
    ("phone", " 138 0013-8000 ", "13800138000"),
    ("phone", "１３８００１３８０００", "13800138000"),
    ("phone", "+86 13800138000", "13800138000"),
    ("phone", "008613800138000", "13800138000"),
    ("phone", "8613800138000", "13800138000"),
    ("phone", "0755-12345678", "0755-12345678"),
    ("phone", "075582345678", "0755-82345678"),
    ("phone", "(010)8234567", "010-8234567"),
    ("housing.owner_phone", "02081234567", "020-81234567"),
    # dates
    (START, "2024-03-10", date(2024, 3, 10)),
    (START, "20240310", date(2024, 3, 10)),
    (START, "2024/3/10", date(2024, 3, 10)),
    (START, "2024年3月10日", date(2024, 3, 10)),
    (START, "2024-02-29", date(2024, 2, 29)),
    (START, "2024-3-9", date(2024, 3, 9)),
    (START, date(2024, 3, 10), date(2024, 3, 10)),
    (START, datetime(2024, 3, 10), date(2024, 3, 10)),  # noqa: DTZ001 - a spreadsheet's cell
    # whole numbers
    (FLOOR, "3", 3),
    (FLOOR, 150, 150),
    (FLOOR, "-5", -5),
    (FLOOR, "B1", -1),
    (FLOOR, "3层", 3),
    (FLOOR, 3.0, 3),
    ("children_count", "0", 0),
    # decimals
    (AREA, "45.5", Decimal("45.50")),
    (AREA, 45.55, Decimal("45.55")),
    (AREA, 45, Decimal("45.00")),
    (AREA, Decimal("999999.99"), Decimal("999999.99")),
    (RENT, "0", Decimal("0.00")),
    (LONGITUDE, "113.934567891234", Decimal("113.93456789")),
    (LATITUDE, 22.5, Decimal("22.50000000")),
    # yes and no
    (RENTAL, True, True),
    (RENTAL, "false", False),
    (RENTAL, "是", True),
    (RENTAL, 0, False),
    (RENTAL, "on", True),
    # codes
    ("ethnicity", "01", "01"),
    ("ethnicity", " 01 ", "01"),
    ("residency.source", "backflow", "backflow"),
    ("nationality", "kor", "KOR"),
    (DANGERS, ["00"], ["00"]),
    (DANGERS, ["00", "00"], ["00"]),
    (DANGERS, "00", ["00"]),
    # places
    ("hukou_division", "440305", "440305"),
    ("hukou_division", "810000", "810000"),
    ("native_place", "110103", "110103"),
    ("housing.housing_code", "9901010010010000001000301", "9901010010010000001000301"),
    ("housing.housing_code", "t" + "0" * 24, "T" + "0" * 24),
    ("housing.grid_code", "990101001001001", "990101001001001"),
    ("housing.room_no", "301a", "301A"),
    ("housing.room_no", "铺 12", "铺12"),
    ("housing.room_no", "301-2", "301-2"),
    ("premises.industry", "6510", "6510"),
    ("premises.industry", "I", "I"),
    # texts
    ("occupation", "  装配 工 ", "装配 工"),
    ("occupation", "CNC操作员", "CNC操作员"),
    ("employer_name", "测试\t电子\n厂", "测试 电子 厂"),
    ("household.household_no", "12345678a", "12345678A"),
    ("permit_no", "4403 0012", "44030012"),
    ("residency.person", "3f2b8c1e-0000-4000-8000-000000000001", "3f2b8c1e-0000-4000-8000-000000000001"),
    ("residency.person", UUID(int=1), "00000000-0000-0000-0000-000000000001"),
]  # fmt: skip

REFUSED: list[tuple[str, Any, str | None]] = [
    ("phone", "12345678901", "phone_placeholder"),
    ("phone", "13800000000", "phone_placeholder"),
    ("phone", "13900000000", "phone_placeholder"),
    ("phone", "11111111111", "phone_placeholder"),
    ("phone", "0755-00000000", "phone_placeholder"),
    ("phone", "1380013800", "phone_shape"),
    ("phone", "12800138000", "phone_shape"),
    ("phone", "138001380001", "phone_shape"),
    ("phone", "0755-123456", "phone_shape"),
    ("phone", "13800138000,13900139000", "phone_shape"),
    ("phone", "无", "phone_shape"),
    ("phone", "١٣٨٠٠١٣٨٠٠٠", "phone_shape"),
    ("phone", 13800138000, "wrong_type"),
    ("phone", "1" * 100_000, "too_long"),
    (START, "2023-02-29", "date_impossible"),
    (START, "2024-13-01", "date_impossible"),
    (START, "20240001", "date_impossible"),
    (START, "10.3.2024", "date_shape"),
    (START, "昨天", "date_shape"),
    (START, "2024-03-10T00:00:00", "date_shape"),
    (START, "1024-03-10", "date_out_of_range"),
    (START, date(9999, 1, 1), "date_out_of_range"),
    (START, datetime(2024, 3, 10, 9, 30, tzinfo=UTC), "date_shape"),
    (START, 20240310, "wrong_type"),
    (SEEN, "2024-03-10 25:00", "time_shape"),
    (SEEN, "soon", "time_shape"),
    (SEEN, "0001-01-01", "date_out_of_range"),
    (FLOOR, "0", "no_floor_zero"),
    (FLOOR, -6, "out_of_range"),
    (FLOOR, "151", "out_of_range"),
    (FLOOR, "3.5", "whole_number"),
    (FLOOR, 3.5, "whole_number"),
    (FLOOR, float("inf"), "whole_number"),
    (FLOOR, "三", "number_shape"),
    (FLOOR, True, "wrong_type"),
    (FLOOR, 10**4000, "out_of_range"),
    ("housing.rental_rooms", "0", "out_of_range"),
    ("premises.employee_count", -1, "out_of_range"),
    (AREA, "0", "out_of_range"),
    (AREA, "1000000", "out_of_range"),
    (AREA, "45.555", "too_many_decimals"),
    (AREA, "45,5", "number_shape"),
    (AREA, "1e3", "number_shape"),
    (AREA, "NaN", "number_shape"),
    (AREA, float("nan"), "number_shape"),
    (AREA, Decimal("sNaN"), "number_shape"),
    (AREA, Decimal("1e999999"), "out_of_range"),
    (AREA, 10**4000, "out_of_range"),
    (AREA, False, "wrong_type"),
    (RENT, "-1", "out_of_range"),
    (LONGITUDE, "22.5", "out_of_range"),
    (LATITUDE, "113.9", "out_of_range"),
    (RENTAL, "maybe", "yes_or_no"),
    (RENTAL, 2, "wrong_type"),
    (RENTAL, [], None),
    ("ethnicity", "99", "unknown_code"),
    ("ethnicity", "汉族", "unknown_code"),
    ("ethnicity", 1, "wrong_type"),
    ("sex", {"1"}, "wrong_type"),
    (DANGERS, ["00", "01"], "none_with_others"),
    (DANGERS, ["07"], "unknown_code"),
    (DANGERS, [["01"]], "wrong_type"),
    (DANGERS, {"01": True}, "wrong_type"),
    (DANGERS, ["01"] * 10_000, "unknown_code"),
    ("hukou_division", "4403", "division_shape"),
    ("hukou_division", "深圳", "division_shape"),
    ("hukou_division", "999999", "division_unknown"),
    ("hukou_division", "770101", "division_unknown"),
    ("hukou_division", "440000", "division_unknown"),
    ("hukou_division", "990102", "division_unknown"),
    ("housing.housing_code", "123", "housing_code_shape"),
    ("housing.grid_code", "99010100100100", "digits_exactly"),
    ("housing.building_code", "99010100100100A0001", "digits_exactly"),
    ("housing.room_no", "301;", "room_shape"),
    ("housing.room_no", "3" * 21, "too_long"),
    ("premises.industry", "abc", "industry_shape"),
    ("household.household_no", "户12", "letters_and_digits"),
    ("household.household_no", "1234567890", "too_long"),
    ("occupation", "工" * 31, "too_long"),
    ("occupation", "装配\x07工", "control_characters"),
    ("occupation", None, None),
    ("residency.person", "a b", "reference_shape"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "raw", "stored"), TAKEN)
def test_values_that_are_taken(name: str, raw: Any, stored: Any) -> None:
    checked = validate({name: raw}, on=ON, practice=True)

    assert checked.refusals == ()
    assert checked.values == {name: stored}
    assert type(checked.values[name]) is type(stored)


@pytest.mark.parametrize(("name", "raw", "code"), REFUSED)
def test_values_that_are_refused(name: str, raw: Any, code: str | None) -> None:
    checked = validate({name: raw}, on=ON, practice=True)

    assert [(one.field, one.code) for one in checked.refusals] == ([(name, code)] if code else [])
    assert checked.values == ({} if code else {name: None})


@pytest.mark.parametrize(
    ("raw", "offset"),
    [("2024-03-10 09:30", SHANGHAI), ("2024-03-10T01:30:00Z", timedelta(0)), ("2024-03-10T09:30:00+08:00", SHANGHAI)],
)
def test_a_time_without_a_zone_is_shanghais(raw: str, offset: timedelta) -> None:
    seen = validate({SEEN: raw}, on=ON, practice=True).values[SEEN]

    assert seen == datetime(2024, 3, 10, 1, 30, tzinfo=UTC)
    assert seen.utcoffset() == offset


def test_notes_keep_their_lines() -> None:
    note = validate({"housing.hidden_danger_note": "楼道堆放杂物 \r\n  电线老化"}, on=ON, practice=True)

    assert note.values["housing.hidden_danger_note"] == "楼道堆放杂物\n电线老化"


@pytest.mark.parametrize(
    ("division", "raw", "stored"),
    [
        ("440305", "广东省深圳市南山区深南大道9988号", "深南大道9988号"),
        ("440305", "深圳市南山区深南大道9988号", "深南大道9988号"),
        ("440305", "南山区粤海街道科苑路15号", "粤海街道科苑路15号"),
        ("440305", "南山区大冲一路18号", "大冲一路18号"),
        ("440305", "深南大道9988号", "深南大道9988号"),
        ("440305", "广东省 深圳市 南山区 深南大道9988号", "深南大道9988号"),
        ("440305", "深南大道９９８８号", "深南大道9988号"),
        ("110105", "北京市朝阳区建国路93号", "建国路93号"),
        ("130534", "河北省邢台市清河县武松中街100号", "武松中街100号"),
        ("140302", "城区大街道口12号", "城区大街道口12号"),
        (None, "广东省深圳市南山区深南大道9988号", "广东省深圳市南山区深南大道9988号"),
    ],
)
def test_a_hukou_address_loses_the_division_it_repeats(division: str | None, raw: str, stored: str) -> None:
    values = {"hukou_address": raw} | ({"hukou_division": division} if division else {})

    checked = validate(values, on=ON, practice=True)

    assert checked.values["hukou_address"] == stored
    assert checked.refusals == ()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("广东省深圳市南山区5号", "too_short"),
        ("深南路", "too_short"),
        ("路" * 81, "too_long"),
    ],
)
def test_a_hukou_address_has_5_to_80_characters_of_its_own(raw: str, code: str) -> None:
    checked = validate({"hukou_division": "440305", "hukou_address": raw}, on=ON, practice=True)

    assert [one.code for one in checked.refusals] == [code]


def test_a_hukou_address_of_another_province_is_asked_about() -> None:
    values = {"hukou_division": "440305", "hukou_address": "湖南省长沙市岳麓区麓山南路2号"}

    assert [one.code for one in validate(values, on=ON, practice=True).doubts] == ["address_elsewhere"]


def test_a_county_that_is_not_listed_is_asked_about() -> None:
    checked = validate({"hukou_division": "440399"}, on=ON, practice=True)

    assert checked.ok
    assert [(one.field, one.code) for one in checked.doubts] == [("hukou_division", "division_not_listed")]


@pytest.mark.parametrize("name", ["hukou_division", "native_place"])
def test_the_practice_division_is_for_practice(name: str) -> None:
    assert validate({name: "990101"}, on=ON, practice=True).ok
    assert [one.code for one in validate({name: "990101"}, on=ON, practice=False).refusals] == ["practice_only"]


def test_full_width_digits_are_digits_everywhere() -> None:
    wide = {
        "phone": "１３８００１３８０００",
        START: "２０２４－０３－１０",
        FLOOR: "３",
        "ethnicity": "０１",
        AREA: "４５．５",
    }

    checked = validate(wide, on=ON, practice=True)

    assert checked.values == {
        "phone": "13800138000",
        START: date(2024, 3, 10),
        FLOOR: 3,
        "ethnicity": "01",
        AREA: Decimal("45.50"),
    }
