"""The golden cases: a person or flat on a day, and exactly the departments that must know."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gridapp.catalogue import profiles
from gridapp.contract import Kind
from gridapp.dictionary import derive

CASES = json.loads((Path(__file__).parent.parent / "domain" / "golden.json").read_text(encoding="utf-8"))
HOME_CITY = "9901"

OURS = {
    "id_type": "id_type",
    "id": "id_number",
    "cat": "resident_category",
    "cons": "hukou_consistency",
    "kind": "residency.residency_kind",
    "start": "residency.start_date",
    "uscc": "employer_uscc",
    "occ": "occupation_category",
    "code": "housing.housing_code",
    "rental": "housing.is_rental",
    "dangers": "housing.hidden_danger_types",
    "mode": "housing.rental_mode",
}
"""The inputs of golden.json by our names; birth, sex and the day are derived or given apart."""


def view_of(case: dict[str, Any], on: date | None = None) -> dict[str, Any]:
    typed = {OURS[name]: value for name, value in case["input"].items() if name in OURS}
    if start := typed.get("residency.start_date"):
        typed["residency.start_date"] = date.fromisoformat(start)
    if case["input"].get("tenancy"):
        typed |= {"tenancy.lease_start": date(2024, 3, 1), "tenancy.lease_end": date(2025, 2, 28)}
    return derive(typed, on=on or date.fromisoformat(case["on"]), home_city=HOME_CITY)


def concerned(view: dict[str, Any], kind: str) -> set[str]:
    layouts = {one.key: one.layouts.get(Kind(kind)) for one in profiles.district()}
    return {key for key, layout in layouts.items() if layout is not None and layout.applies.holds(view)}


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_exactly_these_departments_must_know(case: dict[str, Any]) -> None:
    view = view_of(case)

    assert concerned(view, case["kind"]) == set(case["targets"])


def test_birth_date_and_sex_of_the_cases_follow_from_the_number() -> None:
    for case in CASES:
        if case["kind"] == "resident":
            view = view_of(case)

            assert view["birth_date"].isoformat() == case["input"]["birth"]
            assert view["sex"] == case["input"]["sex"]


def test_the_work_station_becomes_due_on_the_day_of_six_months_and_not_the_day_before() -> None:
    case = CASES[0]

    assert "GZZ" not in concerned(view_of(case, date(2024, 9, 9)), "resident")
    assert "GZZ" in concerned(view_of(case, date(2024, 9, 10)), "resident")


def test_elder_care_becomes_due_on_the_sixtieth_birthday_of_a_local() -> None:
    local = {"resident_category": "HJ", "birth_date": date(1964, 3, 15)}

    assert "MZYL" not in concerned(derive(local, on=date(2024, 3, 14), home_city=HOME_CITY), "resident")
    assert "MZYL" in concerned(derive(local, on=date(2024, 3, 15), home_city=HOME_CITY), "resident")


@pytest.mark.parametrize(
    ("age", "due"), [(4, False), (5, True), (6, True), (7, False), (10, False), (11, True), (12, True), (13, False)]
)
def test_school_places_are_counted_for_children_of_the_next_two_autumns(age: int, due: bool) -> None:
    view = {"age_on_31_august": age, "id_number_is_18": True}

    assert ("XW" in concerned(view, "resident")) is due


def test_a_child_without_a_number_is_not_counted_for_school_places() -> None:
    assert "XW" not in concerned({"age_on_31_august": 6, "id_number_is_18": False}, "resident")


def test_a_new_born_is_told_to_the_health_commission_at_once_and_to_the_grid_systems_when_it_has_a_number() -> None:
    born = {"id_type": "117", "id_number": "A123456789", "birth_date": date(2024, 3, 10), "sex": "1"}
    born |= {"residency.start_date": date(2024, 3, 12)}
    named = {**born, "id_type": "111", "id_number": "990101202403100010", "hukou_division": "990101"}

    before = concerned(derive(born, on=date(2024, 3, 15), home_city=HOME_CITY), "resident")
    after = concerned(derive(named, on=date(2024, 3, 15), home_city=HOME_CITY), "resident")

    assert before == {"JS", "GXPT"}
    assert after == {"JS", "GXPT", "PDA", "WG", "GZZ"}


def test_a_visitor_of_a_month_concerns_the_health_commission_only_from_the_thirtieth_day() -> None:
    woman = {"sex": "2", "age": 30}

    assert "JS" not in concerned({**woman, "residency.days": 29}, "resident")
    assert "JS" in concerned({**woman, "residency.days": 30}, "resident")


def test_a_flat_they_coded_for_us_keeps_concerning_the_housing_code_system_so_that_its_address_can_change() -> None:
    coded = {"housing.housing_code": "9901010010010000001000301"}

    assert "FWBM" not in concerned(coded, "housing")
    assert "FWBM" in concerned({**coded, "FWBM.BZDZ": "测试区测试路1号301室"}, "housing")


def test_a_workshop_concerns_work_safety_though_nobody_lets_it() -> None:
    assert "AQSC" in concerned({"premises.place_type": "03", "housing.is_rental": False}, "housing")
    assert "AQSC" not in concerned({"premises.place_type": "06", "housing.is_rental": False}, "housing")
