"""Exports in tests: asked for, made and read again, by another program than the one that wrote them."""

from __future__ import annotations

import io
from typing import Any

from python_calamine import CalamineWorkbook

from gridapp.org.models import User
from gridapp.registry import exports, exports_making
from gridapp.registry.exports import Wish
from gridapp.registry.models import Export, Record


def wish(**told: Any) -> Wish:
    return Wish(**{"kind": "resident", "criteria": {}, "purpose": "春季走访核对", **told})


def everybody(export: Export, told: Wish) -> Any:
    return Record.objects.filter(kind=told.kind, grid_code__startswith=export.area_code)


def made(by: User, *, rows: int = 1, agreed_by: User | None = None, **told: Any) -> Export:
    """Asked for, agreed to where somebody is named, and made as far as it goes."""
    export = exports.ask(wish(**told), by=by, rows=rows)
    if agreed_by is not None:
        assert exports.decide(export, agree=True, by=agreed_by)
    exports_making.go_on(everybody, 60)
    return Export.objects.get(pk=export.pk)


def taken(export: Export) -> bytes:
    content = exports.fetch(export.pk, by=export.by)
    assert content is not None
    return b"".join(content)


def read(content: bytes) -> list[list[Any]]:
    """The first sheet by another program than the one that wrote it."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def column(content: bytes, heading: str) -> list[str]:
    rows = read(content)
    place = rows[1].index(heading)
    return [row[place] for row in rows[2:]]
