"""Identity documents: the handbook's test vectors, and every type of document with what fits and what does not."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridapp.dictionary import Checked, derive, documents, identity, validate

ON = date(2024, 3, 15)
VECTORS = json.loads((Path(__file__).parent / "document_vectors.json").read_text(encoding="utf-8"))


def check(
    id_type: str | None, number: Any, *, importing: bool = False, practice: bool = True, on: date = ON
) -> Checked:
    values = {"id_number": number} if id_type is None else {"id_type": id_type, "id_number": number}
    values |= {"id_reason": "证件遗失正在补办"} if id_type == "990" else {}
    return validate(values, on=on, practice=practice, importing=importing)


def with_check_digit(first: str) -> str:
    return first + documents.check_digit(first)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["says"])
def test_vectors_of_the_handbook(vector: dict[str, Any]) -> None:
    checked = check(vector["id_type"], vector["number"])

    if "refused" in vector:
        assert [one.code for one in checked.refusals] == [vector["refused"]]
        assert checked.refusals[0].field == "id_number"
        assert "id_number" not in checked.values
    else:
        assert checked.refusals == ()
        assert checked.values["id_number"] == vector.get("stored", vector["number"])


@pytest.mark.parametrize("vector", [one for one in VECTORS if "sex" in one], ids=lambda vector: vector["says"])
def test_birth_date_and_sex_follow_from_the_number(vector: dict[str, Any]) -> None:
    view = derive(check(vector["id_type"], vector["number"]).values, on=ON, home_city="9901")

    assert (view["birth_date"].isoformat(), view["sex"], view["age"]) == (
        vector["birth_date"],
        vector["sex"],
        vector["age"],
    )


def test_a_number_alone_is_an_identity_card() -> None:
    assert check(None, "990101199202290010").refusals == ()
    assert [one.code for one in check(None, "E12345678").refusals] == ["id_length"]


def test_the_register_is_stored_as_the_identity_number_it_carries() -> None:
    assert check("113", "99010120190601003X").values == {"id_type": "111", "id_number": "99010120190601003X"}


@pytest.mark.parametrize(
    ("id_type", "number", "stored"),
    [
        ("516", "H12345678", "H12345678"),
        ("516", "m1234567801", "M1234567801"),
        ("511", "12345678", "12345678"),
        ("511", "1234567890b", "1234567890B"),
        ("414", "E12345678", "E12345678"),
        ("414", "ej1234567", "EJ1234567"),
        ("414", "C01X00T47", "C01X00T47"),
        ("117", "k 440012345", "K440012345"),
        ("553", "USA110075010101", "USA110075010101"),
        ("553", with_check_digit("91184019850312001"), with_check_digit("91184019850312001")),
        ("554", "1234567", "1234567"),
        ("114", "军字第1234567号", "军字第1234567号"),
        ("990", "旧证00123", "旧证00123"),
    ],
)
def test_documents_that_are_taken(id_type: str, number: str, stored: str) -> None:
    checked = check(id_type, number)

    assert checked.refusals == ()
    assert checked.values["id_number"] == stored


@pytest.mark.parametrize(
    ("id_type", "number", "code"),
    [
        ("516", "A12345678", "travel_permit_516"),
        ("516", "H123456789", "travel_permit_516"),
        ("511", "1234567", "travel_permit_511"),
        ("414", "E123", "passport_shape"),
        ("414", "E1234567890123456789012", "passport_shape"),
        ("117", "4400123456", "birth_certificate_shape"),
        ("553", "US110075010101", "permanent_resident_shape"),
        ("553", "811840198503120013", "permanent_resident_shape"),
        ("553", "91184019850312001" + "0", "id_checksum"),
        ("553", with_check_digit("91184020850312001"), "id_birth_future"),
        ("554", "1", "document_shape"),
        ("990", "<script>alert", "document_shape"),
    ],
)
def test_documents_that_are_refused(id_type: str, number: str, code: str) -> None:
    assert [one.code for one in check(id_type, number).refusals] == [code]


def test_a_chinese_passport_has_the_shape_of_one() -> None:
    values = {"id_type": "414", "id_number": "123456789", "nationality": "CHN"}

    assert [one.code for one in validate(values, on=ON, practice=True).refusals] == ["passport_shape"]
    assert validate({**values, "nationality": "KOR"}, on=ON, practice=True).ok


def test_without_a_usual_document_a_reason_is_asked_and_no_number() -> None:
    assert [one.code for one in validate({"id_type": "990"}, on=ON, practice=True).refusals] == ["id_reason_missing"]
    assert validate({"id_type": "990", "id_reason": "证件遗失补办中"}, on=ON, practice=True).ok


def test_a_number_whose_type_was_refused_causes_one_message_only() -> None:
    refusals = check("999", "E12345678").refusals

    assert [(one.field, one.code) for one in refusals] == [("id_type", "unknown_code")]


def test_old_numbers_are_lengthened_on_import_only() -> None:
    checked = check("111", "130503670401001", importing=True)

    assert checked.values["id_number"] == "130503196704010016"
    assert [one.code for one in check("155", "810000900307151", importing=True).refusals] == ["id_old_15_digits"]


def test_the_practice_division_is_let_in_for_practice_only() -> None:
    assert [one.code for one in check("111", "990101199202290010", practice=False).refusals] == ["practice_only"]


def test_an_unknown_area_is_a_doubt_and_no_refusal() -> None:
    checked = check("111", with_check_digit("44039919920229001"))

    assert checked.ok
    assert [(one.field, one.code) for one in checked.doubts] == [("id_number", "id_area_unknown")]


def test_an_area_merged_long_ago_is_known() -> None:
    assert check("111", with_check_digit("11010319620229001")).doubts == ()  # 崇文区, until 2010


def test_a_number_as_a_number_has_lost_digits_already() -> None:
    for number in (110105194912310020, 1.1010519491231e17):
        refusal = check("111", number).refusals[0]
        assert refusal.code == "wrong_type"
        assert "文本" in refusal.remedy_zh


def test_born_today_is_taken_and_born_tomorrow_is_not() -> None:
    today, tomorrow = (with_check_digit(f"990101{day:%Y%m%d}001") for day in (ON, ON + timedelta(days=1)))

    assert check("111", today).ok
    assert [one.code for one in check("111", tomorrow).refusals] == ["id_birth_future"]


def test_130_years_are_taken_and_131_are_not() -> None:
    assert check("111", with_check_digit("99010118930316001")).ok
    assert [one.code for one in check("111", with_check_digit("99010118930315001")).refusals] == ["id_too_old"]


def test_card_temporary_card_and_register_are_one_person() -> None:
    number = "990101199202290010"

    assert identity("111", number) == identity("112", number) == identity("113", number)
    assert identity("155", number) != identity("111", number)


def weighted_sum(first: str) -> str:
    """MOD 11-2 as handbook 2.9 writes it: weights, sum, table."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11]


@given(st.text("0123456789", min_size=17, max_size=17))
def test_the_check_digit_is_the_one_of_the_standard(first: str) -> None:
    assert documents.check_digit(first) == weighted_sum(first)


@given(st.integers(0, 16), st.integers(1, 9), st.integers(0, len(VECTORS) - 1))
def test_one_wrong_digit_is_always_noticed(place: int, shift: int, which: int) -> None:
    number = VECTORS[which].get("stored", VECTORS[which]["number"])
    if not documents.is_eighteen(number):
        return

    wrong = f"{number[:place]}{(int(number[place]) + shift) % 10}{number[place + 1 :]}"

    assert not documents.is_eighteen(wrong)


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("91350100M000100Y43", None),
        ("9199010100000001AQ", None),
        ("9299010100000002BR", None),
        (" 9135 0100 m000100y43", None),
        ("91350100M000100Y44", "uscc_checksum"),
        ("91350100M000100Y4", "uscc_length"),
        ("91350100I000100Y43", "uscc_characters"),
        ("A1350100M000100Y43", "uscc_characters"),
        ("123456789012345", "uscc_length"),
    ],
)
def test_credit_codes(code: str, refused: str | None) -> None:
    checked = validate({"employer_uscc": code}, on=ON, practice=True)

    assert [one.code for one in checked.refusals] == ([refused] if refused else [])


def test_premises_may_have_an_old_or_a_temporary_code() -> None:
    old = validate({"premises.uscc": "440301103456789"}, on=ON, practice=True)
    temporary = validate({"premises.uscc": "T" + "0" * 17}, on=ON, practice=True)

    assert old.ok
    assert temporary.ok
    assert [one.code for one in (*old.doubts, *temporary.doubts)] == ["old_registration_number", "temporary_uscc"]


def test_an_owner_is_a_person_or_an_organisation() -> None:
    organisation = {"housing.owner_type": "2", "housing.owner_id_number": "9199010100000001AQ"}
    person = {
        "housing.owner_type": "1",
        "housing.owner_id_type": "111",
        "housing.owner_id_number": "99010119380815004X",
    }

    assert validate(organisation, on=ON, practice=True).ok
    assert validate(person, on=ON, practice=True).ok
    wrong = validate({**organisation, "housing.owner_id_number": "99010119380815004X"}, on=ON, practice=True)
    assert [one.code for one in wrong.refusals] == ["uscc_checksum"]


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({"housing.lessee_id_number": "990101199202290010"}, None),
        ({"housing.lessee_id_number": "9199010100000001AQ"}, None),
        ({"housing.lessee_id_number": "990101199202290011"}, "id_checksum"),
        ({"housing.lessee_id_number": "9199010100000001AR"}, "uscc_checksum"),
        ({"housing.lessee_id_number": "E12345678", "tenancy.lessee_id_type": "414"}, None),
        ({"housing.lessee_id_number": "E12345678", "tenancy.lessee_id_type": "111"}, "id_length"),
        ({"tenancy.lessor_id_number": "H12345678"}, None),
        ({"household.head_id_number": "810000199408230021"}, None),
        ({"household.head_id_number": "E12345678"}, "id_length"),
        ({"guardian_id_number": "990101199202290011"}, "id_checksum"),
        ({"guardian_id_number": "E12345678"}, None),
        ({"premises.legal_rep_id_type": "516", "premises.legal_rep_id_number": "H1"}, "travel_permit_516"),
    ],
)
def test_numbers_of_other_people(values: dict[str, str], refused: str | None) -> None:
    checked = validate(values, on=ON, practice=True)

    assert [one.code for one in checked.refusals] == ([refused] if refused else [])
