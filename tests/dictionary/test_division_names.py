"""Divisions: names of today's and past codes, and finding them."""

import pytest

from gridapp.dictionary import division_city, division_name, division_path, is_known_division, search_divisions
from gridapp.dictionary.divisions import COUNTIES, ended, former_names, successor


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("440305", ("广东省", "深圳市", "南山区")),
        ("440305007001", ("广东省", "深圳市", "南山区")),
        ("110105", ("北京市", "朝阳区")),
        ("110103", ("北京市", "崇文区")),  # until 2010
        ("441900", ("广东省", "东莞市")),
        ("429004", ("湖北省", "仙桃市")),
        ("500229", ("重庆市", "城口县")),
        ("810000", ("香港特别行政区",)),
        ("820000", ("澳门特别行政区",)),
        ("830000", ("台湾省",)),
        ("990101", ("测试省", "测试区")),
        ("440399", ("广东省", "深圳市")),
        ("000000", ()),
        ("", ()),
    ],
)
def test_the_path_goes_from_province_to_county(code: str, path: tuple[str, ...]) -> None:
    assert division_path(code) == path


def test_name_and_city() -> None:
    assert division_name("440305") == ("广东省", "南山区")
    assert division_name("990101") == ("测试省", "测试区")
    assert division_name("810000") == ("香港特别行政区", "")
    assert division_name("770000") == ("", "")
    assert division_city("440305") == "深圳市"
    assert division_city("110105") == ""


@pytest.mark.parametrize(
    ("code", "known"),
    [("440305", True), ("110103", True), ("990101", True), ("830000", True), ("440399", False), ("x", False)],
)
def test_past_codes_are_known(code: str, known: bool) -> None:
    assert is_known_division(code) is known


def test_a_name_finds_counties_that_start_with_it_first() -> None:
    found = search_divisions("南山", limit=3)

    assert ("440305", "广东省深圳市南山区") in found
    assert ["南山" in name for _, name in found] == [True, True, False]  # 达坂城区 was 南山矿区 until 1998


def test_digits_find_codes_and_the_limit_holds() -> None:
    assert search_divisions("440305") == [("440305", "广东省深圳市南山区")]
    assert len(search_divisions("44", limit=7)) == 7


@pytest.mark.parametrize("text", ["", "   ", "没有这个地方", "9901", "测试", "x" * 100_000, "\0"])
def test_nothing_is_found_for_nothing(text: str) -> None:
    assert search_divisions(text) == []


@pytest.mark.parametrize(
    ("code", "year", "today"),
    [
        ("440305", None, None),
        ("440321", 1992, "440306"),  # 宝安县, a district of 深圳 since
        ("440182", 2000, "440114"),  # 花都市
        ("352528", 1985, "350628"),  # 平和县, under another city
        ("110103", 2010, None),  # 崇文区 was merged into 东城区: nothing in the table says so
        ("000000", None, None),
    ],
)
def test_what_became_of_a_code_that_was_given_up(code: str, year: int | None, today: str | None) -> None:
    assert (ended(code), successor(code)) == (year, today)


def test_every_successor_is_a_code_of_today() -> None:
    found = [following for code in COUNTIES if (following := successor(code))]

    assert len(found) > 2000
    assert [code for code in found if ended(code) is not None] == []


def test_a_former_name_is_found_and_today_comes_first() -> None:
    assert former_names("330402") == ("城区", "秀城区")
    assert search_divisions("秀城") == [("330402", "浙江省嘉兴市南湖区")]
    assert [code for code, _ in search_divisions("宝安")] == ["440306", "440321"]
