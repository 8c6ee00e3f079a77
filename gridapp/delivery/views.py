"""The views that plans and lanes work from: the registry's, with the codes that other systems use for our grids."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from gridapp.org.grids import mapped
from gridapp.registry.views import Kept
from gridapp.registry.views import views as registry_views


def views(records: Sequence[Kept], *, on: date) -> dict[UUID, dict[str, Any]]:
    """Record id -> view. A fixed number of statements, whatever the number of records."""
    known = registry_views(records, on=on)
    for record in records:
        view = known[record.id]
        if record.verified_at:
            view["verified_at"] = record.verified_at.isoformat()
        if grid_code := view.get("housing.grid_code"):
            view.update(_mapped(str(grid_code)))
    return known


def _mapped(grid_code: str) -> Mapping[str, str]:
    period = settings.MAPPING_KEPT
    turn = int(time.monotonic() / period) if period else time.monotonic_ns()
    return _mapped_at(grid_code, str(connection.settings_dict["NAME"]), turn)


@lru_cache(maxsize=20_000)
def _mapped_at(grid_code: str, database: str, turn: int) -> Mapping[str, str]:
    """`turn` changes every few seconds: a mapping that an administrator corrects is followed soon."""
    return {f"mapped.{system}": code for system, code in mapped([grid_code]).get(grid_code, {}).items()}
