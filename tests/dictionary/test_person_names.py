"""Names: the whole repertoire, one middle dot, and a plain reason for whatever is no name."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.dictionary import validate

ON = date(2024, 3, 15)
PLANES = [
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2EBE0),
    (0x30000, 0x3134A),
    (0x31350, 0x323AF),
]


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("张伟", "张伟"),
        ("  欧阳娜娜 ", "欧阳娜娜"),
        ("𠅤𬴐", "𠅤𬴐"),  # extensions B and E
        ("王\U000305fe", "王\U000305fe"),  # extension G
        ("李\U00031abc", "李\U00031abc"),  # extension H
        ("㐂田", "㐂田"),  # extension A
        ("李〇", "李〇"),
        ("﨑本", "﨑本"),  # compatibility code point that is a character of its own
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("阿依古丽\uff0e买买提", "阿依古丽·买买提"),
        ("阿依古丽 · 买买提", "阿依古丽·买买提"),
        ("阿依古丽‧买买提·艾力", "阿依古丽·买买提·艾力"),
        ("凌\ufe00云", "凌云"),
        ("\u200b张\ufeff伟", "张伟"),
        ("\uf9d8明", "律明"),  # compatibility form, made one by NFC
        ("SMITH JOHN", "SMITH JOHN"),
        ("Anne-Marie O’Neill", "Anne-Marie O'Neill"),
        ("José Núñez", "José Núñez"),
        ("SMITH", "SMITH"),
    ],
)
def test_names_that_are_taken(raw: str, stored: str) -> None:
    checked = validate({"name": raw}, on=ON, practice=True)

    assert checked.refusals == ()
    assert checked.values == {"name": stored}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("张3", "name_digits"),
        ("张\uff13", "name_digits"),
        ("张 伟", "name_space"),
        ("张\u3000伟", "name_space"),
        ("张伟!", "name_punctuation"),
        ("张伟(小)", "name_punctuation"),
        ("<b>张伟</b>", "name_mixed"),
        ("张·", "name_dot"),
        ("·张", "name_dot"),
        ("阿··力", "name_dot"),
        ("张WEI", "name_mixed"),
        ("张\uff37\uff25\uff29", "name_mixed"),
        ("张\ue000", "name_unknown_character"),
        ("⿰氵张", "name_unknown_character"),
        ("さくら", "name_unknown_character"),
        ("--", "name_punctuation"),
        ("张\x00伟", "control_characters"),
        ("张\x1b伟", "control_characters"),
        ("张\ud800", "broken_characters"),
        ("张\ufffd", "broken_characters"),
        ("张" * 51, "too_long"),
        ("张" * 1_000_000, "too_long"),
        (5, "wrong_type"),
        (["张伟"], "wrong_type"),
        (b"\xd5\xc5", "wrong_type"),
        ({"zh": "张伟"}, "wrong_type"),
    ],
)
def test_names_that_are_refused(raw: object, code: str) -> None:
    checked = validate({"name": raw}, on=ON, practice=True)

    assert [one.code for one in checked.refusals] == [code]
    assert checked.values == {}


def test_a_name_of_one_character_is_asked_about() -> None:
    checked = validate({"name": "张"}, on=ON, practice=True)

    assert checked.ok
    assert [one.code for one in checked.doubts] == ["name_one_character"]


@given(st.lists(st.one_of([st.integers(low, high) for low, high in PLANES]), min_size=2, max_size=50))
def test_every_unified_character_may_stand_in_a_name(points: list[int]) -> None:
    name = "".join(map(chr, points))

    assert validate({"name": name}, on=ON, practice=True).values == {"name": name}


@pytest.mark.parametrize(
    ("raw", "stored"),
    [("smith", "SMITH"), ("O'Neill", "O'NEILL"), ("VAN DER BERG", "VAN DER BERG"), ("Anne-Marie", "ANNE-MARIE")],
)
def test_foreign_names_are_written_as_the_machine_reads_them(raw: str, stored: str) -> None:
    assert validate({"foreign_surname": raw}, on=ON, practice=True).values["foreign_surname"] == stored


@pytest.mark.parametrize("raw", ["José", "张", "SMITH2", "SMITH<<JOHN", "-", "A--"])
def test_foreign_names_take_the_latin_alphabet_only(raw: str) -> None:
    refusals = validate({"foreign_given_name": raw}, on=ON, practice=True).refusals

    assert [one.code for one in refusals] == ["latin_only"]


def test_a_foreigner_without_a_chinese_name_is_called_by_the_foreign_one() -> None:
    foreign = {"id_type": "414", "foreign_surname": "Smith", "foreign_given_name": "John"}

    assert validate(foreign, on=ON, practice=True).values["name"] == "SMITH JOHN"
    assert validate({**foreign, "name": "史密斯"}, on=ON, practice=True).values["name"] == "史密斯"
    assert "name" not in validate({**foreign, "name": "史密斯3"}, on=ON, practice=True).values


@pytest.mark.parametrize(
    "raw", ["测试物业管理(深圳)有限公司", "张伟", "Test Estate Ltd.", "第3村民小组", "阿依古丽•买买提"]
)
def test_owners_may_be_organisations(raw: str) -> None:
    assert validate({"housing.owner_name": raw}, on=ON, practice=True).ok


def test_an_owner_is_no_markup() -> None:
    assert not validate({"housing.owner_name": "<script>"}, on=ON, practice=True).ok
