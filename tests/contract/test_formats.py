"""Formats: one value of ours in, theirs out, or a refusal in Chinese; nothing is ever cut."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.contract import formats
from gridapp.contract.layout import Format

DAY = date(2024, 1, 31)
MOMENT = datetime(2024, 1, 31, 9, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        (formats.translate({"1": "男", "2": "女"}), "2", "女"),
        (formats.translate_or_keep({"155": "G01"}), "155", "G01"),
        (formats.translate_or_keep({"155": "G01"}), "111", "111"),
        (formats.translate_or({"111": "SFZ"}, "OTHER"), "990", "OTHER"),
        (formats.in_ranges((10, 33, "4"), (40, 63, "3")), "33", "4"),
        (formats.one_of("1", "2"), "1", "1"),
        (formats.label("ethnicity"), "01", "汉族"),
        (formats.label("ethnicity", without="族"), "05", "维吾尔"),
        (formats.label("ethnicity", without="族"), "97", "其他"),
        (formats.label("sex", but={"1": "男"}), "1", "男"),
        (formats.yes_no("Y", "N"), True, "Y"),
        (formats.yes_no("Y", "N"), False, "N"),
        (formats.joined(","), ["01", "02"], "01,02"),
        (formats.joined(";", formats.label("hidden_danger_type")), ["00"], "无"),
        (formats.gravest, ["99", "03", "02"], "02"),
        (formats.gravest, ["01", "04"], "04"),
        (formats.gravest, ["00"], "00"),
        (formats.characters(3), "测试区", "测试区"),
        (formats.exactly(15, 18), "990101199202290010", "990101199202290010"),
        (formats.encodable("gbk", 4), "测试", "测试"),
        (formats.encodable("gbk"), "买买提·吐尔逊", "买买提·吐尔逊"),
        (formats.escaped("gbk"), "张三", "张三"),
        (formats.escaped("gbk"), "㛃𠮷a", "&#x36C3;&#x20BB7;a"),
        (formats.ending("号"), "12", "12号"),
        (formats.ending("栋", "座"), "A座", "A座"),
        (formats.upper, "301a", "301A"),
        (formats.first(6), "990101001001", "990101"),
        (formats.padded(12), "990101", "990101000000"),
        (formats.digits, "0755-1234 5678", "075512345678"),
        (formats.mobile, "13912345670", "13912345670"),
        (formats.division_text(), "440305", "广东省南山区"),
        (formats.division_text("-", city=True), "440305", "广东省-深圳市-南山区"),
        (formats.division_text(), "110101", "北京市东城区"),
        (formats.decimals(2), Decimal("85.555"), "85.56"),
        (formats.decimals(2, 8), Decimal("999999.99"), "999999.99"),
        (formats.decimals(8), Decimal(114), "114.00000000"),
        (formats.ISO_DATE, DAY, "2024-01-31"),
        (formats.COMPACT_DATE, DAY, "20240131"),
        (formats.UNPADDED_DATE, DAY, "2024/1/31"),
        (formats.YEAR_AND_MONTH, DAY, "2024年1月"),
        (formats.UNPADDED_TIME, MOMENT, "2024/1/31 9:05:00"),
        (formats.COMPACT_TIME, MOMENT, "20240131090500"),
        (formats.epoch_milliseconds, MOMENT, 1706691900000),
        (formats.chain(formats.one_of("1", "2"), int), "2", 2),
    ],
)
def test_a_value_of_ours_becomes_theirs(form: Format, value: Any, expected: Any) -> None:
    assert form(value) == expected


@pytest.mark.parametrize(
    ("form", "value", "said"),
    [
        (formats.translate({"1": "男"}), "9", "“9”"),
        (formats.one_of("1", "2"), "0", "“0”"),
        (formats.in_ranges((10, 33, "4")), "90", "“90”"),
        (formats.label("sex"), "7", "“7”"),
        (formats.gravest, ["98"], "98"),
        (formats.characters(20, 2), "一", "2–20个字"),
        (formats.characters(2), "测试区", "2个字以内"),
        (formats.exactly(15, 18), "E1234", "15或18位"),
        (formats.encodable("gbk"), "张㛃", "“㛃”"),
        (formats.encodable("gbk", 4), "测试区", "4字节"),
        (formats.free_of("|", "\n"), "张|三", "“|”"),
        (formats.free_of("|", "\n"), "张\n三", "换行"),
        (formats.mobile, "075512345678", "手机号"),
        (formats.mobile, "23912345670", "手机号"),
        (formats.division_text(), "000000", "“000000”"),
        (formats.decimals(2, 8), Decimal(1000000), "6位整数"),
        (formats.decimals(2), "abc", "“abc”"),
    ],
)
def test_a_value_they_cannot_express_is_refused_in_chinese(form: Format, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=r"[一-龥]") as refused:
        form(value)

    assert said in str(refused.value)


@given(st.text(max_size=40))
def test_an_escaped_text_is_always_within_the_charset_and_loses_nothing(text: str) -> None:
    sent = formats.escaped("gbk")(text)

    assert sent.encode("gbk").decode("gbk") == sent
    if "&#x" not in text:
        for character in set(text) - set(sent):
            assert f"&#x{ord(character):04X};" in sent


@given(st.text(max_size=30))
def test_a_limited_text_goes_out_whole_or_not_at_all(text: str) -> None:
    for form in (formats.characters(10), formats.encodable("gbk", 20), formats.free_of("|")):
        with contextlib.suppress(ValueError):
            assert form(text) == text


def test_an_address_gets_its_division_in_front_once() -> None:
    complete = formats.division_and("hukou_division", "hukou_address")

    assert complete({"hukou_division": "440305", "hukou_address": "测试路1号"}) == "广东省深圳市南山区测试路1号"
    assert (
        complete({"hukou_division": "440305", "hukou_address": "广东省深圳市南山区测试路1号"})
        == "广东省深圳市南山区测试路1号"
    )
    assert complete({"hukou_address": "测试路1号"}) == "测试路1号"
    assert complete({"hukou_division": "440305"}) is None


def test_the_first_known_field_is_taken() -> None:
    phone = formats.first_known(("phone", "guardian_phone"), formats.mobile)

    assert phone({"guardian_phone": "13912345670"}) == "13912345670"
    assert phone({"phone": "13912345671", "guardian_phone": "13912345670"}) == "13912345671"
    assert phone({}) is None
