"""Which systems a record fills and what each still misses, while the worker types."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gridapp import catalogue
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import Kind
from gridapp.dictionary import derive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]

ON = date(2024, 3, 15)
TENANT: dict[str, Any] = {
    "id_type": "111",
    "id_number": "990101199202290010",
    "name": "张三",
    "ethnicity": "01",
    "phone": "13912345670",
    "hukou_division": "440305",
    "hukou_address": "测试路1号",
    "residency.residency_kind": "2",
    "residency.start_date": date(2024, 3, 10),
    "inflow_reason": "01",
    "housing.grid_code": "990101001001001",
    "housing.housing_code": "9901010010010000001000301",
    "housing.address": "测试区测试路1号301室",
    "housing.is_rental": True,
    "mapped.police_grid": "990101000001",
}


def ready(values: dict[str, Any], kind: str = "resident") -> dict[str, catalogue.Readiness]:
    view = derive(values, on=ON, home_city="9901")
    return {one.profile.key: one for one in catalogue.readiness(view, kind)}


def test_only_the_targets_concerned_are_shown_in_the_order_of_pages() -> None:
    found = ready(TENANT)

    assert list(found) == ["JZDJ", "ZZSB", "PDA", "WG", "SZZ", "GXPT"]


def test_a_target_without_a_row_takes_no_part() -> None:
    Target.objects.exclude(key="WG").delete()

    assert list(ready(TENANT)) == ["WG"]


def test_connected_and_not_yet_connected_are_told_apart() -> None:
    found = ready(TENANT)

    assert {key for key, one in found.items() if one.connected} == {"JZDJ", "PDA", "WG"}


def test_what_is_still_missing_is_named_and_a_complete_one_is_ready() -> None:
    found = ready(TENANT)

    assert found["PDA"].ready
    assert found["JZDJ"].ready
    assert found["WG"].missing[:3] == ["native_place", "marital_status", "political_status"]
    assert not found["WG"].ready


def test_a_number_another_target_gives_is_waited_for_and_not_asked_of_a_person() -> None:
    found = ready({name: value for name, value in TENANT.items() if name != "housing.housing_code"})

    assert found["PDA"].awaits == ("FWBM",)
    assert found["PDA"].missing == []
    assert found["PDA"].ready


def test_a_grid_without_their_code_is_an_operators_matter() -> None:
    found = ready({name: value for name, value in TENANT.items() if name != "mapped.police_grid"})

    assert found["JZDJ"].unmapped
    assert found["JZDJ"].missing == []


def test_a_value_one_target_cannot_express_is_said_before_it_is_sent() -> None:
    found = ready({**TENANT, "name": "㛃兰"})

    assert [name for name, _ in found["PDA"].refused] == ["name"]
    assert "㛃" in found["PDA"].refused[0][1]
    assert found["JZDJ"].refused == ()


def test_birth_date_and_sex_are_not_missed_but_the_number_they_follow_from() -> None:
    found = ready({name: value for name, value in TENANT.items() if name != "id_number"})

    assert "id_number" in found["PDA"].missing
    assert not {"sex", "birth_date"} & set(found["PDA"].missing)


def test_of_a_passport_birth_date_and_sex_are_missed() -> None:
    passport = {**TENANT, "id_type": "414", "id_number": "E12345678", "nationality": "FRA"}

    assert {"sex", "birth_date"} <= set(ready(passport)["WG"].missing)


def test_nothing_typed_yet_shows_the_systems_that_concern_everybody() -> None:
    assert list(ready({})) == ["PDA", "WG", "GXPT"]
    assert list(ready({}, "housing")) == ["FWBM", "WG", "GXPT"]


def test_the_kind_may_be_given_as_text_or_as_itself() -> None:
    assert catalogue.readiness({}, Kind.HOUSING) == catalogue.readiness({}, "housing")


def test_it_costs_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        catalogue.readiness({}, "resident")


def test_nothing_configured_is_said_to_be_ready_or_asked_for_another_kind(district: dict[str, Configured]) -> None:
    names = {name.partition(".")[0] for name in catalogue.asked({}, "resident") if "." in name}

    assert names <= {"residency", "household"}
    assert all(name.startswith(("housing.", "tenancy.", "premises.")) for name in catalogue.asked({}, "housing"))
