"""Which columns an export has and what stands in them: words instead of codes, masked but for what was agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp import dictionary
from gridapp.dictionary import FIELDS

from .models import Record

COLUMNS: Mapping[str, tuple[str, ...]] = {
    Record.Kind.RESIDENT: (
        "housing.grid_code", "name", "sex", "birth_date", "age", "id_type", "id_number", "phone", "nationality",
        "ethnicity", "resident_category", "hukou_division", "hukou_consistency", "education", "occupation",
        "employer_name", "housing.housing_code", "housing.address", "residency.residency_kind", "residency.start_date",
        "residency.is_primary", "residency.verified_at",
    ),
    Record.Kind.HOUSING: (
        "housing.grid_code", "housing.housing_code", "housing.address", "housing.floor_no", "housing.room_no",
        "housing.house_form", "housing.housing_status", "housing.floor_area", "housing.owner_type",
        "housing.owner_name", "housing.owner_phone", "housing.is_rental", "housing.rental_use", "housing.rental_mode",
        "housing.occupant_count", "housing.last_visit_at",
    ),
}  # fmt: skip
WHOLE = ("id_number", "phone", "housing.owner_phone")
"""What is shown in full where that was agreed to; nothing else of its kind ever is."""


def headings(kind: str, lang: str) -> list[str]:
    """The labels of the columns. `lang`: zh or en."""
    return [FIELDS[name].label(lang) for name in COLUMNS[kind]]


def cells(kind: str, view: Mapping[str, Any], *, numbers: bool, lang: str) -> list[str]:
    """One row as texts. `numbers`: document numbers and phones in full."""
    return [_said(name, view.get(name), whole=numbers and name in WHOLE, lang=lang) for name in COLUMNS[kind]]


def _said(name: str, value: Any, *, whole: bool, lang: str) -> str:
    if value is None or value == "" or value == []:
        return ""
    field = FIELDS[name]
    if field.sensitivity == "S3":
        return dictionary.mask(name, value)
    if field.table:
        codes = value if isinstance(value, list) else [value]
        return _("、").join(dictionary.table(field.table).label(str(code), lang) for code in codes)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if field.type == "division":
        return "".join(dictionary.division_path(str(value))) or str(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    return str(value) if whole else dictionary.mask(name, value)
