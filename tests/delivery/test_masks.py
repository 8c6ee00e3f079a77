"""What somebody who may not see everything sees of a line and of a whole message."""

from __future__ import annotations

import pytest

from gridapp.contract import Layout, Row
from gridapp.delivery.masks import Mask

LAYOUT = Layout(
    (
        Row("name", "XM"),
        Row("birth_date", "CSRQ", lambda born: born.replace("-", "")),
        Row("health_status", "JKZK"),
        Row("guardian_name", "JHRXM"),
        Row("id_number", "SFZH"),
        Row("WG.personId", "BH"),
    )
)
KNOWN = {
    "name": "测试甲", "birth_date": "2015-05-05", "health_status": "10", "guardian_name": "李四",
    "id_number": "990101199202290010", "WG.personId": "R-1",
}  # fmt: skip
ADULT, CHILD = Mask(LAYOUT, KNOWN, child=False), Mask(LAYOUT, KNOWN, child=True)


@pytest.mark.parametrize(
    ("name", "value", "adult", "child"),
    [
        ("XM", "测试甲", "测试甲", "测**"),
        ("CSRQ", "20150505", "20150505", "2015-**-**"),
        ("JKZK", "10", "***", "***"),
        ("JHRXM", "李四", "李**", "李**"),
        ("SFZH", "990101199202290010", "990***********0010", "990***********0010"),
        ("BH", "R-1", "R-1", "R-1"),
        ("OWN", "身份证 990101199202290010", "身份证 990***********0010", "身份证 990***********0010"),
    ],
)
def test_a_line_is_masked_by_the_field_it_is_made_of(name: str, value: str, adult: str, child: str) -> None:
    assert (ADULT.value(name, value), CHILD.value(name, value)) == (adult, child)


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("<JKZK>10</JKZK><SL>10</SL>", "<JKZK>***</JKZK><SL>10</SL>"),
        ('{"JKZK": "10", "JHRXM": "\\u674e\\u56db"}', '{"JKZK": "***", "JHRXM": "李**"}'),
        ('<f name="JKZK">10</f> 李四', '<f name="JKZK">***</f> 李**'),
        ("JKZK=10&JHRXM=%E6%9D%8E%E5%9B%9B", "JKZK=***&JHRXM=李**"),
    ],
)
def test_a_short_value_is_masked_beside_its_name_alone(message: str, masked: str) -> None:
    assert ADULT.message(message) == masked


def test_a_message_in_which_a_short_value_cannot_be_found_is_not_shown() -> None:
    assert ADULT.message("测试甲,20150505,10,李四") is None
