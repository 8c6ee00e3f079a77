"""What it takes to forget a person: every row that holds something of them is emptied, or goes.

The record and its entries stay as empty shells, so that who did what and which office was told stays provable: without
a value, without tokens, in no area, so that nobody finds them.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Model, Q
from django.utils import timezone

from gridapp import sealing
from gridapp.org.models import Suggestion

from . import exports, rights
from .models import (
    Attachment,
    Entry,
    Export,
    ExportPart,
    FormerDocument,
    Household,
    LedgerPart,
    LedgerRow,
    NotSame,
    Objection,
    Photo,
    Record,
    Reference,
    Residency,
    SavedSearch,
    SetAside,
    Shown,
)

logger = logging.getLogger(__name__)

_NUMBERS = ("id_number", "phone", "permit_no")
_SHORTEST = 6
"""Characters from which on a number is looked for wherever it may stand."""
_GONE = "＊"


def bury(record: Record) -> list[UUID]:
    """Empties all that this part of the product holds of a resident; returns the homes they lived at.

    Runs inside the caller's transaction.
    """
    known = _known(record)
    homes = list(Residency.objects.filter(resident=record).values_list("housing_id", flat=True))
    entries = list(Entry.objects.filter(record=record).values_list("id", flat=True))
    _rows_of(record, entries)
    _households(record, known)
    _files(record)
    _strays(known)
    _empty(record, entries)
    rights.finish(record.pk)
    return list(dict.fromkeys(homes))


def _known(record: Record) -> dict[str, str]:
    """Values by which the person is told from others, as far as the record has them. One that does not open: none."""
    try:
        document = record.document()
    except sealing.Unsealable as error:
        logger.error("record %s does not open; what names the person elsewhere is not looked for: %s", record.pk, error)
        return {}
    return {name: str(document[name]) for name in (*_NUMBERS, "name", "former_name") if document.get(name)}


def _rows_of(record: Record, entries: Collection[UUID]) -> None:
    """What hangs on the record itself."""
    SetAside.objects.filter(Q(record=record) | Q(entry_id__in=entries)).delete()
    Photo.objects.filter(entry_id__in=entries).delete()
    Objection.objects.filter(record=record).delete()
    Shown.objects.filter(record_id=record.pk).update(sealed=b"")
    for model in (LedgerRow, Attachment, Reference, FormerDocument, NotSame):
        model._default_manager.filter(record=record).delete()


def _households(record: Record, known: dict[str, str]) -> None:
    """A household of one goes; of several, the person's name and numbers go from what is said of its head."""
    mine = list(Household.objects.filter(members__resident=record).distinct())
    Residency.objects.filter(resident=record).delete()
    for one in mine:
        if not one.members.exists():
            one.delete()
            continue
        if not known:
            continue
        said = sealing.unseal_json(one.sealed, bound_to=one.bound_to)
        kept = {name: value for name, value in said.items() if str(value) not in known.values()}
        if kept != said:
            one.sealed = sealing.seal_json(kept, bound_to=one.bound_to)
            one.save(update_fields=["sealed"])


def _files(record: Record) -> None:
    """A list for staff in which the person stands and that nobody has fetched: it is asked for anew without them."""
    found = Export.objects.filter(exported__records__contains=[record.pk], parts__isnull=False)
    for export_id in list(found.values_list("pk", flat=True).distinct()):
        ExportPart.objects.filter(export=export_id).delete()
        Export.objects.filter(pk=export_id, state=exports.State.READY).update(state=exports.State.EXPIRED)


def _strays(known: dict[str, str]) -> None:
    """Forms and rows that name the person without leading to the record: opened one by one, for they are few."""
    numbers = [known[name] for name in _NUMBERS if len(known.get(name, "")) >= _SHORTEST]
    if not numbers:
        return
    for row in _naming(SetAside, numbers):
        row.delete()
    for row in _naming(LedgerRow, numbers):
        row.delete()
    for row in _naming(LedgerPart, numbers):
        lines = sealing.unseal_json(row.sealed, bound_to=row.bound_to)
        _reseal(row, [line for line in lines if not _says(orjson.dumps(line), numbers)])
    searched = [*numbers, *([known["name"]] if "name" in known else [])]
    for row in _naming(SavedSearch, searched):
        row.delete()
    for row in _naming(Suggestion, numbers):
        text = row.text
        for number in numbers:
            text = text.replace(number, _GONE * 4)
        row.sealed = sealing.seal(text.encode(), bound_to=row.bound_to)
        row.save(update_fields=["sealed"])


def _naming(model: type[Model], words: Collection[str]) -> Iterator[Any]:
    """The rows whose sealed content has one of the words. One that does not open says nothing of anybody."""
    for row in model._default_manager.iterator(chunk_size=500):
        one: Any = row
        if _says(_opened(one), words):
            yield one


def _opened(row: Any) -> bytes:
    try:
        return sealing.unseal(row.sealed, bound_to=row.bound_to) if row.sealed else b""
    except sealing.Unsealable:
        return b""


def _says(content: bytes, words: Collection[str]) -> bool:
    return any(word.encode() in content for word in words)


def _reseal(row: Any, content: Any) -> None:
    row.sealed = sealing.seal_json(content, bound_to=row.bound_to)
    row.save(update_fields=["sealed"])


def _empty(record: Record, entries: Collection[UUID]) -> None:
    """The shells. An entry keeps who made it and when; its digest would tell whoever guesses right."""
    for entry in Entry.objects.filter(id__in=entries).only("number", "id"):
        nothing = sealing.seal_json({"set": {}, "entered": {}, "confirmed": []}, bound_to=entry.bound_to)
        Entry.objects.filter(pk=entry.pk).update(sealed=nothing, digest=b"")
    Record.objects.filter(pk=record.pk).update(
        sealed=sealing.seal_json({}, bound_to=record.bound_to),
        identity=None,
        tokens=[],
        grid_code="",
        closed_at=record.closed_at or timezone.now(),
        verified_at=None,
        updated_at=timezone.now(),
    )
