"""Nothing is asked that no target needs: for each golden case the form is the union of its targets' needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gridapp import catalogue
from gridapp.catalogue.models import Target
from gridapp.dictionary import FIELDS, derive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]

DOMAIN = Path(__file__).parent.parent / "domain"
CASES = json.loads((DOMAIN / "golden.json").read_text(encoding="utf-8"))
TARGETS = {one["key"]: one for one in json.loads((DOMAIN / "targets.json").read_text(encoding="utf-8"))}
ENTITIES = {"resident": ("resident", "household", "residency"), "housing": ("housing", "tenancy", "premises")}

INPUTS = {
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

# What a person types for a field that follows from others, or that only a contract names.
TYPED_FOR = {
    "sex": ["id_number"],
    "birth_date": ["id_number"],
    "hukou_consistency": ["hukou_division", "hukou_address"],
    "residency.dwelling_type": ["residency.residency_kind"],
    "housing.lessee_name": ["housing.lessee_name"],
    "housing.lessee_phone": ["housing.lessee_phone"],
    "housing.lessee_id_number": ["housing.lessee_id_number", "tenancy.lessee_id_type"],
    "tenancy.lessor_name": ["housing.owner_name"],
    "tenancy.lessor_id_number": ["housing.owner_id_number"],
    "housing.owner_id_number": ["housing.owner_id_number", "housing.owner_id_type"],
}
# What decides about work safety and lease filing, asked of a let flat even where it then concerns neither.
DECIDING: dict[str, set[str]] = {
    "resident": set(),
    "housing": {"housing.rental_mode", "tenancy.lease_start", "tenancy.lease_end"},
}


def view_of(case: dict[str, Any]) -> dict[str, Any]:
    typed = {INPUTS[name]: value for name, value in case["input"].items() if name in INPUTS}
    if start := typed.get("residency.start_date"):
        typed["residency.start_date"] = date.fromisoformat(start)
    if case["input"].get("tenancy"):
        typed |= {"tenancy.lease_start": date(2024, 3, 1), "tenancy.lease_end": date(2025, 2, 28)}
    return derive(typed, on=date.fromisoformat(case["on"]), home_city="9901")


def sensible(key: str, row: dict[str, str], case: dict[str, Any]) -> bool:
    """Whether an optional row concerns this case, by the dictionary's rules ("LD only", "age ≥ 60 only" …)."""
    given = case["input"]
    only = {
        "permit_type": given.get("cat") == "LD",
        "permit_no": given.get("cat") == "LD",
        "permit_register_date": given.get("cat") == "LD",
        "permit_expiry_date": given.get("cat") == "LD",
        "inflow_reason": given.get("cat") == "LD",
        "care_living_mode": given.get("birth", "9") < "1964-03-15",
        "children_count": False,
        "residency.end_date": False,
        "housing.manager_name": given.get("mode") == "3",
        "housing.manager_phone": given.get("mode") == "3",
        "housing.hidden_danger_note": given.get("dangers") != ["00"],
    }
    return bool(only.get(row["canonical"], True))


def compulsory(said: str, case: dict[str, Any]) -> bool:
    given = case["input"]
    holds = {
        "yes": True,
        "LD": given.get("cat") == "LD",
        "HJ": given.get("cat") == "HJ",
        "JW": given.get("cat") == "JW",
        "rental": given.get("rental", False),
        "if any": given.get("dangers", ["00"]) != ["00"],
        "age ≤ 6": given.get("birth", "") > "2017-03-15",
        "on move-out": False,
        "on death": False,
        "premises": False,
    }
    return bool(holds[said])


def qualified(key: str, name: str) -> str:
    if key == "ZLBA" and name in ("name", "id_number", "phone"):
        return f"housing.lessee_{name}"
    if key == "ZLBA" and name == "id_type":
        return "tenancy.lessee_id_type"
    found = (f"{entity}{name}" for entity in ("", "housing.", "residency.", "household."))
    return next((one for one in found if one in FIELDS), name)


def needs(case: dict[str, Any]) -> Iterator[str]:
    """Every field the case's targets need, by their documentation."""
    for key in case["targets"]:
        target = TARGETS[key]
        rows = target["hfields"] if case["kind"] == "housing" and target["hfields"] else target["fields"]
        for row in rows:
            if compulsory(row["required"], case) if row["required"] != "no" else sensible(key, row, case):
                yield qualified(key, row["canonical"])


def typed(case: dict[str, Any]) -> set[str]:
    names = {one for name in needs(case) for one in TYPED_FOR.get(name, [name])} | DECIDING[case["kind"]]
    return {
        name
        for name in names
        if name in FIELDS
        and FIELDS[name].entity in ENTITIES[case["kind"]]
        and (FIELDS[name].required in "YTO" or name in TYPED_FOR)
    }


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_the_form_asks_the_union_of_what_the_targets_need_and_no_more(case: dict[str, Any]) -> None:
    asked = catalogue.asked(view_of(case), case["kind"])

    assert set(asked) == typed(case)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_it_asks_in_the_dictionarys_order_and_nothing_that_policy_keeps_out(case: dict[str, Any]) -> None:
    asked = catalogue.asked(view_of(case), case["kind"])

    assert asked == [name for name in FIELDS if name in asked]
    assert all(FIELDS[name].collected for name in asked)


def test_a_target_that_is_not_configured_asks_nothing() -> None:
    Target.objects.exclude(key="GXPT").delete()

    asked = catalogue.asked({"id_type": "111"}, "resident")

    assert asked == ["id_type", "id_number", "name", "ethnicity", "hukou_division", "residency.start_date"]


def test_a_local_is_not_asked_why_they_came_nor_a_man_for_his_children() -> None:
    view = {"id_type": "111", "resident_category": "HJ", "hukou_consistency": "01", "sex": "1", "age": 40}

    asked = catalogue.asked(view, "resident")

    assert not {"inflow_reason", "inflow_date", "permit_no", "foreign_surname", "children_count", "hukou_type"} & set(
        asked
    )


@pytest.mark.parametrize(
    ("document", "stated"),
    [("111", set()), ("155", set()), ("516", {"sex", "birth_date"}), ("414", {"sex", "birth_date", "nationality"})],
)
def test_birth_date_and_sex_are_asked_only_of_documents_that_do_not_tell(document: str, stated: set[str]) -> None:
    asked = catalogue.asked({"id_type": document, "resident_category": "JW"}, "resident")

    assert {"sex", "birth_date", "nationality"} & set(asked) == stated


def test_who_has_no_document_is_asked_why() -> None:
    assert "id_reason" in catalogue.asked({"id_type": "990"}, "resident")
    assert "id_reason" not in catalogue.asked({"id_type": "111"}, "resident")


def test_a_flat_that_is_not_let_is_not_asked_for_its_owner_or_tenant() -> None:
    asked = set(catalogue.asked({"housing.is_rental": False}, "housing"))

    assert not {"housing.owner_name", "housing.lessee_name", "tenancy.lease_start", "housing.rental_mode"} & asked
    assert {"housing.owner_name", "housing.lessee_name", "tenancy.lease_start", "housing.rental_mode"} <= set(
        catalogue.asked({"housing.is_rental": True}, "housing")
    )


def test_what_the_dictionary_leaves_open_is_needed_where_a_system_concerned_cannot_do_without() -> None:
    stays, came = {"resident_category": "HJ", "hukou_consistency": "02"}, {"resident_category": "LD"}

    assert "permit_type" in catalogue.asked(came, "resident")
    assert "permit_type" in catalogue.needed(came, "resident")
    assert "permit_type" not in catalogue.needed(stays, "resident")


def test_only_a_shop_or_workshop_is_asked_what_place_it_is() -> None:
    assert "premises.place_type" not in catalogue.asked({"housing.house_form": "1"}, "housing")
    assert "premises.place_type" in catalogue.asked({"housing.house_form": "7"}, "housing")
    assert "premises.uscc" in catalogue.asked({"housing.house_form": "8", "premises.place_type": "03"}, "housing")


def test_a_small_child_is_asked_for_its_mother_and_an_adult_is_not() -> None:
    child = {"id_type": "111", "age": 3, "residency.days": 40}
    woman = {"id_type": "111", "age": 30, "sex": "2", "residency.days": 40}

    assert {"guardian_name", "guardian_id_number"} <= set(catalogue.asked(child, "resident"))
    assert not [name for name in catalogue.asked(woman, "resident") if name.startswith("guardian")]
