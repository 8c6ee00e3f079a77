"""The shape of an entry as it arrives: who it is of, what is done, which values. Not yet whether they are right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, TypeVar
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from gridapp.dictionary import FIELDS, Refusal

from .models import Entry, Record
from .refusals import Refused, refusal

Kind = Record.Kind
Action = Entry.Action
_Choice = TypeVar("_Choice", Record.Kind, Entry.Action)

_MOST_FIELDS = 300
_MOST_CHARACTERS = 2000
_MOST_CODES = 50
_LARGEST = 10**15
_GRID = re.compile(r"[0-9]{15}")
_CODE = re.compile(r"[0-9A-Za-z]{1,25}")
_BLOCKS = {Kind.RESIDENT: ("residency", "household"), Kind.HOUSING: ("housing", "tenancy", "premises")}
_NAMED_BLOCKS = ("residency", "household", "tenancy", "premises")
_ALSO_CALLED = {"household.relation_to_head": "residency.relation_to_head"}
_OURS = frozenset(
    {
        "residency.person",
        "residency.housing",
        "residency.is_primary",
        "residency.verified_at",
        "household.housing",
        "housing.last_visit_at",
        "tenancy.lessee",
    }
)
"""What the registry keeps in columns of its own."""
_TAKEN = {
    kind: frozenset(name for name, one in FIELDS.items() if one.entity in (kind, *blocks) and name not in _OURS)
    for kind, blocks in _BLOCKS.items()
}
_KEYS = frozenset(
    {"id", "kind", "action", "grid_code", "fields", "housing", "record", "base_version", "made_at", "confirmed"}
    | set(_NAMED_BLOCKS)
)


@dataclass(frozen=True, slots=True)
class EntryForm:
    """One act as a client sends it. `id` is the client's own: the same form sent twice is the same entry.

    `fields`: qualified canonical names -> raw values; None or "" empties a field. `housing`: id or code of the unit a
    resident lives at or moves to. `base_version`: the version of the record the worker had before them.
    `confirmed`: codes of the doubts they were asked about. `as_posted`: the form of a page as it was posted, "" for
    other clients: by it the same form is known again, whatever has become of the record that it was read against.
    `contested`: the claimed residency that a decision between two homes is about; no client can send it.
    """

    id: UUID
    kind: Record.Kind
    action: Entry.Action
    grid_code: str
    fields: Mapping[str, Any]
    record: UUID | None = None
    housing: UUID | str | None = None
    base_version: int | None = None
    made_at: datetime | None = None
    confirmed: tuple[str, ...] = field(default=())
    as_posted: str = ""
    contested: UUID | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> EntryForm:
        """The form of a JSON body. Raises Refused naming every key that is unknown, missing or of the wrong type."""
        return _Reading(raw).form()


def taken(kind: Record.Kind) -> frozenset[str]:
    """The fields that an entry of this kind of record can give."""
    return _TAKEN[kind]


def misplaced_fields(form: EntryForm) -> list[str]:
    """The known fields of a form that belong to the other kind of record, or that the registry keeps itself."""
    return [name for name in form.fields if name not in _TAKEN[form.kind] and name in FIELDS]


class _Reading:
    """One pass over one body, gathering what is wrong with it."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.refusals: list[Refusal] = []
        if not isinstance(raw, Mapping):
            raise Refused([refusal("", "wrong_shape", expected="JSON object")])
        self.raw = raw
        for key in list(raw)[:_MOST_FIELDS]:
            if key not in _KEYS:
                self.refusals.append(refusal(str(key)[:64], "unknown_field"))

    def form(self) -> EntryForm:
        kind = self._choice("kind", Kind)
        action = self._choice("action", Action)
        form = EntryForm(
            id=self._uuid("id", required=True) or UUID(int=0),
            kind=kind or Kind.RESIDENT,
            action=action or Action.CREATE,
            grid_code=self._text("grid_code", _GRID, "15 digits"),
            fields=self._fields(kind or Kind.RESIDENT),
            record=self._uuid("record", required=action not in (None, Action.CREATE)),
            housing=self._housing(kind),
            base_version=self._version(),
            made_at=self._made_at(),
            confirmed=self._confirmed(),
        )
        if self.refusals:
            raise Refused(self.refusals)
        return form

    def _refuse(self, key: str, expected: str) -> None:
        self.refusals.append(refusal(key, "wrong_shape", expected=expected))

    def _choice(self, key: str, choices: type[_Choice]) -> _Choice | None:
        value = self.raw.get(key)
        if isinstance(value, str) and value in choices.values:
            return choices(value)
        self._refuse(key, " | ".join(choices.values))
        return None

    def _text(self, key: str, pattern: re.Pattern[str], expected: str) -> str:
        value = self.raw.get(key)
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        self._refuse(key, expected)
        return ""

    def _uuid(self, key: str, *, required: bool) -> UUID | None:
        value = self.raw.get(key)
        if value in (None, "") and not required:
            return None
        found = value if isinstance(value, UUID) else _as_uuid(value)
        if found is None:
            self._refuse(key, "UUID")
        return found

    def _housing(self, kind: Kind | None) -> UUID | str | None:
        value = self.raw.get("housing")
        if value in (None, "") or kind == Kind.HOUSING:
            if value:
                self.refusals.append(refusal("housing", "other_record"))
            return None
        found = value if isinstance(value, UUID) else _as_uuid(value)
        if found is None and isinstance(value, str) and _CODE.fullmatch(value):
            return value
        if found is None:
            self._refuse("housing", "UUID | 25 digits")
        return found

    def _version(self) -> int | None:
        value = self.raw.get("base_version")
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31):
            return value
        self._refuse("base_version", "integer ≥ 1")
        return None

    def _made_at(self) -> datetime | None:
        value = self.raw.get("made_at")
        if value is None:
            return None
        try:
            at = value if isinstance(value, datetime) else parse_datetime(value) if isinstance(value, str) else None
            if at is not None:
                return at if timezone.is_aware(at) else timezone.make_aware(at)
        except (ValueError, OverflowError):
            pass  # a day or hour that does not exist is refused like any other text
        self._refuse("made_at", "2024-03-15T09:30:00+08:00")
        return None

    def _confirmed(self) -> tuple[str, ...]:
        value = self.raw.get("confirmed", ())
        if isinstance(value, list | tuple) and _is_plain(value):
            return tuple(value)
        self._refuse("confirmed", "list of codes")
        return ()

    def _fields(self, kind: Kind) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for block in ("fields", *_NAMED_BLOCKS):
            values = self.raw.get(block)
            if values is None:
                continue
            if not isinstance(values, Mapping):
                self._refuse(block, "JSON object")
                continue
            if len(values) > _MOST_FIELDS:
                self.refusals.append(refusal(block, "too_many", most=_MOST_FIELDS))
                continue
            for key, value in values.items():
                name = _qualified(str(key)[:64], block, kind)
                self._take(found, _ALSO_CALLED.get(name, name), value, kind)
        return found

    def _take(self, found: dict[str, Any], name: str, value: Any, kind: Kind) -> None:
        known = FIELDS.get(name)
        if known is None:
            self.refusals.append(refusal(name, "unknown_field"))
        elif name in _OURS:
            self.refusals.append(refusal(name, "kept_by_system"))
        elif name not in _TAKEN[kind]:
            self.refusals.append(refusal(name, "other_record"))
        elif name in found:
            self.refusals.append(refusal(name, "twice"))
        elif isinstance(value, str) and len(value) > _MOST_CHARACTERS:
            self.refusals.append(refusal(name, "too_long", most=known.length or _MOST_CHARACTERS))
        elif not _is_plain(value):
            self._refuse(name, "text | number | true | false | null")
        else:
            found[name] = value


def _qualified(key: str, block: str, kind: Kind) -> str:
    """`room_no` of a housing entry is housing.room_no, `start_date` of the residency block residency.start_date."""
    if block != "fields":
        return f"{block}.{key}"
    if key in FIELDS and (kind == Kind.RESIDENT or "." in key):
        return key
    candidates = (f"{entity}.{key}" for entity in _BLOCKS[kind])
    return next((name for name in candidates if name in FIELDS), key)


def _as_uuid(value: object) -> UUID | None:
    if not isinstance(value, str) or len(value) not in (32, 36):
        return None
    try:
        return UUID(value)
    except ValueError:
        return None


def _is_plain(value: object) -> bool:
    """A scalar of sane size or a short list of texts: nothing nested, no infinity."""
    if isinstance(value, list | tuple):
        return len(value) <= _MOST_CODES and all(isinstance(one, str) and len(one) <= 64 for one in value)
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, int):
        return abs(value) < _LARGEST
    return value is None or isinstance(value, str | Decimal | date)
