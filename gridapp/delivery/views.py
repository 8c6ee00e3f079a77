"""The views that plans and lanes work from: the registry's, with the codes that other systems use for our grids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from gridapp.org.grids import mapped as mapped_codes
from gridapp.registry.models import Record
from gridapp.registry.views import views as registry_views

UNREAD = ("tokens", "identity", "created_at", "updated_at")
"""Columns of a record that no view reads: left out where many records are loaded."""


def views(records: Sequence[Record], *, on: date) -> dict[UUID, dict[str, Any]]:
    """Record id -> view. A fixed number of statements, whatever the number of records."""
    known = registry_views(records, on=on)
    grids = {str(view.get("housing.grid_code") or "") for view in known.values()}
    mapped = mapped_codes(grids)
    for record in records:
        view = known[record.id]
        if record.verified_at:
            view["verified_at"] = record.verified_at.isoformat()
        for system, code in mapped.get(str(view.get("housing.grid_code") or ""), {}).items():
            view[f"mapped.{system}"] = code
    return known
