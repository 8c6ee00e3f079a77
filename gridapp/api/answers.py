"""What the API says of a record: its values masked, where the person lives, where its deliveries stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gridapp.delivery import clock, standing
from gridapp.dictionary import mask, under_14
from gridapp.registry.models import Record, Residency
from gridapp.registry.views import views

from . import names

_BLOCKS = {Record.Kind.RESIDENT: ("residency", "household"), Record.Kind.HOUSING: ("tenancy", "premises")}
_EVERY_BLOCK = ("residency", "household", "tenancy", "premises")


def record(found: Record) -> dict[str, Any]:
    """The whole of one record, in a fixed number of statements. Raises sealing.Unsealable."""
    today = clock.day(clock.now())
    view = views([found], on=today)[found.id]
    kind = Record.Kind(found.kind)
    child = under_14(view, today)
    return {
        **_columns(found),
        "created_at": found.created_at,
        "verified_at": found.verified_at,
        "fields": names.shown(view, kind, child=child) or {},
        "housing": _home(found, view, child=child),
        **{block: _block(view, block, kind, child=child) for block in _EVERY_BLOCK},
        "deliveries": standing.of(found),
    }


def hits(found: Sequence[Record]) -> list[dict[str, Any]]:
    """One line per record of a search, in its order. Three statements however many there are."""
    today = clock.day(clock.now())
    known = views(found, on=today)
    return [_hit(one, known[one.id], child=under_14(known[one.id], today)) for one in found]


def _block(view: Mapping[str, Any], block: str, kind: Record.Kind, *, child: bool) -> dict[str, Any] | None:
    return names.shown(view, block, child=child, short=True) if block in _BLOCKS[kind] else None


def _hit(found: Record, view: Mapping[str, Any], *, child: bool) -> dict[str, Any]:
    address = mask("housing.address", view.get("housing.address"), child=child)
    name = mask("name", view.get("name"), child=child)
    return {
        **_columns(found),
        "label": address if found.kind == Record.Kind.HOUSING else name,
        "address": address,
        "housing_code": view.get("housing.housing_code", ""),
    }


def _columns(found: Record) -> dict[str, Any]:
    return {
        "id": found.id,
        "kind": found.kind,
        "grid_code": found.grid_code,
        "version": found.version,
        "updated_at": found.updated_at,
        "closed_at": found.closed_at,
    }


def _home(found: Record, view: Mapping[str, Any], *, child: bool) -> dict[str, Any] | None:
    home = _home_of(found) if found.kind == Record.Kind.RESIDENT else None
    if home is None:
        return None
    return {
        "id": home,
        "housing_code": view.get("housing.housing_code", ""),
        "grid_code": view.get("housing.grid_code", ""),
        "address": mask("housing.address", view.get("housing.address"), child=child),
    }


def _home_of(resident: Record) -> UUID | None:
    # The same one that the view speaks of: the open main home, else another open one, else the last.
    homes = Residency.objects.filter(resident=resident).order_by("-is_open", "-is_primary", "-created_at")
    return homes.values_list("housing_id", flat=True).first()
