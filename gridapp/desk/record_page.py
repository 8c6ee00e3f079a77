"""One record as its page shows it: every value in words and masked, who lives there, what was done and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from gridapp import dictionary, registry
from gridapp.desk import groups, questions, recent, rooms
from gridapp.org.models import User
from gridapp.registry import attachments, provenance
from gridapp.registry.models import Entry, Record, Residency
from gridapp.registry.provenance import Source

ALSO_SHOWN: dict[str, tuple[str, ...]] = {
    "person": ("birth_date", "sex", "age"),
    "living": ("residency.end_date", "residency.end_reason", "hukou_consistency"),
    "housing": ("housing.address", "housing.housing_code", "housing.occupant_count"),
}
"""Derived or received values, shown in the group they belong to."""


@dataclass(frozen=True)
class Value:
    """`source`: who said it, "" for what follows from other values; `on`: when, on that day."""

    label: str
    said: str
    digits: bool
    source: str = ""
    on: date | None = None


@dataclass(frozen=True)
class ValueGroup:
    title: str | Promise
    values: list[Value]


@dataclass(frozen=True)
class File:
    """An attachment that is there: for whom it is named, never its content."""

    label: str
    media_type: str
    size: int
    by: str
    at: datetime


@dataclass(frozen=True)
class Person:
    record: Record
    title: str


@dataclass(frozen=True)
class RecordPage:
    """`home` is the housing a resident lives at now and the user may open; `home_label` also where they may not."""

    title: str
    category: str
    groups: list[ValueGroup]
    history: list[Entry]
    home: Record | None = None
    home_label: str = ""
    is_contested: bool = False
    may_verify: bool = True
    residents: tuple[Person, ...] = ()
    files: tuple[File, ...] = ()


def gather(record: Record, view: Mapping[str, Any], *, by: User, on: date) -> RecordPage:
    """Everything the page needs, in a fixed number of statements. `view`: of the record, on that day."""
    category = view.get("resident_category")
    history = registry.history(record)
    sources = provenance.sources(record, history)
    shared: dict[str, Any] = {
        "category": said("resident_category", category, child=False) if category else "",
        "groups": _groups(record.kind, view, sources, child=dictionary.under_14(view, on)),
        "history": history,
    }
    if record.kind == Record.Kind.HOUSING:
        people = tuple(Person(one, recent.title(one, on=on)) for one in registry.residents_at(record))
        return RecordPage(title=rooms.housing_label(record), residents=people, files=_files(record, view), **shared)
    living = _residency(record)
    return RecordPage(
        title=recent.title(record, on=on),
        home=registry.find(living.housing_id, by=by) if living else None,
        home_label=rooms.housing_label(living.housing) if living else "",
        is_contested=bool(living and living.is_contested),
        may_verify=living is not None,
        **shared,
    )


def _residency(record: Record) -> Residency | None:
    """Where they live: the open main home, else another open one."""
    living = Residency.objects.filter(resident=record, is_open=True).select_related("housing__building")
    return living.order_by("-is_primary", "-created_at").first()


def _files(record: Record, view: Mapping[str, Any]) -> tuple[File, ...]:
    if view.keys().isdisjoint(dictionary.ATTACHMENTS):
        return ()
    lang = questions.language()
    return tuple(
        File(
            dictionary.ATTACHMENTS[one.name].label(lang),
            one.media_type,
            one.size,
            one.added_by.display_name,
            one.added_at,
        )
        for one in attachments.of(record)
    )


def _groups(kind: str, view: Mapping[str, Any], sources: Mapping[str, Source], *, child: bool) -> list[ValueGroup]:
    shown = []
    for group in groups.GROUPS[kind]:
        names = dict.fromkeys((*ALSO_SHOWN.get(group.key, ()), *group.fields, *group.folded))
        known = [name for name in names if view.get(name) not in (None, "", [])]
        values = [_value(name, said(name, view[name], child=child), sources.get(name)) for name in known]
        if values:
            shown.append(ValueGroup(group.title, values))
    return shown


def _value(name: str, text: str, source: Source | None) -> Value:
    defined = dictionary.field(name)
    digits = defined.type in {"date", "phone", "document", "uscc", "decimal"}
    label = defined.label(questions.language())
    if source is None:
        return Value(label, text, digits)
    by = source.by or _("部门返回")
    return Value(label, text, digits, by, timezone.localdate(source.at))


def said(name: str, value: Any, *, child: bool) -> str:
    """A value in words of the page's language, masked where not every eye should see it."""
    defined = dictionary.field(name)
    lang = questions.language()
    if defined.table:
        table = dictionary.table(defined.table)
        codes = value if isinstance(value, list) else [value]
        return _("、").join(table.label(str(code), lang) for code in codes)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if defined.type == "division":
        return "".join(dictionary.division_path(str(value))) or str(value)
    return dictionary.mask(name, value, child=child)
