"""From pieces of text to the fields of the form: what belongs to which label, and which numbers are believed."""

from __future__ import annotations

import math
from datetime import date

import pytest

from gridapp.ocr import addresses
from gridapp.ocr.boxes import Box
from gridapp.ocr.card import Circumstances, Reading, read

SIZE = (1000, 630)
TODAY = date(2026, 11, 22)
NUMBER = "990101199202290010"  # a man, born on 29 February 1992
ADDRESS = "测试省测试区测试路12号"
LEAF: list[tuple[str, int, int]] = [
    ("姓名", 60, 70),
    ("测试甲", 175, 70),
    ("性别", 60, 150),
    ("男", 175, 150),
    ("民族", 290, 150),
    ("汉", 400, 150),
    ("出生", 60, 230),
    ("1992年2月29日", 175, 230),
    ("住址", 60, 310),
    (ADDRESS, 175, 310),
    ("公民身份号码", 60, 530),
    (NUMBER, 320, 530),
]
"""Each piece with the place of its top left corner."""


def box(text: str, left: float, top: float, *, turned: float = 0.0) -> Box:
    """A line of text 36 pixels high, a character 36 wide and a digit 20; the whole card turned by so many degrees."""
    wide = sum(20 if one.isascii() else 36 for one in text)
    around, (middle_x, middle_y) = math.radians(turned), (SIZE[0] / 2, SIZE[1] / 2)

    def corner(x: float, y: float) -> tuple[float, float]:
        across, down = x - middle_x, y - middle_y
        return (
            middle_x + across * math.cos(around) - down * math.sin(around),
            middle_y + across * math.sin(around) + down * math.cos(around),
        )

    corners = (corner(left, top), corner(left + wide, top), corner(left + wide, top + 36), corner(left, top + 36))
    return Box(text, corners)


def reading(pieces: list[tuple[str, int, int]], *, turned: float = 0.0, practice: bool = True) -> Reading:
    found = [box(text, left, top, turned=turned) for text, left, top in reversed(pieces)]
    return read(found, Circumstances(SIZE, TODAY, practice))


def card(*without: str, **instead: str) -> list[tuple[str, int, int]]:
    """The card above, some pieces missing, others (by a word for them) saying something else."""
    words = {
        "name": "测试甲",
        "sex": "男",
        "nation": "汉",
        "birth": "1992年2月29日",
        "address": ADDRESS,
        "number": NUMBER,
    }
    changed = {words[name]: text for name, text in instead.items()}
    return [(changed.get(text, text), left, top) for text, left, top in LEAF if text not in without]


def values(found: Reading) -> dict[str, str]:
    return {name: one.value for name, one in found.values.items()}


def why(found: Reading) -> dict[str, str]:
    return {name: one.code for name, one in found.unread.items()}


WHOLE = {
    "id_number": NUMBER,
    "name": "测试甲",
    "ethnicity": "01",
    "hukou_division": "990101",
    "hukou_address": "测试路12号",
}


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [("欢迎光临", 100, 100), ("今日特价 998", 100, 200)],
        [("姓名", 60, 70)],
    ],
)
def test_a_picture_without_a_card_says_nothing(pieces: list[tuple[str, int, int]]) -> None:
    assert reading(pieces) == Reading()


def test_a_card_is_read_whatever_the_order_of_its_pieces() -> None:
    found = reading(card())

    assert (values(found), why(found)) == (WHOLE, {})


@pytest.mark.parametrize("degrees", [-12, -5, 5, 12])
def test_a_card_that_lies_askew_is_set_upright(degrees: float) -> None:
    assert values(reading(card(), turned=degrees)) == WHOLE


def test_a_label_and_what_follows_may_be_one_piece() -> None:
    merged = [
        ("姓 名 测试甲", 60, 70),
        ("性别男民族汉", 60, 150),
        ("出生1992年2月29日", 60, 230),
        ("住址" + ADDRESS, 60, 310),
        ("公民身份号码" + NUMBER, 60, 530),
    ]

    assert values(reading(merged)) == WHOLE


def test_the_parts_of_a_number_and_of_a_date_may_be_pieces_of_their_own() -> None:
    parts = [
        *card("1992年2月29日", NUMBER),
        ("1992", 175, 230), ("年", 275, 233), ("2", 330, 229), ("月", 390, 231), ("29", 445, 230), ("日", 505, 232),
        (NUMBER[:10], 320, 530), (NUMBER[10:], 540, 533),
    ]  # fmt: skip

    assert values(reading(parts)) == WHOLE


@pytest.mark.parametrize("label_at", [310, 335, 355])
def test_an_address_goes_over_lines_and_its_label_stands_beside_any_of_them(label_at: int) -> None:
    lines = [
        *card("住址", ADDRESS),
        ("住址", 60, label_at),
        ("测试省测试区测试街道", 175, 310),
        ("民族路12号出生村", 175, 360),
        ("3栋2单元301", 175, 410),
    ]

    assert values(reading(lines))["hukou_address"] == "测试街道民族路12号出生村3栋2单元301"


@pytest.mark.parametrize("dot", ["·", "•", ".", "・"])
def test_a_name_keeps_its_dot(dot: str) -> None:
    assert values(reading(card(name=f"阿依古丽{dot}买买提")))["name"] == "阿依古丽·买买提"


@pytest.mark.parametrize(("nation", "code"), [("汉", "01"), ("维吾尔", "05"), ("土家族", "15")])
def test_an_ethnic_group_is_known_with_and_without_its_last_character(nation: str, code: str) -> None:
    assert values(reading(card(nation=nation)))["ethnicity"] == code


@pytest.mark.parametrize(
    ("instead", "code"),
    [
        ({"number": "990101199202290011"}, "id_checksum"),
        ({"number": "99010119920229001X"}, "id_checksum"),
        ({"number": "990101199213290019"}, "id_birth_impossible"),
        ({"number": "99010119920229001"}, "unread"),
        ({"number": "9901O1199202290010"}, "unread"),
        ({"number": f"{NUMBER}0"}, "unread"),
        ({"birth": "1992年2月28日"}, "birth_disagrees"),
        ({"birth": "1992年2月29日生"}, ""),
        ({"birth": "l992年2月29日"}, "birth_unread"),
        ({"birth": "1992年2月30日"}, "birth_unread"),
        ({"sex": "女"}, "sex_disagrees"),
        ({"sex": "另"}, ""),
    ],
)
def test_a_number_is_believed_only_when_everything_agrees(instead: dict[str, str], code: str) -> None:
    found = reading(card(**instead))

    assert why(found).get("id_number", "") == code
    assert ("id_number" in found.values) == (code == "")
    assert found.values.keys() >= {"name", "ethnicity", "hukou_address"}


def test_a_number_without_a_birth_date_beside_it_is_not_believed() -> None:
    assert why(reading(card("出生", "1992年2月29日"))) == {"id_number": "birth_unread"}


def test_two_numbers_are_none() -> None:
    two = [*card(), ("990101198803120014", 320, 580)]

    assert why(reading(two)) == {"id_number": "unread"}


def test_the_made_up_division_is_for_practice_only() -> None:
    found = reading(card(), practice=False)

    assert why(found)["id_number"] == "practice_only"
    assert "hukou_division" not in found.values


def test_what_cannot_be_read_is_said_and_the_rest_is_there() -> None:
    found = reading(card("测试甲", "汉", ADDRESS))

    assert values(found) == {"id_number": NUMBER}
    assert why(found) == {"name": "unread", "ethnicity": "unread", "hukou_address": "unread"}


def test_a_crop_holds_its_value_and_no_other() -> None:
    crop = reading(card()).values["name"].crop

    left, top, right, bottom = crop.x * 1000, crop.y * 630, (crop.x + crop.w) * 1000, (crop.y + crop.h) * 630
    assert 150 < left < 175 < 283 < right < 320
    assert 45 < top < 70 < 106 < bottom < 150


def test_a_crop_of_a_part_leaves_its_label_out() -> None:
    merged = [*card("姓名", "测试甲"), ("姓名测试甲", 60, 70)]

    crop = reading(merged).values["name"].crop

    assert 60 + 72 - 15 < crop.x * 1000 < 60 + 72 + 1


@pytest.mark.parametrize(
    ("address", "nearby", "code"),
    [
        ("广东省深圳市南山区测试路88号", "", "440305"),
        ("深圳市南山区测试路88号", "", "440305"),
        ("湖南省衡阳县测试路1号", "", "430421"),
        ("北京市朝阳区测试路1号", "", "110105"),
        ("测试路1号", "", ""),
        ("", "", ""),
    ],
)
def test_an_address_names_its_division(address: str, nearby: str, code: str) -> None:
    assert addresses.division(address, nearby=nearby, practice=False) == code
