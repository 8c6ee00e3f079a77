"""Seven things are read from one table: each of them on a small one."""

from __future__ import annotations

from typing import Any

import pytest

from gridapp.contract import ALWAYS, Inexpressible, Kind, Layout, Profile, Row, View, is_in
from gridapp.contract.formats import characters, constant, mobile, yes_no

FLOATING = is_in("category", "LD")


def full_name(view: View) -> str | None:
    return f"{view['surname']}{view['given']}" if view.get("surname") and view.get("given") else None


TABLE = Layout(
    rows=(
        Row("@id", "LSH", required=ALWAYS),
        Row("name", "XM", characters(4), ALWAYS),
        Row("phone", "DH", mobile, ALWAYS),
        Row("rental", "CZ", yes_no("Y", "N")),
        Row("reason", "SY", required=FLOATING),
        Row("permit", "ZH", offered=FLOATING),
        Row("flag", "ZD", required=ALWAYS, whole=constant("0")),
        Row("surname", "QM", required=ALWAYS, whole=full_name, reads=("surname", "given")),
        Row("JZDJ.DJBH", "DJBH"),
    )
)
FULL: dict[str, Any] = {"name": "张三", "phone": "13912345670", "rental": False, "surname": "ZHANG", "given": "SAN"}


def test_the_content_is_their_fields_in_their_order_without_what_the_connector_makes() -> None:
    assert TABLE.content(FULL) == {
        "XM": "张三",
        "DH": "13912345670",
        "CZ": "N",
        "SY": None,
        "ZH": None,
        "ZD": "0",
        "QM": "ZHANGSAN",
        "DJBH": None,
    }
    assert list(TABLE.content({})) == ["XM", "DH", "CZ", "SY", "ZH", "ZD", "QM", "DJBH"]


def test_a_value_they_cannot_express_names_its_field() -> None:
    with pytest.raises(Inexpressible) as refused:
        TABLE.content({**FULL, "name": "名字太长了"})

    assert refused.value.field == "name"
    assert "4个字" in refused.value.reason


def test_every_value_they_cannot_express_is_listed() -> None:
    refused = TABLE.refusals({**FULL, "name": "名字太长了", "phone": "0755"})

    assert [one.field for one in refused] == ["name", "phone"]
    assert TABLE.refusals(FULL) == []


@pytest.mark.parametrize(
    ("view", "missing"),
    [
        ({}, ["name", "phone", "surname"]),
        (FULL, []),
        ({**FULL, "name": ""}, ["name"]),
        ({**FULL, "category": "LD"}, ["reason"]),
        ({**FULL, "given": ""}, ["surname"]),
        ({**FULL, "name": "名字太长了"}, []),
    ],
)
def test_what_is_compulsory_and_not_known_is_missing(view: dict[str, Any], missing: list[str]) -> None:
    assert TABLE.missing(view) == missing


def test_a_constant_asks_nobody_and_reads_nothing() -> None:
    assert "flag" not in TABLE.required({})
    assert "flag" not in TABLE.missing({})
    assert "flag" not in TABLE.asked({})
    assert "flag" not in TABLE.sources


def test_the_form_asks_what_is_compulsory_now_and_what_is_optional_and_sensible() -> None:
    everybody = ["name", "phone", "rental", "surname", "given", "JZDJ.DJBH"]

    assert TABLE.asked({}) == everybody
    assert TABLE.asked({"category": "LD"}) == ["name", "phone", "rental", "reason", "permit", *everybody[3:]]


def test_the_connector_is_handed_no_field_that_the_table_does_not_read() -> None:
    handed = TABLE.minimum({**FULL, "religion": "10", "flag": True, "reason": ""})

    assert handed == FULL


def test_a_profile_reads_what_its_tables_read() -> None:
    profile = Profile(
        "X",
        "x",
        "测试",
        "Test",
        "某局",
        "某法",
        {Kind.RESIDENT: TABLE, Kind.HOUSING: Layout((Row("housing.road", "JLX"),))},
    )

    assert profile.sources == TABLE.sources | {"housing.road"}
