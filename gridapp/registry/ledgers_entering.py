"""What becomes of one row of a ledger: an entry like any other, nothing new, something else than we know, or a mistake.

Everything is judged where every entry is judged; here is only what the row means.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gridapp.dictionary import Refusal, validate
from gridapp.org.models import User

from . import alike, homes
from .documents import stored
from .entries import Entered, enter
from .forms import Action, EntryForm, Kind
from .identity import blind_identities
from .ledgers_columns import LOCATING
from .ledgers_places import Places
from .ledgers_reading import Line
from .ledgers_values import Row, row_of
from .models import Ledger, LedgerRow, Record
from .reach import visible
from .refusals import OutOfScope, Refused
from .together import Together, Unforeseen

_KNOWN = {"lives_here", "lives_elsewhere", "room_taken", "code_taken"}
"""Why an arrival is refused that is none: the record is there, and is compared."""
HOME = "housing"
"""Stands among the names of fields that differ where somebody is known to live elsewhere."""
ALIKE = "alike"
"""Stands there alone where somebody is not known, but may be the person of a record with another document."""


class Became(StrEnum):
    ENTERED = "entered"
    SAME = "same"
    ASIDE = "aside"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Came:
    """What one row came to. `entered`: its entry. `record`: whom it is about, where that is known. `given`: its values
    as they would be stored, `differs`: the names that we know otherwise; `home`, `grid_code`: the flat it names."""

    row: Row
    became: Became
    entered: Entered | None = None
    record: Record | None = None
    refusals: tuple[Refusal, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    differs: tuple[str, ...] = ()
    home: UUID | None = None
    grid_code: str = ""

    def content(self) -> dict[str, Any]:
        """What is sealed of a row that needs a person."""
        refusals = [asdict(one) for one in self.refusals]
        if self.record is None:
            return {"cells": self.row.cells, "refusals": refusals}
        return {
            "cells": self.row.cells,
            "refusals": refusals,
            "given": self.given,
            "differs": self.differs,
            "home": self.home,
            "grid_code": self.grid_code,
            "version": self.record.version,
        }


def entry_id(ledger_id: UUID, number: int, what: str = "row") -> UUID:
    """The id of the entry that a row becomes: the same row again is the same entry."""
    return uuid5(ledger_id, f"{what} {number}")


def take_all(ledger: Ledger, rows: Sequence[Line], places: Places, *, by: User) -> list[Came]:
    """Enters some rows, new people together, the others one by one; nothing of a row is written unless it was entered.

    Runs inside the caller's transaction.atomic(), which plans what was entered.
    """
    read = [row_of(number, cells, ledger.fields, ledger.defaults) for number, cells in rows]
    if ledger.kind == Kind.HOUSING:
        return [_take(ledger, row, places, by) for row in read]
    places.look_up(row.values for row in read)
    views = [_looked_for(row.values) for row in read]
    alikes = alike.perhaps_among(views, by=by)
    books, met, came = _asked(ledger, read, views, places), _Met(), []
    for place, (row, view) in enumerate(zip(read, views, strict=True)):
        one = _take(ledger, row, places, by, suspect=alikes.get(place) or met.alike(view), books=books)
        if one.entered:
            met.add(view, one.entered.record)
        came.append(one)
    books.write()
    return came


class _Met:
    """Who arrived with the rows before: a ledger may have somebody twice, once with a mistyped number."""

    def __init__(self) -> None:
        self._by: dict[tuple[str, Any], list[tuple[Mapping[str, Any], Record]]] = defaultdict(list)

    def add(self, view: Mapping[str, Any], record: Record) -> None:
        for name in _AGREEING & view.keys():
            self._by[name, view[name]].append((view, record))

    def alike(self, view: Mapping[str, Any]) -> Record | None:
        some = (pair for name in _AGREEING & view.keys() for pair in self._by.get((name, view[name]), ()))
        return next((record for known, record in some if alike.may_be(view, known)), None)


_AGREEING = frozenset({"name", "phone"})


def _asked(ledger: Ledger, rows: Sequence[Row], views: Sequence[Mapping[str, Any]], places: Places) -> Together:
    """The books, asked for everybody who may arrive."""
    homes, ids = set(), []
    identities: list[bytes] = []
    for row, view in zip(rows, views, strict=True):
        with contextlib.suppress(Refused):
            homes.add(places.flat(row.values).id)
            ids.append(entry_id(ledger.id, row.number))
            identities += blind_identities(view.get("id_type") or "111", view.get("id_number"))
    return Together(ids, identities, homes)


def _looked_for(values: Mapping[str, Any]) -> dict[str, Any]:
    """What people are compared by, as it is stored; half of a mistyped row finds nobody, and is refused anyway."""
    told = {name: values[name] for name in ("id_type", "id_number", "name", "phone") if values.get(name)}
    return stored(validate(told, on=timezone.localdate(), practice=settings.PRACTICE).values)


def _take(
    ledger: Ledger, row: Row, places: Places, by: User, *, suspect: Record | None = None, books: Together | None = None
) -> Came:
    if row.refusals:
        return Came(row, Became.WRONG, refusals=tuple(row.refusals))
    try:
        form = _form(ledger, row, places)
        if suspect is not None and books is not None:
            books.write()  # who has this very document may be among them
        if suspect is not None and alike.same_document(_looked_for(form.fields), by=by) is None:
            return _asked_about(row, form, suspect)
        try:
            entered = _entered(form, by, books)
        except Refused as refused:
            if not _KNOWN & {one.code for one in refused.refusals}:
                raise
            return _compared(row, form, places, by) or Came(row, Became.WRONG, refusals=refused.refusals)
        return Came(row, Became.ENTERED, entered, entered.record)
    except Refused as refused:
        return Came(row, Became.WRONG, refusals=refused.refusals)
    except OutOfScope:
        return Came(row, Became.WRONG, refusals=(broken(),))


def _entered(form: EntryForm, by: User, books: Together | None) -> Entered:
    """With the others where it can be, else by itself."""
    if books is not None:
        try:
            return enter(form, by=by, books=books)
        except Unforeseen:
            books.write()  # it may be about one of them
    with transaction.atomic():
        entered = enter(form, by=by)
    if books is not None:
        books.forget(form.housing)
    return entered


def _asked_about(row: Row, form: EntryForm, suspect: Record) -> Came:
    """Nobody is entered who may be somebody else with a mistyped number: two people are told apart by a person."""
    given = stored(validate(form.fields, on=timezone.localdate(), practice=settings.PRACTICE).values)
    home = form.housing if isinstance(form.housing, UUID) else None
    return Came(row, Became.ASIDE, record=suspect, given=given, differs=(ALIKE,), home=home, grid_code=form.grid_code)


def decided(row: LedgerRow, content: Mapping[str, Any], record: Record) -> EntryForm:
    """The correction or the move that takes over what a row says otherwise; of another person, the arrival."""
    given, moves = content["given"], HOME in content["differs"]
    if ALIKE in content["differs"]:
        id_ = entry_id(row.ledger_id, row.number, "decided")
        home = UUID(content["home"])
        return EntryForm(id_, Kind.RESIDENT, Action.CREATE, content["grid_code"], given, housing=home)
    names = set(content["differs"]) - {HOME}
    if moves:
        names |= {name for name in given if name.startswith("residency.")}
    return EntryForm(
        id=entry_id(row.ledger_id, row.number, "decided"),
        kind=Kind(record.kind),
        action=Action.MOVE if moves else Action.CORRECT,
        grid_code=content["grid_code"] if moves else record.grid_code,
        fields={name: given[name] for name in names},
        record=record.id,
        housing=UUID(content["home"]) if moves else None,
        base_version=content["version"],
    )


def _form(ledger: Ledger, row: Row, places: Places) -> EntryForm:
    id_ = entry_id(ledger.id, row.number)
    if ledger.kind == Kind.HOUSING:
        grid_code, values = places.placed(row.values)
        return EntryForm(id_, Kind.HOUSING, Action.CREATE, grid_code, values)
    flat = places.flat(row.values)
    fields = {name: value for name, value in row.values.items() if name not in LOCATING}
    return EntryForm(id_, Kind.RESIDENT, Action.CREATE, flat.grid_code, fields, housing=flat.id)


def _compared(row: Row, form: EntryForm, places: Places, by: User) -> Came | None:
    """The row beside the record that is there already; None where it is nobody's whom `by` may see."""
    given = stored(validate(form.fields, on=timezone.localdate(), practice=settings.PRACTICE).values)
    home = form.housing if isinstance(form.housing, UUID) else None
    record = alike.same_document(given, by=by) if home else _flat(given, form, places, by)
    if record is None:
        return None
    now, lives_there = _known(record, home)
    differs = [name for name in given if name in row.given - _OF_PLACE and now.get(name) != given[name]]
    if home and not lives_there:
        differs.append(HOME)
    became = Became.ASIDE if differs else Became.SAME
    return Came(row, became, record=record, given=given, differs=tuple(differs), home=home, grid_code=form.grid_code)


_OF_PLACE = frozenset(LOCATING) - {"housing.housing_code"}


def _known(record: Record, home: UUID | None) -> tuple[Mapping[str, Any], bool]:
    """The record's document, of a person with that of the residency there or the one that counts; and whether there."""
    if home is None:
        return {**record.document(), "housing.housing_code": record.housing_code}, True
    residencies = homes.of(record)
    there = next((one for one in residencies if one.is_open and one.housing_id == home), None)
    counts = there or (residencies[0] if residencies else None)
    return {**record.document(), **homes.document(counts)}, there is not None


def _flat(given: Mapping[str, Any], form: EntryForm, places: Places, by: User) -> Record | None:
    """The flat that has the code or the room."""
    flats = visible(by).filter(kind=Kind.HOUSING)
    code = given.get("housing.housing_code")
    if code and (record := flats.filter(housing_code=code).first()):
        return record
    building = places.stairwell(form.fields).code
    return flats.filter(building=building, room_no=given["housing.room_no"]).first()


def broken() -> Refusal:
    """What is said of a row that failed for none of the reasons that are anybody's."""
    return Refusal(
        "",
        "broken",
        "这一行没有录入成功",
        "This row could not be entered",
        "请单独录入这一行；仍不行时报管理员",
        "Enter it by hand; if that fails too, tell the administrator",
    )
