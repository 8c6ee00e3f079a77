"""A form of a tablet that could not be saved, kept as the outbox keeps it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.db import transaction

from gridapp.org.models import User
from gridapp.registry import set_aside
from gridapp.registry.models import Record, SetAside
from gridapp.registry.refusals import refusal


def collision(by: User, record: Record, *wrong: str, base_version: int = 1, **typed: Any) -> SetAside:
    """A correction of `record` that met another one of the fields `wrong`; `typed`: what stands in the form."""
    form = {"base_version": str(base_version), "act": "correct", **dotted(typed)}
    refusals = [refusal(name, "changed_meanwhile") for name in wrong or ("phone",)]
    path = f"/records/{record.pk}/correct/"
    return kept(by, path, form, refusals=refusals, is_conflict=True, record=record, grid_code=record.grid_code)


def kept(by: User, path: str, form: dict[str, Any], **told: Any) -> SetAside:
    """Any form. `told`: as set_aside.keep takes it, without refusals and record unless given."""
    known: dict[str, Any] = {
        "refusals": [], "doubts": [], "is_conflict": False, "record": None, "grid_code": "", "made_at": None,
    }  # fmt: skip
    entry_id: UUID = told.pop("entry_id", None) or uuid4()
    with transaction.atomic():
        return set_aside.keep(entry_id, path=path, form=urlencode(form, doseq=True), by=by, **{**known, **told})


def dotted(fields: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("__", "."): value for name, value in fields.items()}
