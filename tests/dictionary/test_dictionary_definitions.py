"""Fields and code tables: complete in Chinese and English, and exactly what was handed down."""

import hashlib
import json
from collections import Counter
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from gridapp.dictionary import COMPUTED, FIELDS, TABLES, CodeTable, Field, field, table
from gridapp.dictionary import tables as tables_module

DATA = Path(tables_module.__file__).parent / "data"
TYPES = {
    "code", "text", "name", "document", "phone", "uscc", "date", "datetime", "bool", "integer", "decimal", "codes",
    "division", "reference",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("codes.json", "413a3bc4581118bb4579c1ed9ddcd18e63ed6af2f7dff34dcfc6241588ff8720"),
        ("fields.json", "48dc96568f771daf445bd87906ee3fd723364f47d50fbdf160e880bb248d27b0"),
    ],
)
def test_the_handed_down_files_are_untouched(name: str, digest: str) -> None:
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("one", FIELDS.values(), ids=lambda one: one.name)
def test_every_field_is_defined_completely(one: Field) -> None:
    assert one.zh
    assert one.en
    assert one.en.isascii() or "²" in one.en
    assert any("\u4e00" <= character <= "\u9fff" for character in one.zh)
    assert one.type in TYPES
    assert one.entity in {"resident", "household", "housing", "residency", "tenancy", "premises", "grid"}
    assert one.required in {"Y", "D", "T", "O", "N"}
    assert one.sensitivity in {"S0", "S1", "S2", "S3"}
    assert one.sharing in {"U", "C", "N"}
    assert one.source
    assert (one.table in TABLES) == (one.type in {"code", "codes"})


@pytest.mark.parametrize("one", TABLES.values(), ids=lambda one: one.name)
def test_every_table_is_named_and_offers_codes_of_its_own(one: CodeTable) -> None:
    assert one.zh
    assert one.en
    assert one.standard
    assert one.offered
    assert set(one.offered) <= set(one.by_code)
    assert len(one.by_code) == len(one.items)


@pytest.mark.parametrize("one", TABLES.values(), ids=lambda one: one.name)
def test_every_code_has_a_chinese_and_an_english_word(one: CodeTable) -> None:
    for code in one.items:
        assert code.zh, code
        assert code.en, code
        assert code.en != code.zh


@pytest.mark.parametrize("one", TABLES.values(), ids=lambda one: one.name)
def test_no_two_codes_of_a_table_read_the_same(one: CodeTable) -> None:
    for lang in ("zh", "en"):
        assert not [word for word, times in Counter(code.label(lang) for code in one.items).items() if times > 1]


def test_every_field_of_the_handbook_is_there_under_its_qualified_name() -> None:
    handed_down = json.loads((DATA / "fields.json").read_text(encoding="utf-8"))

    assert sum(len(rows) for rows in handed_down.values()) + 8 == len(FIELDS)
    assert FIELDS["phone"].entity == "resident"
    assert FIELDS["premises.phone"].entity == "premises"
    assert FIELDS["household.relation_to_head"].table == FIELDS["residency.relation_to_head"].table
    assert list(FIELDS)[:2] == ["id_type", "id_number"]


def test_the_english_overlay_names_nothing_that_does_not_exist() -> None:
    english = json.loads((DATA / "english.json").read_text(encoding="utf-8"))

    assert set(english["fields"]) == set(FIELDS)
    assert set(english["tables"]) == set(TABLES)
    for name, words in english["tables"].items():
        assert set(words["codes"]) <= set(TABLES[name].by_code)


@pytest.mark.parametrize(
    ("name", "type_", "length", "scale"),
    [
        ("id_type", "code", 3, 0),
        ("id_number", "document", 30, 0),
        ("name", "name", 50, 0),
        ("employer_name", "text", 100, 0),
        ("housing.estate_name", "text", 50, 0),
        ("housing.owner_phone", "phone", 50, 0),
        ("employer_uscc", "uscc", 18, 0),
        ("hukou_division", "division", 6, 0),
        ("birth_date", "date", None, 0),
        ("residency.verified_at", "datetime", None, 0),
        ("housing.floor_no", "integer", 3, 0),
        ("housing.floor_area", "decimal", 8, 2),
        ("housing.longitude", "decimal", 11, 8),
        ("grid.area_m2", "decimal", 12, 2),
        ("housing.is_rental", "bool", None, 0),
        ("housing.hidden_danger_types", "codes", 2, 0),
        ("residency.person", "reference", None, 0),
        ("tenancy.lessee_id_type", "code", 3, 0),
    ],
)
def test_types_and_lengths_are_read_from_the_handbooks_words(
    name: str, type_: str, length: int | None, scale: int
) -> None:
    one = field(name)

    assert (one.type, one.length, one.scale) == (type_, length, scale)


def test_little_tables_written_into_a_field_are_read() -> None:
    assert table("care_living_mode").label("2") == "空巢"
    assert table("household_type").label("2", "en") == "collective household"
    assert [code for code, _ in table("business_status").choices()] == ["1", "2", "3", "4"]
    assert field("nationality").table == "nationality"


def test_local_codes_of_the_notes_are_there() -> None:
    occupations = table("occupation_category")

    assert [occupations.label(code) for code in ("90100", "90200", "90300", "90400")] == [
        "学生",
        "离退休",
        "无业/失业",
        "学龄前",
    ]


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("sex", ["1", "2"]),
        ("marital_status", ["10", "20", "30", "40", "90"]),
        ("education", ["10", "20", "30", "40", "60", "70", "80", "90"]),
        ("family_relation", ["02", "10", "20", "30", "51", "52", "28", "38", "40", "70", "97", "99"]),
    ],
)
def test_pages_offer_the_codes_that_the_notes_name(name: str, offered: list[str]) -> None:
    assert [code for code, _ in table(name).choices("en")] == offered


def test_an_unknown_name_is_a_key_error_and_an_unknown_code_itself() -> None:
    with pytest.raises(KeyError):
        field("shoe_size")
    with pytest.raises(KeyError):
        table("shoe_size")
    assert table("sex").label("7") == "7"
    assert "7" not in table("sex")


def test_definitions_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        field("name").zh = "别的"  # type: ignore[misc]
    with pytest.raises(TypeError):
        FIELDS["name"] = field("phone")  # type: ignore[index]


def test_what_policy_keeps_out_is_marked() -> None:
    assert {name for name, one in FIELDS.items() if not one.collected} == {
        "religion",
        "military_status",
        "is_key_attention",
        "health_status",
        "photo_face",
        "photo_id_card",
        "premises.attention_level",
    }
    assert {"age", "residency.months", "resident_category"} <= COMPUTED
