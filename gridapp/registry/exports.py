"""Exports: who asks for which records and why, who agrees, who fetches the file. The row stays, the file does not.

An export that is large, or shows people under 14 or whole document numbers, needs a second person. The file is made by
a task (`exports_making`), lies here sealed, goes out once to who asked for it, and is gone within a day.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gridapp import sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.org import scope
from gridapp.org.models import User

from . import exported, rights
from .models import Export, ExportPart

logger = logging.getLogger(__name__)

KEPT = timedelta(days=1)
"""A file that nobody fetched for so long is deleted."""
LONGEST = 200
"""Characters of a purpose or a reason."""
_SHORTEST = 4
NOTHING_YET: Mapping[str, Any] = {"rows": 0, "left_out": 0, "restricted": 0, "after_grid": "", "after": None}
"""Of an export of which nothing was made."""
State = Export.State


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants. `children`: people under 14, too; `numbers`: document numbers and phones in full.

    `criteria`: the search, as its page keeps it. `language`: of the headings.
    """

    kind: str
    criteria: Mapping[str, str]
    purpose: str
    reason: str = ""
    children: bool = False
    numbers: bool = False
    language: str = "zh-hans"

    @property
    def is_delicate(self) -> bool:
        return self.children or self.numbers

    def lacks(self) -> list[str]:
        """What has to be said before it can be asked for: "purpose", "reason"."""
        told = {"purpose": self.purpose} | ({"reason": self.reason} if self.is_delicate else {})
        return [name for name, text in told.items() if not _SHORTEST <= len(text.strip()) <= LONGEST]


def ask(wish: Wish, *, by: User, rows: int) -> Export:
    """Files the wish; `rows`: how many it is about, as far as that was counted. Raises ValueError where it `lacks`."""
    if wish.lacks():
        raise ValueError(f"an export says its {' and '.join(wish.lacks())}")
    export = Export(by=by, kind=wish.kind, area_code=_area_of([*scope.prefixes(by)], wish.criteria.get("area", "")))
    alone = rows <= settings.EXPORT_ALONE_ROWS and not wish.is_delicate
    export.state = State.MAKING if alone else State.WAITING
    export.sealed = sealing.seal_json(asdict(wish), bound_to=export.bound_to)
    with transaction.atomic():
        export.save(force_insert=True)
        delicate = [name for name in ("numbers", "children") if getattr(wish, name)]
        note(Act.EXPORT_ASKED, by=by.pk, about=f"export:{export.pk}", rows=rows, alone=alone, delicate=delicate)
    logger.info("user %s asked for export %s (%s)", by.pk, export.pk, export.state)
    return export


def wish_of(export: Export) -> Wish:
    """What was asked for. Raises sealing.Unsealable."""
    return Wish(**export.document())


def seen_by(by: User) -> QuerySet[Export]:
    """Somebody's own exports and those of areas they oversee, newest first."""
    mine = Q(by=by) | scope.condition(by, "area_code")
    return Export.objects.filter(mine).select_related("by", "decided_by").order_by("-asked_at", "pk")


def may_agree(export: Export, by: User) -> bool:
    """True for a second person who decides about the whole area that the export is of."""
    if export.by_id == by.pk or not scope.may_decide(by):
        return False
    return scope.allows(by, export.area_code)


def decide(export: Export, *, agree: bool, by: User) -> bool:
    """Agrees or refuses; False where it is not theirs to decide, or no longer open."""
    if not may_agree(export, by):
        return False
    state = State.MAKING if agree else State.REFUSED
    waiting = Export.objects.filter(pk=export.pk, state=State.WAITING)
    with transaction.atomic():
        decided = waiting.update(state=state, decided_by=by, decided_at=timezone.now())
        if decided:
            note(Act.EXPORT_DECIDED, by=by.pk, about=f"export:{export.pk}", agreed=agree)
    if decided:
        logger.info("user %s decided on export %s: %s", by.pk, export.pk, state)
    return bool(decided)


def fetch(export_id: UUID, *, by: User) -> Iterator[bytes] | None:
    """The file, for who asked for it and once; None where there is none to be had. It is deleted when it is out.

    One workbook, or several in a ZIP archive, one of them in memory at a time. Where the processing of somebody in it
    was restricted since, it is made anew instead.
    """
    ready = Export.objects.filter(pk=export_id, by=by, state=State.READY, ready_at__gt=timezone.now() - KEPT)
    with transaction.atomic():
        if not ready.update(state=State.FETCHED, fetched_at=timezone.now()):
            return None
        if rights.restricted(exported.records_of(export_id)):
            throw_away(export_id, State.MAKING)
            logger.info("export %s is made anew without who is restricted", export_id)
            return None
        note(Act.EXPORT_FETCHED, by=by.pk, about=f"export:{export_id}")
    logger.info("user %s fetched export %s", by.pk, export_id)
    return _handed_out(export_id)


def throw_away(export_id: UUID, state: Export.State) -> None:
    """Deletes what was made so far. Runs inside the caller's transaction."""
    ExportPart.objects.filter(export=export_id).delete()
    exported.forget(export_id)
    Export.objects.filter(pk=export_id).update(state=state, ready_at=None, fetched_at=None, **NOTHING_YET)


def file_name(export: Export) -> str:
    """A name without anything of its content: E1A2B3C4.xlsx, or .zip where there are several workbooks."""
    return f"{export.short_id}.{'zip' if export.parts.count() > 1 else 'xlsx'}"


def expire() -> int:
    """Deletes the files that nobody fetched in time, and what a broken download left; how many exports expired."""
    late = Export.objects.filter(state=State.READY, ready_at__lte=timezone.now() - KEPT)
    number = late.update(state=State.EXPIRED)
    over = Q(state=State.EXPIRED) | Q(state=State.FETCHED, fetched_at__lt=timezone.now() - timedelta(hours=1))
    ExportPart.objects.filter(export__in=Export.objects.filter(over)).delete()
    return number


def _handed_out(export_id: UUID) -> Iterator[bytes]:
    parts = ExportPart.objects.filter(export=export_id).order_by("number")
    try:
        if parts.count() > 1:
            yield from _zipped(export_id, parts.iterator(chunk_size=1))
        else:
            yield from (_opened(part) for part in parts)
    finally:
        parts.delete()


def _zipped(export_id: UUID, parts: Iterable[ExportPart]) -> Iterator[bytes]:
    """Workbooks are packed already: they are only put one after the other."""
    out = _Outlet()
    with zipfile.ZipFile(out, "w") as archive:
        for part in parts:
            archive.writestr(f"{export_id.hex[:8].upper()}-{part.number}.xlsx", _opened(part))
            yield out.taken()
    yield out.taken()


class _Outlet(io.RawIOBase):
    """What was written and not yet taken. Nothing can be sought in it: it is on its way out."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._held += piece
        return len(piece)

    def taken(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held


def _opened(part: ExportPart) -> bytes:
    return sealing.unseal(part.sealed, bound_to=part.bound_to)


def _area_of(prefixes: list[str], chosen: str) -> str:
    """The smallest area that holds all of it: the chosen one, else what all areas of the user begin with."""
    if chosen and chosen.startswith(tuple(prefixes)):
        return chosen
    first, last = min(prefixes, default=""), max(prefixes, default="")
    differ = (place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1])
    common = first[: next(differ, min(len(first), len(last)))]
    return common[: max((size for size in (0, 6, 9, 12, 15) if size <= len(common)), default=0)]
