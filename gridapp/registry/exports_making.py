"""How the files of an export come about: workbook by workbook, each with how far it has come in one transaction.

Whatever is killed goes on where it was, and two at once do nothing twice, for one of them finds the row taken. No more
than one workbook is ever in memory.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from gridapp import sealing
from gridapp.dictionary import under_14

from . import exported, exports, rights
from .exports import State, Wish
from .exports_columns import cells, headings
from .exports_workbook import workbook
from .models import Export, ExportPart, Record
from .views import views

logger = logging.getLogger(__name__)

PART = 5000
"""Rows of one workbook: a few seconds' work."""
MOST = 100_000
"""Rows of an export: what is more is no list for a person any more, and is narrowed down first."""
_AT_ONCE = 250

Select = Callable[[Export, Wish], QuerySet[Record]]
"""The records of an export, as the user who asked for it may see them now."""


def due() -> bool:
    """Whether there is something to make."""
    return Export.objects.filter(state=State.MAKING).exists()


def go_on(select: Select, seconds: float) -> int:
    """Makes workbooks for so long; rows written. Stops early where nothing is left or somebody else is at it."""
    until, written = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        done = _part(select)
        if done is None:
            break
        written += done
    return written


def _part(select: Select) -> int | None:
    """The next workbook of the oldest export; its rows, None where there is none to be had."""
    with transaction.atomic():
        making = Export.objects.filter(state=State.MAKING).select_for_update(skip_locked=True, of=("self",))
        export = making.select_related("by", "decided_by").order_by("asked_at").first()
        if export is None:
            return None
        try:
            with transaction.atomic():
                return _carried(export, select)
        except DatabaseError:
            raise
        except Exception as error:
            # It would stand before all others for ever. What broke it may carry values: it is named by its kind alone.
            logger.error("export %s cannot be made: %s", export.pk, type(error).__name__)
            _throw_away(export, State.BROKEN)
            return 0


def _carried(export: Export, select: Select) -> int:
    wish = exports.wish_of(export)
    records = _next(select(export, wish), export)
    with translation.override(wish.language):
        return _write(export, wish, records) if records else _finish(export, wish)


def _next(found: QuerySet[Record], export: Export) -> list[Record]:
    """The next ones grid by grid, so that a worker's people stand together."""
    if export.after is not None:
        behind = Q(grid_code__gt=export.after_grid) | Q(grid_code=export.after_grid, pk__gt=export.after)
        found = found.filter(behind, grid_code__gte=export.after_grid)
    return list(found.order_by("grid_code", "pk")[:PART])


def _write(export: Export, wish: Wish, records: Sequence[Record]) -> int:
    barred = rights.restricted(record.pk for record in records)
    open_ones = [record for record in records if record.pk not in barred]
    shown = list(_rows(export, wish, open_ones))
    rows = sorted(row for _record_id, row in shown)
    export.left_out += len(open_ones) - len(rows)
    export.restricted += len(barred)
    export.rows += len(rows)
    if _is_too_much(export):
        return 0
    if rows:
        number = export.parts.count() + 1
        _keep(export, wish, rows, number)
        exported.keep(export, number, [record_id for record_id, _row in shown])
    export.after_grid, export.after = records[-1].grid_code, records[-1].pk
    export.save(update_fields=["rows", "left_out", "restricted", "after_grid", "after"])
    return len(rows)


def _keep(export: Export, wish: Wish, rows: Sequence[Sequence[str]], number: int) -> None:
    part = ExportPart(export=export, number=number, rows=len(rows))
    part.sealed = sealing.seal(_file(export, wish, rows), bound_to=part.bound_to)
    part.save(force_insert=True)


def _rows(export: Export, wish: Wish, records: Sequence[Record]) -> Iterator[tuple[UUID, list[str]]]:
    """Whose row, and the row. Of people under 14 there is none at all unless that was agreed to."""
    on, lang = timezone.localdate(), _lang(wish)
    for first in range(0, len(records), _AT_ONCE):
        some = records[first : first + _AT_ONCE]
        known = views(some, on=on)
        for record in some:
            view = known[record.pk]
            if wish.children or not _is_child(record, view, on):
                yield record.pk, cells(export.kind, view, numbers=wish.numbers, lang=lang)


def _is_child(record: Record, view: dict[str, object], on: date) -> bool:
    return record.kind == Record.Kind.RESIDENT and under_14(view, on)


def _is_too_much(export: Export) -> bool:
    """More than anybody may have, or more than one may have alone: what was made so far is thrown away."""
    if export.rows > MOST:
        _throw_away(export, State.TOO_MANY)
    elif export.rows > settings.EXPORT_ALONE_ROWS and export.decided_by_id is None:
        _throw_away(export, State.WAITING)
    return export.state != State.MAKING


def _throw_away(export: Export, state: State) -> None:
    exports.throw_away(export.pk, state)
    export.refresh_from_db(fields=["state", *exports.NOTHING_YET])


def _finish(export: Export, wish: Wish) -> int:
    """Also an export without a row gets a file: it says that there was nothing."""
    if not export.parts.exists():
        _keep(export, wish, [], 1)
    export.state, export.ready_at = State.READY, timezone.now()
    export.save(update_fields=["state", "ready_at"])
    return 0


def _file(export: Export, wish: Wish, rows: Sequence[Sequence[str]]) -> bytes:
    return workbook(
        rows,
        title=str(Record.Kind(export.kind).label),
        headings=headings(export.kind, _lang(wish)),
        mark=_mark(export, wish),
        row_mark=(_("出处"), f"{export.short_id} {export.by.display_name} {timezone.localdate():%Y-%m-%d}"),
    )


def _mark(export: Export, wish: Wish) -> str:
    """Who, when, what for, and who agreed."""
    told = [
        _("导出 %(id)s") % {"id": export.short_id},
        _("导出人 %(who)s（%(account)s）") % {"who": export.by.display_name, "account": export.by.username},
        timezone.localtime().strftime("%Y-%m-%d %H:%M"),
        _("用途：%(purpose)s") % {"purpose": wish.purpose},
    ]
    if export.decided_by is not None:
        told.append(_("批准人 %(who)s") % {"who": export.decided_by.display_name})
    if export.kind == Record.Kind.RESIDENT and not wish.children:
        told.append(_("不含 14 岁以下的人"))
    told.append(_("不含限制处理的人"))
    return " · ".join([*told, _("仅限上述用途，用后销毁")])


def _lang(wish: Wish) -> str:
    return "en" if wish.language.startswith("en") else "zh"
