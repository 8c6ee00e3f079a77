"""The same person and flat in fourteen departments' words, and what they cannot express."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from gridapp.catalogue import profiles
from gridapp.contract import Inexpressible, Kind, Row

PROFILES = {one.key: one for one in profiles.district()}


def row_named(key: str, theirs: str, kind: Kind = Kind.RESIDENT) -> Row:
    return next(row for row in PROFILES[key].layouts[kind].rows if row.name == theirs)


def sent(key: str, theirs: str, value: Any, kind: Kind = Kind.RESIDENT, **more: Any) -> Any:
    """What stands in their field for one value of ours."""
    row = row_named(key, theirs, kind)
    return row.value({**more, row.source: value})


WOMAN: dict[str, Any] = {
    "id_type": "111",
    "id_number": "990101199202290029",
    "name": "张三丽",
    "sex": "2",
    "birth_date": date(2024, 1, 31),
    "ethnicity": "01",
    "education": "30",
    "marital_status": "20",
    "age": 32,
    "hukou_division": "440305",
    "hukou_address": "测试路1号",
}


@pytest.mark.parametrize(
    ("said", "ways"),
    [
        ("sex", {"JZDJ": "2", "ZZSB": 2, "PDA": "女", "GZZ": "女", "JS": "2", "LB": "F", "WG": "2", "SZZ": "女",
                 "GXPT": "2", "XW": "女", "MZYL": "女"}),
        ("birth_date", {"JZDJ": "20240131", "ZZSB": "2024-01-31", "PDA": "2024/1/31", "GZZ": "2024年1月",
                        "JS": "20240131", "LB": "2024-01-31", "WG": "20240131", "SZZ": "2024-01-31",
                        "GXPT": "2024-01-31", "XW": "2024-01-31", "MZYL": "2024-01-31"}),
        ("ethnicity", {"JZDJ": "01", "ZZSB": "汉族", "PDA": "汉", "GZZ": "汉族", "JS": "01", "LB": "汉族", "WG": "01",
                       "SZZ": "汉族", "GXPT": "01", "XW": "汉族", "MZYL": "汉族"}),
        ("education", {"JZDJ": "30", "PDA": "4", "GZZ": "大专", "LB": "31", "WG": "30", "SZZ": "大专"}),
        ("marital_status", {"JZDJ": "20", "PDA": "2", "GZZ": "已婚", "JS": "2", "WG": "20", "SZZ": "已婚"}),
    ],
)  # fmt: skip
def test_one_woman_is_said_in_each_departments_words(said: str, ways: Mapping[str, Any]) -> None:
    found = {}
    for key, one in PROFILES.items():
        layout = one.layouts.get(Kind.RESIDENT)
        row = next((row for row in layout.rows if row.source == said), None) if layout else None
        if row:
            found[key] = row.value(WOMAN)

    assert found == ways


@pytest.mark.parametrize(
    ("key", "theirs", "value"),
    [
        ("ZZSB", "domicileAddress", "广东省深圳市南山区测试路1号"),
        ("GZZ", "户籍地址", "广东省深圳市南山区测试路1号"),
        ("PDA", "10:HJ", "广东省南山区"),
        ("SZZ", "户籍地址*", "广东省-深圳市-南山区"),
        ("JS", "HJDXZQH", "440305000000"),
    ],
)
def test_the_hukou_is_said_in_codes_or_names(key: str, theirs: str, value: str) -> None:
    assert row_named(key, theirs).value(WOMAN) == value


def test_a_card_and_another_document_go_to_different_columns_of_the_police_table() -> None:
    permit = {"id_type": "155", "id_number": "81000019900307151X"}

    assert row_named("JZDJ", "GMSFHM").value(WOMAN) == "990101199202290029"
    assert row_named("JZDJ", "ZJHM").value(WOMAN) is None
    assert row_named("JZDJ", "GMSFHM").value(permit) is None
    assert row_named("JZDJ", "ZJHM").value(permit) == "81000019900307151X"


def test_a_character_outside_gbk_is_escaped_for_the_police_and_refused_for_the_handheld() -> None:
    assert sent("JZDJ", "XM", "㛃兰") == "&#x36C3;兰"
    with pytest.raises(Inexpressible, match="㛃"):
        sent("PDA", "2:XM", "㛃兰")


def test_the_compulsory_key_person_flag_is_always_zero_and_asks_nobody() -> None:
    row = row_named("WG", "ifImport")

    assert row.value({"resident_category": "LD", "is_key_attention": True}) == "0"
    assert row.value({"resident_category": "HJ"}) is None
    assert "is_key_attention" not in PROFILES["WG"].layouts[Kind.RESIDENT].required({"resident_category": "LD"})


@pytest.mark.parametrize(("hukou", "kind"), [("990101", "本区"), ("990102", "本市"), ("440305", "外市")])
def test_school_places_ask_whether_the_hukou_is_in_the_district_the_city_or_elsewhere(hukou: str, kind: str) -> None:
    view = {"hukou_division": hukou, "housing.division_code": "990101001001"}

    assert row_named("XW", "户籍类型").value(view) == kind


@pytest.mark.parametrize(
    ("kind", "address", "code"),
    [
        ("1", "新华街道测试路1号", "10"),
        ("1", "石桥镇李家村3组", "20"),
        ("1", "幸福新村5栋", "10"),
        ("1", "上村路8号", "10"),
        ("2", "石桥镇李家村3组", "10"),
    ],
)
def test_the_labour_system_is_told_town_or_village(kind: str, address: str, code: str) -> None:
    assert sent("LB", "AAC009", kind, hukou_address=address) == code


@pytest.mark.parametrize(
    ("age", "key", "word"), [(6, "GZZ", "学龄前"), (60, "GZZ", "文盲"), (3, "SZZ", "学龄前"), (70, "SZZ", "文盲")]
)
def test_no_schooling_is_called_by_age(age: int, key: str, word: str) -> None:
    theirs = {"GZZ": "文化程度", "SZZ": "文化程度*"}[key]

    assert sent(key, theirs, "90", age=age) == word


def test_a_child_without_a_number_goes_to_the_health_commission_under_its_mothers() -> None:
    child = {"id_type": "117", "id_number": "A123456789", "guardian_id_number": "990101199202290029"}
    row = row_named("JS", "SFZH")

    assert row.value({**child, "guardian_relation": "52"}) == "990101199202290029-1"
    assert row.value(WOMAN) == "990101199202290029"
    with pytest.raises(Inexpressible, match="母亲"):
        row.value({**child, "guardian_relation": "51"})


def test_work_safety_gets_coordinates_of_maps_not_of_satellites() -> None:
    place = {"housing.longitude": Decimal("116.397428"), "housing.latitude": Decimal("39.90923")}

    longitude = Decimal(row_named("AQSC", "lng", Kind.HOUSING).value(place))
    latitude = Decimal(row_named("AQSC", "lat", Kind.HOUSING).value(place))

    # Tiananmen by the published conversion: (116.403673, 39.910634)
    assert abs(longitude - Decimal("116.403673")) < Decimal("0.00001")
    assert abs(latitude - Decimal("39.910634")) < Decimal("0.00001")


def test_the_owner_is_the_lessor_where_no_contract_was_seen() -> None:
    view = {"housing.owner_name": "李四", "housing.owner_id_number": "990101199202290010"}

    assert row_named("ZLBA", "lessor.name", Kind.HOUSING).value(view) == "李四"
    assert row_named("ZLBA", "lessor.name", Kind.HOUSING).value({**view, "tenancy.lessor_name": "王五"}) == "王五"
    assert not row_named("ZLBA", "lessor.idNo", Kind.HOUSING).is_missing(view)


@pytest.mark.parametrize(
    ("theirs", "value", "expected"),
    [("LC", 3, "3"), ("LC", -1, "B1"), ("MPH", "12", "12号"), ("MPH", "12号", "12号"), ("LDH", "3", "3栋"),
     ("LDH", "A座", "A座"), ("DYH", "2", "2单元"), ("FH", "301a", "301A"), ("JZMJ", Decimal("85.5"), "85.50"),
     ("X", Decimal("114.05"), "114.05000000")],
)  # fmt: skip
def test_the_housing_code_system_writes_addresses_its_way(theirs: str, value: Any, expected: str) -> None:
    assert sent("FWBM", theirs, value, Kind.HOUSING) == expected


# --- What they cannot express --------------------------------------------------------------------------------------

REFUSED = [
    ("WG", "residenceAddr", Kind.RESIDENT, "址" * 81),
    ("WG", "contact", Kind.RESIDENT, "0755-12345678"),
    ("WG", "doorNo", Kind.RESIDENT, "1234567890"),
    ("WG", "constrArea", Kind.HOUSING, Decimal(1000000)),
    ("ZZSB", "residentName", Kind.RESIDENT, "一"),
    ("ZZSB", "residentName", Kind.RESIDENT, "名" * 21),
    ("ZZSB", "lessorMobile", Kind.RESIDENT, "075512345678"),
    ("JZDJ", "XM", Kind.RESIDENT, "名" * 21),
    ("JZDJ", "XBDM", Kind.RESIDENT, "9"),
    ("JZDJ", "SSJWQDM", Kind.RESIDENT, "990101"),
    ("PDA", "4:SFZH", Kind.RESIDENT, "E12345678"),
    ("PDA", "11:HJXZ", Kind.RESIDENT, "址" * 31),
    ("PDA", "2:XM", Kind.RESIDENT, "张|三"),
    ("PDA", "3:DZ", Kind.HOUSING, "址" * 51),
    ("GZZ", "婚姻状况", Kind.RESIDENT, "90"),
    ("JS", "HYZK", Kind.RESIDENT, "90"),
    ("SZZ", "姓名*", Kind.RESIDENT, "一"),
    ("SZZ", "隐患情况", Kind.HOUSING, "险" * 301),
    ("AQSC", "hazards[].desc", Kind.HOUSING, "太短"),
    ("ZLBA", "rentType", Kind.HOUSING, "5"),
    ("XW", "监护人手机", Kind.RESIDENT, "12345"),
    ("LB", "AAB003", Kind.RESIDENT, "123456789012345"),
]


@pytest.mark.parametrize(("key", "theirs", "kind", "value"), REFUSED)
def test_a_value_they_cannot_express_is_refused_with_its_field_and_a_chinese_reason(
    key: str, theirs: str, kind: Kind, value: Any
) -> None:
    with pytest.raises(Inexpressible, match=r"[一-鿿]") as refused:
        sent(key, theirs, value, kind)

    assert refused.value.field == row_named(key, theirs, kind).source
