"""The dictionary's judgement of what was entered, raised as one refusal of everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.conf import settings

from gridapp.dictionary import Refusal, validate

from .refusals import Refused, refusal

_NO_ETHNICITY = frozenset({"155", "156", "414", "511", "516", "553", "554"})
"""Documents of people from outside the mainland, which name no ethnic group."""

RESIDENT = ("id_number", "name", "ethnicity", "phone")
RESIDENCY = ("residency.residency_kind", "residency.start_date")
HOUSING = (
    "housing.room_no",
    "housing.house_form",
    "housing.housing_status",
    "housing.owner_type",
    "housing.is_rental",
)
"""What the dictionary marks Y (always required) and a person gives; the rest depends on the targets."""


def judged(raw: Mapping[str, Any], *, on: date, required: Iterable[str] = ()) -> dict[str, Any]:
    """The normalised values that are known. Raises Refused for everything that is wrong or missing."""
    checked = validate(raw, on=on, practice=settings.PRACTICE)
    refused = {one.field for one in checked.refusals}
    missing = [name for name in required if checked.values.get(name) is None and name not in refused]
    refusals = [*checked.refusals, *(refusal(name, "missing") for name in _excused(missing, checked.values))]
    if refusals:
        raise Refused(refusals)
    return {name: value for name, value in checked.values.items() if value is not None and value != []}


def judged_changes(
    known: Mapping[str, Any], changes: Mapping[str, Any], *, on: date, required: Iterable[str] = ()
) -> dict[str, Any]:
    """The normalised values of `changes`, None where one empties a field, judged together with what is known already.

    What was wrong before and is not touched now does not block: rules change, old records stay. Raises Refused.
    """
    after = validate({**known, **changes}, on=on, practice=settings.PRACTICE)
    refusals = [one for one in after.refusals if one.field in changes]
    elsewhere = [one for one in after.refusals if one.field not in changes]
    if elsewhere:
        before = {(one.field, one.code) for one in validate(known, on=on, practice=settings.PRACTICE).refusals}
        refusals += [one for one in elsewhere if (one.field, one.code) not in before]
    refused = {one.field for one in refusals}
    emptied = [name for name in required if name in changes and after.values.get(name) is None and name not in refused]
    refusals += [refusal(name, "missing") for name in _excused(emptied, after.values)]
    if refusals:
        raise Refused(refusals)
    return {name: after.values.get(name) for name in changes}


def none_of(form_fields: Mapping[str, Any], names: Iterable[str], code: str) -> list[Refusal]:
    """A refusal for each of `names` that the form fills in: another action is for those."""
    return [refusal(name, code) for name in names if form_fields.get(name) not in (None, "", [])]


def _excused(missing: Iterable[str], values: Mapping[str, Any]) -> list[str]:
    kind = values.get("id_type")
    excused = set()
    if kind in _NO_ETHNICITY:
        excused.add("ethnicity")
    if kind == "990":
        excused.add("id_number")
    return [name for name in missing if name not in excused]
