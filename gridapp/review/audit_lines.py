"""What the page of the audit shows: the notes that somebody looks for, newest first, and how the chain stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp.audit import chaining
from gridapp.audit.acts import Act
from gridapp.audit.models import Anchor, Link, Note, Stamp, Verification
from gridapp.audit.verifying import Kind
from gridapp.catalogue.wording import name_of
from gridapp.dictionary import mask_text
from gridapp.org.models import User
from gridapp.review.opening import day, language

SIZE = 50
MOST = 20_000
"""Rows of one export: more are taken month by month."""
_ABOUT = re.compile(r"[a-z_]{1,20}:[A-Za-z0-9-]{1,40}")
_ACCOUNT = re.compile(r"[A-Za-z0-9_.@+-]{1,40}")
_SHOWN_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Criteria:
    """The filters as the form has them, all texts; "" for any. `account`: a user name. `about`: kind:id."""

    since: str = ""
    until: str = ""
    act: str = ""
    account: str = ""
    about: str = ""
    result: str = ""

    @classmethod
    def read(cls, said: Mapping[str, str]) -> Criteria:
        told = {name: str(said.get(name, "")).replace("\0", "").strip()[:150] for name in cls.__dataclass_fields__}
        return cls(**told)

    @property
    def said(self) -> list[str]:
        """What is noted of a look: the filters that were set, and nothing that somebody typed into the wrong field."""
        fits = {
            "since": bool(day(self.since)),
            "until": bool(day(self.until)),
            "act": self.act in Act.values,
            "result": self.result in results(),
            "account": bool(_ACCOUNT.fullmatch(self.account)) and mask_text(self.account) == self.account,
            "about": bool(_ABOUT.fullmatch(self.about)) and mask_text(self.about) == self.about,
        }
        return [f"{name}={text}" for name, text in asdict(self).items() if text and fits[name]]

    def rows(self) -> QuerySet[Note]:
        """Newest first."""
        chosen = Q()
        if since := day(self.since):
            chosen &= Q(at__gte=_begins(since))
        if until := day(self.until):
            chosen &= Q(at__lt=_begins(until + timedelta(days=1)))
        if self.act:
            chosen &= Q(act__startswith=self.act) if self.act.endswith(".") else Q(act=self.act)
        if self.account:
            chosen &= Q(by__in=User.objects.filter(username=self.account).values("pk"))
        if self.about:
            chosen &= Q(about=self.about)
        if self.result:
            chosen &= Q(result=self.result)
        return Note.objects.filter(chosen).order_by("-id")


@dataclass(frozen=True, slots=True)
class Line:
    """A note with its account's name. `details`: what it says besides, in one line."""

    note: Note
    account: str
    result: str
    details: str


def page(criteria: Criteria, before: str) -> tuple[list[Line], int | None]:
    """The lines below the note `before`, and the note below which it goes on."""
    rows = criteria.rows()
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: SIZE + 1])
    return _lines(found[:SIZE]), found[SIZE - 1].pk if len(found) > SIZE else None


def exported(criteria: Criteria) -> Iterator[list[str]]:
    """Headings, then rows of texts; at most MOST."""
    yield [_("编号"), _("时间"), _("操作"), _("账号"), _("对象"), _("结果"), _("详情"), _("地址"), _("请求"), _("来源")]
    for line in _lines(list(criteria.rows()[:MOST])):
        note, at = line.note, timezone.localtime(line.note.at)
        yield [
            str(note.pk), f"{at:%Y-%m-%d %H:%M:%S}", note.act_label, line.account, note.about, line.result,
            line.details, note.address or "", note.request_id, note.process,
        ]  # fmt: skip


def state() -> dict[str, Any]:
    """How the chain stands: a fixed number of statements."""
    anchor, verified = Anchor.objects.order_by("-id").first(), Verification.objects.order_by("-id").first()
    faults = verified.faults[:_SHOWN_FAULTS] if verified else []
    labels = dict(Kind.choices)
    return {
        "links": Link.objects.order_by("-number").values_list("number", flat=True).first() or 0,
        "unchained": chaining.unchained(),
        "anchor": anchor,
        "stamp": Stamp.objects.filter(anchor_id=anchor.pk).first() if anchor else None,
        "verified": verified,
        "faults": [(labels.get(kind, kind), number, note_id, said) for kind, number, note_id, said in faults],
    }


def results() -> dict[str, str]:
    return {"done": _("完成"), "refused": _("拒绝"), "failed": _("失败")}


def acts() -> list[tuple[str, str]]:
    """Each act, in the order in which they are declared."""
    return [(str(value), str(label)) for value, label in Act.choices]


def _lines(notes: Sequence[Note]) -> list[Line]:
    ids = {note.by for note in notes if note.by is not None}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "username"))
    said = results()
    return [
        Line(note, _name(note.by, names), said.get(note.result, note.result), _details(note.what)) for note in notes
    ]


def _name(by: int | None, names: Mapping[int, str]) -> str:
    return "" if by is None else names.get(by, f"#{by}")


def _details(what: Mapping[str, Any]) -> str:
    """Fields stand in the dictionary's words, all else as it was noted."""
    lang = language()
    said = {
        name: [name_of(str(one), lang) for one in told] if name == "fields" else told for name, told in _lists(what)
    }
    return " ".join(f"{name}={'、'.join(map(str, told))}" for name, told in said.items())


def _lists(what: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    return ((name, told if isinstance(told, list) else [told]) for name, told in what.items())


def _begins(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time.min))
