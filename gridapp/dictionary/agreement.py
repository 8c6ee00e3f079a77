"""Rules across fields: values that cannot all be true. Judged from the values alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from . import documents
from .dates import months_later
from .holder import born, sex_of
from .refusals import Refusal, refusal

Values = Mapping[str, Any]
Rule = Callable[[Values, date], Iterator[Refusal]]

SHORTEST_NOTE = 5
LONGEST_LEASE = 20 * 12  # months; Civil Code, article 705
_UNOCCUPIED = ("2", "4")
_REGIONS = frozenset({"HKG", "MAC", "TWN"})
_REGION_DOCUMENTS = frozenset({"155", "156", "511", "516"})
_OWNERS_FAMILY = ("1", "2", "3", "4")

_NOT_IN_FUTURE = {
    "inflow_date": "date_future",
    "arrival_date": "date_future",
    "permit_register_date": "date_future",
    "death_date": "date_future",
    "residency.start_date": "date_future",
    "residency.end_date": "date_end_future",
}
_NOT_BEFORE_BIRTH = (
    "inflow_date",
    "arrival_date",
    "permit_register_date",
    "residency.start_date",
    "residency.end_date",
    "death_date",
)
_ORDER = (  # (field, other, wording): the field against the other
    ("residency.end_date", "residency.start_date", "before_other"),
    ("residency.planned_end_date", "residency.start_date", "before_other"),
    ("planned_departure_date", "arrival_date", "before_other"),
    ("permit_expiry_date", "permit_register_date", "not_after_other"),
    ("tenancy.lease_end", "tenancy.lease_start", "not_after_other"),
    ("inflow_date", "residency.start_date", "after_other"),
)
_BREAKS: dict[str, Callable[[date, date], bool]] = {
    "before_other": lambda this, other: this < other,
    "not_after_other": lambda this, other: this <= other,
    "after_other": lambda this, other: this > other,
}


def disagreements(values: Values, on: date) -> list[Refusal]:
    """Every refusal that the values cause together, on a day."""
    return [one for rule in _RULES for one in rule(values, on)]


def occupied(housing_status: str | None, occupants: int) -> Refusal | None:
    """A vacant (2) or demolished (4) housing with live residents is refused; `occupants` counts open residencies."""
    if housing_status in _UNOCCUPIED and occupants > 0:
        return refusal("housing.housing_status", "occupied")
    return None


def _number_and_person(values: Values, on: date) -> Iterator[Refusal]:
    number, typed = values.get("id_number"), values.get("birth_date")
    if values.get("sex") and values["sex"] != sex_of(values):
        yield refusal("sex", "sex_differs")
    if typed and typed != born(values):
        yield refusal("birth_date", "birth_differs")
    elif typed and typed > on:
        yield refusal("birth_date", "birth_future")
    elif typed and documents.years_between(typed, on) > documents.OLDEST:
        yield refusal("birth_date", "birth_too_old")
    if number and number == values.get("guardian_id_number"):
        yield refusal("guardian_id_number", "own_guardian")


def _document(values: Values, on: date) -> Iterator[Refusal]:
    kind, country = values.get("id_type"), values.get("nationality")
    if kind == "990" and len(values.get("id_reason") or "") < SHORTEST_NOTE:
        yield refusal("id_reason", "id_reason_missing")
    if country in _REGIONS and kind and kind not in _REGION_DOCUMENTS:
        yield refusal("nationality", "region_needs_document")
    number = values.get("id_number")
    if kind == "414" and country == "CHN" and number and not documents.is_chinese_passport(number):
        yield refusal("id_number", "passport_shape")


def _times(values: Values, on: date) -> Iterator[Refusal]:
    birth = born(values)
    for name, key in _NOT_IN_FUTURE.items():
        if (day := values.get(name)) and day > on:
            yield refusal(name, key)
    if birth:
        for name in _NOT_BEFORE_BIRTH:
            if (day := values.get(name)) and day < birth:
                yield refusal(name, "before_birth")
    for name, other, key in _ORDER:
        this, that = values.get(name), values.get(other)
        if this and that and _BREAKS[key](this, that):
            yield refusal(name, key, other=other)
    start, end = values.get("tenancy.lease_start"), values.get("tenancy.lease_end")
    if start and end and end > months_later(start, LONGEST_LEASE):
        yield refusal("tenancy.lease_end", "lease_too_long")


def _housing(values: Values, on: date) -> Iterator[Refusal]:
    dangers = values.get("housing.hidden_danger_types")
    if dangers and dangers != ["00"] and len(values.get("housing.hidden_danger_note") or "") < SHORTEST_NOTE:
        yield refusal("housing.hidden_danger_note", "danger_note_missing")
    status = values.get("housing.housing_status")
    if status == "4" and values.get("housing.is_rental"):
        yield refusal("housing.is_rental", "demolished_rental")
    lives_here = bool(values.get("residency.start_date")) and not values.get("residency.end_date")
    if status in _UNOCCUPIED and lives_here:
        yield refusal("housing.housing_status", "occupied")
    if values.get("residency.residency_kind") == "1":
        relation = values.get("residency.relation_to_owner")
        if relation and relation not in _OWNERS_FAMILY:
            yield refusal("residency.relation_to_owner", "owner_relation")


def _codes(values: Values, on: date) -> Iterator[Refusal]:
    code, grid = values.get("housing.housing_code") or "", values.get("housing.grid_code")
    building, community = values.get("housing.building_code"), values.get("housing.division_code")
    issued = code[:1].isdigit()
    if grid and issued and code[:12] != grid[:12]:
        yield refusal("housing.housing_code", "code_not_in_grid")
    if grid and community and community != grid[:12]:
        yield refusal("housing.division_code", "code_not_in_grid")
    if building and issued and code[:19] != building:
        yield refusal("housing.building_code", "code_not_of_building")


_RULES: tuple[Rule, ...] = (_number_and_person, _document, _times, _housing, _codes)
