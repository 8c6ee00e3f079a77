"""What has changed for a target since it was last told: the record as of then, laid out again, compared line by line.

A version holds what was entered of the record itself. What lies elsewhere (flat, household, numbers of other systems)
is known as it is now; whether it was the same then is proved by the digest of what was sent, or left open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from gridapp import sealing
from gridapp.catalogue.wording import name_of
from gridapp.contract import Inexpressible, Kind, Layout, Row
from gridapp.dictionary import FIELDS, derive
from gridapp.registry.documents import typed
from gridapp.registry.models import Entry, Record
from gridapp.registry.versions import document_at

from . import clock
from .masks import Mask
from .models import Attempt, Delivery
from .wishes import CONTENT, digest

View = dict[str, Any]

_KEPT_ELSEWHERE = frozenset(
    {
        "housing.grid_code",
        "housing.occupant_count",
        "housing.housing_code",
        "housing.building_code",
        "housing.last_visit_at",
        "residency.is_primary",
        "residency.verified_at",
    }
)
"""Columns, which no entry's document holds."""

_FOLLOWS_FROM_ELSEWHERE = frozenset({"hukou_consistency", "residency.relation_to_owner"})
"""What is worked out from the flat as well."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line that differs. `how`: added, changed, gone."""

    how: str
    theirs: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Against what the target was told last. `version` 0: it was told nothing yet, or holds something of its own.

    `certain`: what was sent then is proved to the letter. Else `unsure` names the lines that cannot be compared.
    """

    version: int = 0
    told_at: datetime | None = None
    holds_other: bool = False
    certain: bool = False
    changes: tuple[Change, ...] = ()
    unsure: tuple[str, ...] = ()


def against(
    delivery: Delivery, record: Record, layout: Layout, now: View, *, mask: Mask | None, lang: str
) -> Difference:
    """What differs between the record as `now` and as the target was told it last. Three statements at most."""
    if delivery.held_digest is None:
        return Difference()
    if delivery.held_version is None or not any(delivery.held_digest):
        return Difference(holds_other=True)
    version = delivery.held_version
    told_at = _told_at(delivery, version)
    try:
        document = typed(document_at(record, version))
    except sealing.Unsealable:
        document = {}
    if not document:  # an older register was taken over without its entries
        return Difference(version, told_at, unsure=tuple(name_of(row.source, lang) for row in layout.content_rows))
    kind = Kind(record.kind)
    linked = {name: value for name, value in now.items() if _is_linked(name, kind)}
    days = _days(record, version, told_at)
    then, certain = _as_told(linked | document, layout, bytes(delivery.held_digest), days)
    changes = tuple(_changes(layout, then, now, kind=kind, certain=certain, mask=mask, lang=lang))
    unsure = () if certain else tuple(_unsure(layout, now, kind, lang))
    return Difference(version, told_at, certain=certain, changes=changes, unsure=unsure)


def _told_at(delivery: Delivery, version: int) -> datetime | None:
    said = Attempt.objects.filter(delivery=delivery, version=version, outcome__in=("delivered", "alreadythere"))
    return said.order_by("-id").values_list("finished_at", flat=True).first()


def _as_told(known: View, layout: Layout, held: bytes, days: Sequence[date]) -> tuple[View, bool]:
    """The view as of then, and whether the digest of what was sent proves it. Ages count on the day of the plan."""
    then: View = {}
    for on in days:
        then = derive(known, on=on, home_city=settings.HOME_CITY)
        try:
            if digest(layout.content(then))[:CONTENT] == held[:CONTENT]:
                return then, True
        except Inexpressible:
            continue
    return then, False


def _days(record: Record, version: int, told_at: datetime | None) -> list[date]:
    entered = Entry.objects.filter(record=record, version=version).order_by("-number").first()
    moments = [entered.received_at if entered else None, told_at, clock.now()]
    return list(dict.fromkeys(clock.day(moment) for moment in moments if moment is not None))


def _is_linked(name: str, kind: Kind) -> bool:
    """Whether the value lies elsewhere than in the documents of the record's entries, and follows from none of them."""
    if name in _KEPT_ELSEWHERE or name not in FIELDS:
        return True
    return kind == Kind.RESIDENT and name.startswith(("housing.", "household."))


def _changes(
    layout: Layout, then: View, now: View, *, kind: Kind, certain: bool, mask: Mask | None, lang: str
) -> Iterator[Change]:
    for row in layout.content_rows:
        if not certain and _reads_elsewhere(row, kind):
            continue
        before, after = _value(row, then), _value(row, now)
        if before == after:
            continue
        how = "added" if not before else "gone" if not after else "changed"
        if mask is not None:
            before, after = mask.of_row(row, before), mask.of_row(row, after)
        yield Change(how, row.name, name_of(row.source, lang), before, after)


def _unsure(layout: Layout, now: View, kind: Kind, lang: str) -> Iterator[str]:
    elsewhere = (row for row in layout.content_rows if _reads_elsewhere(row, kind))
    rows = (row for row in elsewhere if row.required.holds(now) or _value(row, now))
    yield from dict.fromkeys(name_of(row.source, lang) for row in rows)


def _reads_elsewhere(row: Row, kind: Kind) -> bool:
    return any(_is_linked(name, kind) or name in _FOLLOWS_FROM_ELSEWHERE for name in row.inputs)


def _value(row: Row, view: View) -> str:
    try:
        value = row.value(view)
    except Inexpressible:
        return ""
    return "" if value is None else str(value)
