"""The census by itself: what it takes, how it refuses, what its returns say on good and bad days."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.school_places.sandbox import REASONS, SchoolCensus
from tests.conftest import Until
from tests.connectors.bad_archives import bad_archives
from tests.connectors.school_places.packet import BATCH, BOY, boy, drop, returned, table

HEADINGS = list(BOY)


def answered(census: SchoolCensus, until: Until, *rows: dict[str, str], **bent: Any) -> list[tuple[str, str, str]]:
    batch = drop(census, *rows, **bent)
    until(lambda: returned(census, batch) is not None)
    return returned(census, batch) or []


def codes(census: SchoolCensus, until: Until, *rows: dict[str, str], **bent: Any) -> list[str]:
    return [code for _, code, _ in answered(census, until, *rows, **bent)]


def test_who_is_of_age_is_counted(census: SchoolCensus, until: Until) -> None:
    rows = [boy(1), boy(2)]

    assert answered(census, until, *rows) == [(row["儿童身份证号"], "00", "") for row in rows]
    assert list(census.store.table("children").values()) == rows


def test_the_same_row_again_is_said_to_be_there_and_a_new_one_replaces_it(census: SchoolCensus, until: Until) -> None:
    assert codes(census, until, boy(1), boy(1)) == ["00", "01"]
    moved = boy(1, 居住地址="测试路9号")

    assert codes(census, until, moved, batch="XW_990101002_2024W11_001") == ["00"]
    assert list(census.store.table("children").values()) == [moved]


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("02", {"出生日期": "2014-06-01"}),
        ("02", {"出生日期": "2018-02-30"}),
        ("03", {"监护人手机": "073188881234"}),
        ("04", {"租赁备案号": ""}),
        ("04", {"租赁备案号": "unknown"}),
        ("00", {"住房性质": "自有", "租赁备案号": ""}),
        ("00", {"民族": "", "居住登记号": ""}),
    ],
)
def test_a_row_is_judged_by_their_own_table(
    census: SchoolCensus, until: Until, code: str, changed: dict[str, str]
) -> None:
    census.census = 2024

    assert codes(census, until, boy(1, **changed)) == [code]
    assert len(census.store.table("children")) == (code == "00")


@pytest.mark.parametrize(
    ("born", "code"),
    [("2019-08-31", "00"), ("2019-09-01", "02"), ("2017-09-01", "00"), ("2017-08-31", "02"), ("2011-09-01", "00")],
)
def test_of_age_is_who_is_five_six_eleven_or_twelve_on_the_last_of_august(
    census: SchoolCensus, until: Until, born: str, code: str
) -> None:
    census.census = 2024

    assert codes(census, until, boy(1, 出生日期=born)) == [code]


def test_a_filing_that_does_not_hold_any_more_is_none(census: SchoolCensus, until: Until) -> None:
    census.store.put("void_filings", "BA00000007", {})

    assert codes(census, until, boy(1)) == ["04"]


def test_after_the_season_every_row_is_too_late(census: SchoolCensus, until: Until) -> None:
    census.faults.set("window_closed")

    assert codes(census, until, boy(1), boy(2)) == ["05", "05"]


BENT: list[dict[str, Any]] = [
    {"signature": b"AAAA\n"},
    {"signature": b"no Base64"},
    {"password": "another"},
    {"content": b"no file at all"},
    {"plain": table([boy(1)])[3:]},
    {"plain": table([boy(1)], headings=HEADINGS[::-1])},
    {"plain": table([{"儿童姓名": "陈小明"}])},
    {"plain": table([])},
    {"plain": b"\xef\xbb\xbf\xff\xfe"},
    {"batch": "XW_990102001_2024W11_001"},
    *({"packed": archive} for archive in bad_archives("XW.csv").values()),
]


@pytest.mark.parametrize("bent", BENT)
def test_a_file_that_is_not_as_agreed_is_refused_whole(
    census: SchoolCensus, until: Until, bent: dict[str, Any]
) -> None:
    assert answered(census, until, boy(1), **bent) == [("", "90", REASONS["90"])]
    assert census.store.table("children") == {}


@pytest.mark.parametrize(
    "changed", [{"性别": "1"}, {"户籍类型": "本省"}, {"关系": "祖父"}, {"儿童姓名": ""}, {"居住地址": "=1+1"}]
)
def test_one_row_that_is_not_well_formed_spoils_the_file(
    census: SchoolCensus, until: Until, changed: dict[str, str]
) -> None:
    assert codes(census, until, boy(1), boy(2, **changed)) == ["90"]


@pytest.mark.parametrize(
    ("fault", "said", "held"),
    [
        ("return_short", [1, 2], 3),
        ("return_shuffled", [3, 2, 1], 3),
        ("return_foreign", [1, 2, 3, None], 3),
        ("half", [1], 1),
        ("lose", [1, 2, 3], 0),
        ("duplicate", [1, 2, 3], 0),
        ("twice", [1, 2, 3], 6),
    ],
)
def test_a_bad_day_shows_in_the_return_or_in_the_census(
    census: SchoolCensus, until: Until, fault: str, said: list[int | None], held: int
) -> None:
    census.faults.set(fault)
    places = {boy(place)["儿童身份证号"]: place for place in (1, 2, 3)}

    came = answered(census, until, *(boy(place) for place in (1, 2, 3)))

    assert [places.get(number) for number, _, _ in came] == said
    assert {code for _, code, _ in came} <= {"00", "01"}
    assert census.store.sizes().get("children", 0) == held


def test_files_and_census_outlive_the_server(census: SchoolCensus, until: Until) -> None:
    answered(census, until, boy(1))

    census.stop()
    census.start()

    assert returned(census, BATCH) is not None
    assert len(census.store.table("children")) == 1
