"""Doubts: values that may be true and mostly are not. Asked once, never blocking."""

from __future__ import annotations

from typing import Any

from .documents import years_between
from .holder import born, sex_of
from .parsing import Circumstances
from .tables import load

_RELATIONS_OF_THE_OTHER_SEX = {
    "1": frozenset(load("local.json")["relations_of_women"]),
    "2": frozenset(load("local.json")["relations_of_men"]),
}
_MARRIAGEABLE = {"1": 22, "2": 20}  # Civil Code, article 1047: years of age by sex
_OVERSEAS_ONLY = (
    "foreign_surname",
    "foreign_given_name",
    "visit_purpose",
    "arrival_date",
    "planned_departure_date",
)
_RENTAL_ONLY = ("housing.rental_use", "housing.rental_mode", "housing.rental_rooms")
_HUGE_FLAT = 1000  # m²


def wonder_at(values: dict[str, Any], circumstances: Circumstances) -> None:
    """Adds the doubts that the values raise together."""
    known = {name: value for name, value in values.items() if value is not None}
    _about_age(known, circumstances)
    _about_person(known, circumstances)
    _about_housing(known, circumstances)


def _about_age(values: dict[str, Any], circumstances: Circumstances) -> None:
    birth = born(values)
    if birth is None or birth > circumstances.on:
        return
    age = years_between(birth, circumstances.on)
    wonder = circumstances.wonder
    if age >= 100:
        wonder("id_number" if "id_number" in values else "birth_date", "over_100")
    if age < 60 and "care_living_mode" in values:
        wonder("care_living_mode", "elder_only")
    if values.get("marital_status", "10") != "10" and age < _MARRIAGEABLE.get(sex_of(values) or "", 20):
        wonder("marital_status", "married_young")
    political = values.get("political_status", "13")
    if age < 14 and political != "13":
        wonder("political_status", "politics_child")
    elif age < 18 and political in ("01", "02"):
        wonder("political_status", "party_young")
    education = values.get("education", "90")
    if age < 6 and education != "90":
        wonder("education", "education_child")
    elif age < 18 and "10" <= education <= "33":
        wonder("education", "education_young")


def _about_person(values: dict[str, Any], circumstances: Circumstances) -> None:
    wonder = circumstances.wonder
    if values.get("sex") in ("0", "9") and not circumstances.importing:
        wonder("sex", "sex_unstated")
    if values.get("id_type") in ("111", "112", "117"):
        for name in _OVERSEAS_ONLY:
            if name in values:
                wonder(name, "overseas_only")
    expiry = values.get("id_doc_expiry_date")
    if expiry and expiry < circumstances.on:
        wonder("id_doc_expiry_date", "document_expired")
    if values.get("permit_type") == "02" and not circumstances.importing:
        wonder("permit_type", "old_permit")
    against = _RELATIONS_OF_THE_OTHER_SEX.get(sex_of(values) or "", frozenset())
    for name in ("residency.relation_to_head", "household.relation_to_head"):
        if values.get(name) in against:
            wonder(name, "relation_sex")


def _about_housing(values: dict[str, Any], circumstances: Circumstances) -> None:
    if values.get("housing.house_form") in ("1", "2") and values.get("housing.floor_area", 0) > _HUGE_FLAT:
        circumstances.wonder("housing.floor_area", "floor_area_large")
    if values.get("housing.is_rental") is False:
        for name in _RENTAL_ONLY:
            if name in values:
                circumstances.wonder(name, "not_let")
