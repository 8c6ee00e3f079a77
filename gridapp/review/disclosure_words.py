"""The disclosure ledger of one record in words: what a page, a paper for the resident and a file for machines say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp.catalogue.description import ACTIONS
from gridapp.contract import Action
from gridapp.delivery import disclosure, standing
from gridapp.delivery.disclosure import Came, Disclosed, Sent
from gridapp.dictionary import mask_text
from gridapp.registry import exported, exports
from gridapp.registry.exports_columns import headings
from gridapp.registry.models import Export, Record
from gridapp.review.opening import language

CAME: Mapping[str, str | Promise] = {
    Came.TAKEN: gettext_lazy("对方已收下"),
    Came.PENDING: gettext_lazy("对方已收到，还没有办完"),
    Came.REFUSED: gettext_lazy("对方看过，没有收下"),
    Came.UNSURE: gettext_lazy("可能已经到达对方"),
    Came.HANDED: gettext_lazy("已写入导入模板，由工作人员上传"),
}


@dataclass(frozen=True)
class Time:
    """One version that went out."""

    version: int
    act: str
    first_at: datetime
    last_at: datetime
    tries: int
    came: str
    fields: list[str]


@dataclass(frozen=True)
class Office:
    """What one office got. `holds`: what stands there now, in words; `why`: what keeps it from standing otherwise."""

    key: str
    office: str
    system: str
    channel: str
    purpose: str
    basis: str
    fields: list[str]
    is_exact: bool
    first_at: datetime | None
    last_at: datetime | None
    times: list[Time]
    holds: str
    why: str
    reference: str
    withheld: list[str]


@dataclass(frozen=True)
class Taken:
    """One list for staff in which the record stands. It names no member of staff: that is other people's data."""

    number: str
    at: datetime
    purpose: str
    columns: list[str]
    numbers: bool
    left: bool


@dataclass(frozen=True)
class Ledger:
    """All of it, in the language of the page."""

    record: Record
    offices: list[Office]
    lists: list[Taken]
    untold: list[str]
    made_at: datetime
    contact: str

    @property
    def of_flat(self) -> bool:
        """A flat is told of in other words than a person."""
        return self.record.kind == Record.Kind.HOUSING

    @property
    def told(self) -> int:
        """How many offices got anything."""
        return sum(1 for office in self.offices if office.times)

    def as_json(self) -> dict[str, Any]:
        """The same for a machine: names and moments, no value of the record but the numbers that offices gave."""
        return {
            "record": str(self.record.pk),
            "made_at": self.made_at.isoformat(),
            "offices": [_plain(office) for office in self.offices],
            "lists": [
                {"number": one.number, "at": one.at.isoformat(), "purpose": one.purpose, "columns": one.columns}
                for one in self.lists
            ],
            "untold": self.untold,
            "complaints": self.contact,
        }


def ledger(record: Record) -> Ledger:
    """What can be said of a record to the person it is about, in the language that is active."""
    told, lang = disclosure.of(record), language()
    return Ledger(
        record=record,
        offices=[_office(line, lang) for line in told],
        lists=[_taken(export, lang) for export in exported.exports_with(record.pk)],
        untold=[one.target.en if lang == "en" else one.target.zh for one in disclosure.untold(record, told)],
        made_at=timezone.now(),
        contact=settings.COMPLAINTS_CONTACT,
    )


def _office(line: Disclosed, lang: str) -> Office:
    english, profile = lang == "en", line.one.profile
    return Office(
        key=line.one.target.key,
        office=(profile.owner_en if english else "") or profile.owner,
        system=line.one.target.en if english else line.one.target.zh,
        channel=(profile.channel_en if english else "") or profile.channel,
        purpose=(profile.purpose_en if english else "") or profile.purpose,
        basis=(profile.basis_en if english else "") or profile.basis,
        fields=disclosure.labels(line.fields, lang),
        is_exact=line.is_exact,
        first_at=line.first_at,
        last_at=line.last_at,
        times=[_time(sent, lang) for sent in line.sent],
        holds=_holds(line),
        why=standing.words_of(line.code),
        reference=line.reference,
        withheld=disclosure.labels(line.withheld, lang),
    )


def _time(sent: Sent, lang: str) -> Time:
    return Time(
        version=sent.version,
        act=ACTIONS[Action(sent.action)][lang == "en"],
        first_at=sent.first_at,
        last_at=sent.last_at,
        tries=sent.tries,
        came=str(CAME[sent.came]),
        fields=disclosure.labels(sent.fields, lang),
    )


def _holds(line: Disclosed) -> str:
    if line.holds is not None:
        return _("存有第 %(version)s 版") % {"version": line.holds}
    if any(sent.came in (Came.UNSURE, Came.PENDING, Came.HANDED) for sent in line.sent):
        return _("可能存有，还没有得到确认")
    if any(sent.action == Action.CLOSE and sent.came == Came.TAKEN for sent in line.sent):
        return _("已告知注销")
    return _("没有存")


def _taken(export: Export, lang: str) -> Taken:
    wish = exports.wish_of(export)
    return Taken(
        number=export.short_id,
        at=export.asked_at,
        purpose=mask_text(wish.purpose),
        columns=headings(export.kind, lang),
        numbers=wish.numbers,
        left=export.fetched_at is not None,
    )


def _plain(office: Office) -> dict[str, Any]:
    """One office as JSON types."""
    kept = {name: getattr(office, name) for name in ("key", "office", "system", "channel", "purpose", "basis")}
    times = [
        {
            "version": one.version, "act": one.act, "first_at": one.first_at.isoformat(), "tries": one.tries,
            "last_at": one.last_at.isoformat(), "came": one.came, "fields": one.fields,
        }
        for one in office.times
    ]  # fmt: skip
    now = {"holds": office.holds, "reference": office.reference, "withheld": office.withheld}
    return kept | {"fields": office.fields, "fields_are_exact": office.is_exact, "times": times} | now
