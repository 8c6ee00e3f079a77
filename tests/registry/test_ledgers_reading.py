"""Ledgers as files: read from whatever people keep them in, their columns guessed, their words understood."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gridapp.dictionary import FIELDS
from gridapp.registry.ledgers_addresses import Addresses, Stairwell
from gridapp.registry.ledgers_columns import guessed, heading_of, kind_of, missing
from gridapp.registry.ledgers_reading import Limits, Unreadable, lines
from gridapp.registry.ledgers_values import row_of, said
from tests.registry.ledger_books import TITLES, book, text

FIELDS_OF = ["", "name", "id_number", "phone", "ethnicity", "residency.residency_kind", "residency.start_date"]


# --- Reading ----------------------------------------------------------------------------------------------------------


def rows(content: bytes) -> list[list[str | None]]:
    return [cells for _, cells in lines(content)]


def test_a_workbook_is_read_as_it_would_be_typed() -> None:
    content = book(["1", "甲", 1.5, 3, date(2024, 3, 10), True], titles=["a", "b", "c", "d", "e", "f"])

    assert rows(content) == [["a", "b", "c", "d", "e", "f"], ["1", "甲", "1.5", "3", "2024-03-10", "1"]]


def test_a_number_that_excel_has_rounded_is_nobodys_number() -> None:
    content = book([990101199202290010], titles=["证件"])

    assert rows(content) == [["证件"], [None]]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_text_is_read_in_whatever_excel_writes(encoding: str) -> None:
    assert rows(text(["1", "𠮷野"], titles=["序号", "姓名"], encoding=encoding)) == [["序号", "姓名"], ["1", "𠮷野"]]


def test_empty_rows_are_left_out_and_the_others_keep_their_numbers() -> None:
    content = "姓名,电话\n,\n甲,139\n".encode()

    assert list(lines(content)) == [(1, ["姓名", "电话"]), (3, ["甲", "139"])]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"a line without any column", "not_a_table"),
        (b"PK\x03\x04 and no more", "broken"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"no workbook", "broken"),
        (b"a,\xff\xff\xff\xff", "encoding"),
    ],
)
def test_what_is_no_ledger_says_why(content: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        list(lines(content))

    assert refused.value.why == why


def test_a_workbook_that_unpacks_to_more_than_a_ledger_is_not_unpacked() -> None:
    content = book(["0" * 30_000])

    with pytest.raises(Unreadable, match="too_much"):
        list(lines(content, limits=Limits(unpacked=1000)))
    with pytest.raises(Unreadable, match="too_much"):
        list(lines(content, limits=Limits(rows=1)))


# --- Columns and values -----------------------------------------------------------------------------------------------


def test_columns_are_guessed_from_what_people_head_them_with() -> None:
    assert guessed(TITLES, "resident") == [*FIELDS_OF, "housing.housing_code", ""]
    assert guessed(["楼栋编码", "房号(必填)", "是否出租", "房东电话", "面积(㎡)", "姓名"], "housing") == [
        "housing.building_code", "housing.room_no", "housing.is_rental", "housing.owner_phone", "housing.floor_area",
        "",
    ]  # fmt: skip
    assert guessed(["电话", "手机"], "resident") == ["phone", ""]


def test_the_headings_are_found_below_the_name_of_the_ledger() -> None:
    assert heading_of([["测试社区居民台账"], ["2026年"], ["序号", "姓名", "电话"], ["1", "甲", "139"]]) == 2
    assert heading_of([["x", "y"], ["1", "2"]]) == 0
    assert [kind_of(one) for one in (["姓名"], ["房号", "房东姓名"])] == ["resident", "housing"]


def test_what_every_row_needs_is_missed() -> None:
    assert missing(["name", "id_number", "phone", "ethnicity"], {"residency.residency_kind": "2"}, "resident") == [
        "residency.start_date", "housing",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("ethnicity", "汉", "01"),
        ("ethnicity", "1", "01"),
        ("residency.residency_kind", "租房", "2"),
        ("education", "本科", "20"),
        ("hukou_division", "广东省深圳市南山区", "440305"),
        ("housing.is_rental", "√", True),
        ("inflow_date", "2024/3/1 0:00:00", "2024/3/1"),
        ("ethnicity", "某族", "某族"),
        ("phone", "139 1234 5678", "139 1234 5678"),
    ],
)
def test_words_become_what_the_form_takes(name: str, cell: str, value: Any) -> None:
    assert said(FIELDS[name], cell) == value


def test_a_row_says_for_itself_what_the_ledger_says_for_all() -> None:
    row = row_of(2, ["甲", "", None], ["name", "ethnicity", "id_number"], {"ethnicity": "01", "name": "x"})

    assert row.values == {"name": "甲", "ethnicity": "01"}
    assert row.given == {"name"}
    assert [(one.field, one.code) for one in row.refusals] == [("id_number", "digits_lost")]


def test_an_old_number_gets_its_century() -> None:
    row = row_of(2, ["990101920229001"], ["id_number"], {})

    assert row.values["id_number"] == "990101199202290010"


# --- Addresses in one line --------------------------------------------------------------------------------------------

KNOWN = Addresses(
    [
        Stairwell("A", "g", ("测试路", "12", "芳草园", "3", "2")),
        Stairwell("B", "g", ("测试路", "12", "芳草园", "3", "1")),
        Stairwell("C", "g", ("测试路", "12", "芳草园", "13", "2")),
        Stairwell("D", "g", ("测试路", "14", "", "", "")),
    ]
)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("测试路12号芳草园3栋2单元301", [("A", "301")]),
        ("某省某市测试区测试路 12 号芳草园3幢2单元301室", [("A", "301")]),
        ("芳草园3-2-301", [("A", "301")]),
        ("芳草园3号楼1单元301A", [("B", "301A")]),
        ("测试路12号13栋2单元301", [("C", "301")]),
        ("测试路14号101房", [("D", "101")]),
        ("测试路114号101", []),
        ("芳草园3栋301", []),
        ("芳草园", []),
        ("另一条路12号3栋2单元301", []),
    ],
)
def test_an_address_in_one_line_names_one_room_or_none(address: str, found: list[tuple[str, str]]) -> None:
    assert [(one.code, room) for one, room in KNOWN.find(address)] == found
