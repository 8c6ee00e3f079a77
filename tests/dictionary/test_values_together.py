"""Rules across fields: what cannot all be true is refused, what is unlikely is asked about once."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from gridapp.dictionary import documents, occupied, validate

ON = date(2024, 3, 15)


def born_on(day: str) -> str:
    """The number of a man of the practice division."""
    first = f"990101{day}001"
    return first + documents.check_digit(first)


MAN, WOMAN = "990101199202290010", "990101199202290029"  # both 32
ELDER, INFANT = "99010119380815004X", "99010120190601003X"
YOUTH = born_on("20080101")

AGREE: list[dict[str, Any]] = [
    {},
    {"id_number": MAN, "sex": "1", "birth_date": "1992-02-29"},
    {"id_type": "414", "id_number": "E12345678", "sex": "2", "birth_date": "1990-01-01", "nationality": "KOR"},
    {"id_number": MAN, "residency.start_date": "2024-03-15"},
    {"residency.start_date": "2024-03-15", "residency.end_date": "2024-03-15"},
    {"residency.start_date": "2024-03-15", "residency.planned_end_date": "2030-03-15"},
    {"inflow_date": "2024-03-01", "residency.start_date": "2024-03-01"},
    {"arrival_date": "2024-03-01", "planned_departure_date": "2024-03-01"},
    {"tenancy.lease_start": "2024-03-01", "tenancy.lease_end": "2044-03-01"},
    {"tenancy.lease_start": "2024-02-29", "tenancy.lease_end": "2044-02-29"},
    {"tenancy.lease_start": "2030-01-01"},
    {"housing.hidden_danger_types": ["00"]},
    {"housing.hidden_danger_types": ["01"], "housing.hidden_danger_note": "楼道堆放杂物"},
    {"housing.housing_status": "2", "housing.is_rental": True},
    {"housing.housing_status": "2", "residency.start_date": "2024-01-01", "residency.end_date": "2024-02-01"},
    {"residency.residency_kind": "1", "residency.relation_to_owner": "3"},
    {"residency.residency_kind": "2", "residency.relation_to_owner": "5"},
    {"housing.grid_code": "990101001001001", "housing.housing_code": "9901010010010000001000301"},
    {"housing.grid_code": "990101001001001", "housing.housing_code": "T" + "0" * 24},
    {"id_type": "155", "id_number": "81000019900307151X", "nationality": "HKG"},
    {"id_number": MAN, "guardian_id_number": WOMAN},
]

DISAGREE: list[tuple[dict[str, Any], str, str]] = [
    ({"id_number": MAN, "sex": "2"}, "sex", "sex_differs"),
    ({"id_number": MAN, "birth_date": "1992-03-01"}, "birth_date", "birth_differs"),
    ({"id_type": "155", "id_number": "81000019900307151X", "sex": "2"}, "sex", "sex_differs"),
    ({"birth_date": "2024-03-16"}, "birth_date", "birth_future"),
    ({"birth_date": "1893-03-15"}, "birth_date", "birth_too_old"),
    ({"id_number": MAN, "guardian_id_number": MAN}, "guardian_id_number", "own_guardian"),
    ({"id_type": "111", "nationality": "HKG"}, "nationality", "region_needs_document"),
    ({"residency.start_date": "2024-03-16"}, "residency.start_date", "date_future"),
    ({"residency.end_date": "2024-03-16"}, "residency.end_date", "date_end_future"),
    ({"inflow_date": "2024-03-16"}, "inflow_date", "date_future"),
    ({"arrival_date": "2024-03-16"}, "arrival_date", "date_future"),
    ({"death_date": "2024-03-16"}, "death_date", "date_future"),
    ({"id_number": MAN, "residency.start_date": "1992-02-28"}, "residency.start_date", "before_birth"),
    ({"birth_date": "1992-02-29", "inflow_date": "1992-02-28"}, "inflow_date", "before_birth"),
    ({"id_number": MAN, "death_date": "1991-01-01"}, "death_date", "before_birth"),
    ({"residency.start_date": "2024-03-10", "residency.end_date": "2024-03-09"}, "residency.end_date", "before_other"),
    (
        {"residency.start_date": "2024-03-10", "residency.planned_end_date": "2024-03-09"},
        "residency.planned_end_date",
        "before_other",
    ),
    (
        {"arrival_date": "2024-03-10", "planned_departure_date": "2024-03-09"},
        "planned_departure_date",
        "before_other",
    ),
    (
        {"permit_register_date": "2024-03-10", "permit_expiry_date": "2024-03-10"},
        "permit_expiry_date",
        "not_after_other",
    ),
    ({"inflow_date": "2024-03-11", "residency.start_date": "2024-03-10"}, "inflow_date", "after_other"),
    (
        {"tenancy.lease_start": "2024-03-10", "tenancy.lease_end": "2024-03-10"},
        "tenancy.lease_end",
        "not_after_other",
    ),
    (
        {"tenancy.lease_start": "2024-03-10", "tenancy.lease_end": "2044-03-11"},
        "tenancy.lease_end",
        "lease_too_long",
    ),
    ({"housing.hidden_danger_types": ["01"]}, "housing.hidden_danger_note", "danger_note_missing"),
    (
        {"housing.hidden_danger_types": ["01"], "housing.hidden_danger_note": "有火灾"},
        "housing.hidden_danger_note",
        "danger_note_missing",
    ),
    ({"housing.housing_status": "4", "housing.is_rental": True}, "housing.is_rental", "demolished_rental"),
    (
        {"housing.housing_status": "2", "residency.start_date": "2024-01-01"},
        "housing.housing_status",
        "occupied",
    ),
    (
        {"residency.residency_kind": "1", "residency.relation_to_owner": "5"},
        "residency.relation_to_owner",
        "owner_relation",
    ),
    (
        {"housing.grid_code": "990101001002001", "housing.housing_code": "9901010010010000001000301"},
        "housing.housing_code",
        "code_not_in_grid",
    ),
    (
        {"housing.grid_code": "990101001002001", "housing.division_code": "990101001001"},
        "housing.division_code",
        "code_not_in_grid",
    ),
    (
        {"housing.building_code": "9901010010010000002", "housing.housing_code": "9901010010010000001000301"},
        "housing.building_code",
        "code_not_of_building",
    ),
]

CERTAIN: list[dict[str, Any]] = [
    {"id_number": MAN, "marital_status": "20", "political_status": "01", "education": "10"},
    {"id_number": born_on("20020228"), "marital_status": "20"},  # 22, a man
    {"id_number": INFANT, "marital_status": "10", "political_status": "13", "education": "90"},
    {"id_number": YOUTH, "political_status": "03", "education": "60"},
    {"id_number": MAN, "residency.relation_to_head": "02"},
    {"id_number": WOMAN, "residency.relation_to_head": "38"},
    {"id_number": MAN, "residency.relation_to_head": "99"},
    {"id_number": ELDER, "care_living_mode": "2"},
    {"id_doc_expiry_date": "2024-03-15", "id_type": "414"},
    {"housing.house_form": "8", "housing.floor_area": "5000"},
    {"housing.house_form": "1", "housing.floor_area": "1000"},
    {"housing.is_rental": False},
]

DOUBTFUL: list[tuple[dict[str, Any], str, str]] = [
    ({"id_number": born_on("19240315")}, "id_number", "over_100"),
    ({"birth_date": "1920-01-01"}, "birth_date", "over_100"),
    ({"id_number": born_on("20030316"), "marital_status": "20"}, "marital_status", "married_young"),
    ({"birth_date": "2004-06-01", "sex": "2", "marital_status": "30"}, "marital_status", "married_young"),
    ({"id_number": INFANT, "political_status": "03"}, "political_status", "politics_child"),
    ({"id_number": YOUTH, "political_status": "01"}, "political_status", "party_young"),
    ({"id_number": INFANT, "education": "80"}, "education", "education_child"),
    ({"id_number": YOUTH, "education": "21"}, "education", "education_young"),
    ({"sex": "9"}, "sex", "sex_unstated"),
    ({"id_number": MAN, "residency.relation_to_head": "30"}, "residency.relation_to_head", "relation_sex"),
    ({"id_number": WOMAN, "household.relation_to_head": "11"}, "household.relation_to_head", "relation_sex"),
    ({"id_number": MAN, "care_living_mode": "1"}, "care_living_mode", "elder_only"),
    ({"id_type": "414", "id_doc_expiry_date": "2024-03-14"}, "id_doc_expiry_date", "document_expired"),
    ({"id_type": "111", "visit_purpose": "01"}, "visit_purpose", "overseas_only"),
    ({"permit_type": "02"}, "permit_type", "old_permit"),
    ({"housing.house_form": "1", "housing.floor_area": "1000.01"}, "housing.floor_area", "floor_area_large"),
    ({"housing.is_rental": False, "housing.rental_mode": "1"}, "housing.rental_mode", "not_let"),
]


@pytest.mark.parametrize("values", AGREE)
def test_values_that_agree(values: dict[str, Any]) -> None:
    assert validate(values, on=ON, practice=True).refusals == ()


@pytest.mark.parametrize(("values", "field", "code"), DISAGREE)
def test_values_that_disagree(values: dict[str, Any], field: str, code: str) -> None:
    checked = validate(values, on=ON, practice=True)

    assert [(one.field, one.code) for one in checked.refusals] == [(field, code)]
    assert field not in checked.values


@pytest.mark.parametrize(("values", "field", "code"), DOUBTFUL)
def test_values_that_are_asked_about(values: dict[str, Any], field: str, code: str) -> None:
    checked = validate(values, on=ON, practice=True)

    assert checked.ok
    assert [(one.field, one.code) for one in checked.doubts] == [(field, code)]
    assert values.keys() <= checked.values.keys()


@pytest.mark.parametrize("values", CERTAIN)
def test_values_that_are_not_asked_about(values: dict[str, Any]) -> None:
    checked = validate(values, on=ON, practice=True)

    assert checked.ok
    assert checked.doubts == ()


@pytest.mark.parametrize("values", [{"sex": "9"}, {"permit_type": "02"}])
def test_old_data_is_not_asked_about(values: Mapping[str, Any]) -> None:
    assert validate(values, on=ON, practice=True, importing=True).doubts == ()


def test_the_other_fields_name_is_in_the_reason() -> None:
    values = {"residency.start_date": "2024-03-10", "residency.end_date": "2024-03-09"}

    refusal = validate(values, on=ON, practice=True).refusals[0]

    assert refusal.zh == "“搬离日期”不能早于“入住日期”"
    assert refusal.en == "“Moved out on” cannot be before “Moved in on”"


@pytest.mark.parametrize(
    ("status", "occupants", "refused"),
    [("1", 3, False), ("3", 3, False), ("2", 0, False), ("2", 1, True), ("4", 1, True), (None, 1, False)],
)
def test_a_vacant_or_demolished_home_has_no_residents(status: str | None, occupants: int, refused: bool) -> None:
    assert (occupied(status, occupants) is not None) is refused
