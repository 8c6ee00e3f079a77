"""What a screen shows of a value, and that every rule has words in both languages."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from gridapp import dictionary
from gridapp.dictionary import FIELDS, mask, mask_name, mask_number, mask_phone

PACKAGE = Path(dictionary.__file__).parent
WORDING = json.loads((PACKAGE / "data" / "wording.json").read_text(encoding="utf-8"))
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("id_number", "440524188001010014", "440***********0014"),
        ("id_number", "H12345678", "*******78"),
        ("id_number", "A12", "***"),
        ("phone", "13800138000", "138****8000"),
        ("phone", "0755-12345678", "0755-****5678"),
        ("hukou_address", "深南大道9988号", "深南大***"),
        ("guardian_name", "王小明", "王**"),
        ("household.household_no", "123456789", "*******89"),
        ("name", "王小明", "王小明"),
        ("housing.room_no", "301", "301"),
        ("birth_date", date(2019, 6, 1), "2019-06-01"),
        ("religion", "10", "***"),
        ("JZDJ.DJBH", "2024-1", "***"),
        ("phone", None, ""),
        ("phone", "", ""),
        ("housing.hidden_danger_types", [], ""),
    ],
)
def test_values_are_masked_by_sensitivity(name: str, value: object, shown: str) -> None:
    assert mask(name, value) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("name", "王小明", "王**"),
        ("name", "阿依古丽·买买提", "阿**"),
        ("birth_date", date(2019, 6, 1), "2019-**-**"),
        ("employer_name", "第一小学", "第一小***"),
        ("ethnicity", "01", "01"),
    ],
)
def test_more_is_masked_of_a_child(name: str, value: object, shown: str) -> None:
    assert mask(name, value, child=True) == shown


@pytest.mark.parametrize("length", range(1, 31))
def test_at_least_half_of_a_number_is_hidden(length: int) -> None:
    shown = mask_number("1" * length)

    assert shown.count("1") <= length / 2


def test_short_values_are_hidden_wholly() -> None:
    assert mask_phone("110") == "***"
    assert mask_name("") == ""


@pytest.mark.parametrize("name", [name for name, one in FIELDS.items() if one.sensitivity in {"S2", "S3"}])
def test_no_sealed_field_is_shown_whole(name: str) -> None:
    value = "440524188001010014"

    assert value not in mask(name, value)


@pytest.mark.parametrize("group", ["refusals", "doubts"])
def test_every_wording_is_complete(group: str) -> None:
    for key, texts in WORDING[group].items():
        zh, en, remedy_zh, remedy_en = texts
        assert re.search("[\u4e00-\u9fff]", zh + remedy_zh), key
        assert not re.search("[\u4e00-\u9fff]", en + remedy_en), key
        assert all(texts), key
        placeholders = [sorted(re.findall(r"\{\w+\}", text)) for text in texts]
        assert placeholders[0] == placeholders[1], key
        assert placeholders[2] == placeholders[3], key


@pytest.mark.parametrize("group", ["refusals", "doubts"])
def test_every_wording_is_used(group: str) -> None:
    unused = {key for key in WORDING[group] if f'"{key}"' not in SOURCE and not key.startswith("not_collected/")}

    assert unused == set()


def test_every_rule_has_a_wording() -> None:
    refused = re.findall(r'(?:Refused|refusal)\((?:"[^"]*", )?"([a-z0-9_/]+)"', SOURCE)
    doubted = re.findall(r'wonder\([^"()]*"?[^"()]*"?[^"()]*"([a-z0-9_]+)"\)', SOURCE)

    assert len(refused) > 50
    assert set(refused) - WORDING["refusals"].keys() <= FIELDS.keys()
    assert set(doubted) <= WORDING["doubts"].keys()
    assert {f"not_collected/{name}" for name, one in FIELDS.items() if not one.collected} <= WORDING["refusals"].keys()
