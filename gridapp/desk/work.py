"""What needs me, what goes out today, what others see to: the page a worker opens between two doors.

A worker is shown as theirs only what they can do something about; what a system or somebody else sees to is said in one
line, without anything to press.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp import dictionary
from gridapp.delivery.models import Delivery, Status
from gridapp.desk import entry_forms, groups, questions, recent, rooms
from gridapp.org import scope
from gridapp.org.access import entering, user_of
from gridapp.org.models import User
from gridapp.registry import objections, set_aside
from gridapp.registry.models import Entry, Record, SetAside
from gridapp.registry.occupancy import STALE_AFTER

FIRST, LISTED = 5, 30
"""Rows of a part on the page of all parts, and on a page of its own."""
MOST = 200
"""Nobody counts further than this, nor lists more: the oldest and newest come first."""
GRID = 15
"""Digits of a grid's code: who oversees larger areas visits nobody."""
_INCOMPLETE = "incomplete"
_SYSTEMS = (Status.FAILED, Status.UNCERTAIN, Status.MANUAL, Status.CONFLICT)
"""What stopped without anything a worker could do about it."""


@dataclass(frozen=True)
class Row:
    """One line: whom it is about, what there is to say, and where a tap leads ("" where there is nothing to do)."""

    title: str
    says: list[str] = field(default_factory=list)
    href: str = ""
    tag: str = ""
    at: datetime | None = None
    counts: recent.Counts | None = None


@dataclass(frozen=True)
class Part:
    """`count` is capped at MOST, and then `is_cut`."""

    key: str
    count: int
    rows: list[Row]
    is_cut: bool = False

    @property
    def title(self) -> str | Promise:
        return TITLES[self.key]

    @property
    def is_longer(self) -> bool:
        return self.count > len(self.rows)


@dataclass(frozen=True)
class Ask:
    """Who asks, on which day, and which rows of a part: from `start` on, `size` of them."""

    by: User
    now: datetime
    start: int = 0
    size: int = FIRST

    @property
    def on(self) -> date:
        return timezone.localdate(self.now)

    def cut(self, rows: list[Any]) -> list[Any]:
        return rows[:MOST][self.start : self.start + self.size]


TITLES: Mapping[str, str | Promise] = {
    "returned": gettext_lazy("退回的"),
    "aside": gettext_lazy("待补正的录入"),
    "missing": gettext_lazy("还缺内容，有系统填不了"),
    "stale": gettext_lazy("很久没有核实的住处"),
    "conflicts": gettext_lazy("冲突待定：等督导决定"),
    "today": gettext_lazy("今天送出"),
}


def returned(ask: Ask) -> Part:
    """What departments sent back."""
    return _of_records("returned", ask, ~Q(reason_code=_INCOMPLETE))


def missing(ask: Ask) -> Part:
    """What a system cannot be filled with because something was not entered."""
    return _of_records("missing", ask, Q(reason_code=_INCOMPLETE))


def _of_records(key: str, ask: Ask, which: Q) -> Part:
    """Records with deliveries that are a worker's move, newest first. Two statements."""
    moves = scope.within(Delivery.objects.filter(which, status=Status.RETURNED), ask.by, "record__grid_code")
    newest = list(moves.order_by("-changed_at").values_list("record_id", flat=True)[: MOST + 1])
    ids = list(dict.fromkeys(newest))
    shown = ask.cut(ids)
    rows = Delivery.objects.filter(which, status=Status.RETURNED, record__in=shown)
    of: dict[UUID, list[Delivery]] = {}
    for row in rows.select_related("record__building", "target").order_by("-changed_at"):
        of.setdefault(row.record_id, []).append(row)
    made = [_sent_back(of[one], ask) for one in shown if one in of]
    return Part(key, len(ids[:MOST]), made, len(newest) > MOST)


def _sent_back(moves: list[Delivery], ask: Ask) -> Row:
    """The department's words, or what is missing, and the form at the first field in question."""
    record = moves[0].record
    asked = groups.names(record.kind)
    names = list(dict.fromkeys(name for move in moves for name in move.fields))
    fields = [name for name in names if name in asked]
    # a file, or something that has no place on the form, is told beside its system on the record's own page
    there = not fields and bool(names)
    href = reverse("desk:record" if there else "desk:correct", args=[record.pk])
    return Row(
        recent.title(record, on=ask.on),
        _lacking(moves, names) if moves[0].reason_code == _INCOMPLETE else [_words(move) for move in moves],
        f"{href}#{questions.id_of(fields[0])}" if fields else f"{href}#deliveries" if there else href,
        questions.label(fields[0]) if fields else "",
        moves[0].changed_at,
    )


def _words(move: Delivery) -> str:
    return f"{move.target.name}{_('：')}{move.reason}" if move.reason else str(move.target.name)


def _lacking(moves: list[Delivery], names: Iterable[str]) -> list[str]:
    targets = _("、").join(str(move.target.name) for move in moves)
    return [_("还缺：%(fields)s") % {"fields": _labels(names)}, _("填不了：%(targets)s") % {"targets": targets}]


def _labels(names: Iterable[str]) -> str:
    return _("、").join(questions.label(name) for name in names)


def aside(ask: Ask) -> Part:
    """What came from this worker's tablet and could not be saved as it is."""
    return _kept("aside", ask, set_aside.mine(ask.by))


def conflicts(ask: Ask) -> Part:
    """Corrections of this worker's that met another one; a supervisor decides."""
    return _kept("conflicts", ask, set_aside.caused(ask.by))


def _kept(key: str, ask: Ask, found: QuerySet[SetAside]) -> Part:
    """Two statements."""
    number = found[: MOST + 1].count()
    rows = found.select_related("record__building")[ask.start : min(ask.start + ask.size, MOST)]
    return Part(key, min(number, MOST), [_waiting(row, ask) for row in rows], number > MOST)


def _waiting(row: SetAside, ask: Ask) -> Row:
    fields = _labels(dict.fromkeys(field for field, _code in row.refusals if field))
    href = "" if row.is_conflict else reverse("desk:set_aside", args=[row.pk])
    title = recent.title(row.record, on=ask.on) if row.record else _newcomer(row)
    return Row(title, [fields] if fields else [], href, str(row.get_action_display()), row.made_at)


def _newcomer(row: SetAside) -> str:
    """As much as tells one new form from another: a family name, a room, which file."""
    content = set_aside.opened(row)
    form = content.form
    if entry_forms.supplemented(content.path):
        return questions.label(form.get("name", ""))
    said = dictionary.mask("name", form.get("name"), child=True) or form.get("room_no", "")
    return " ".join(filter(None, (_("新的%(kind)s") % {"kind": row.get_kind_display()}, said)))


def stale(ask: Ask) -> Part:
    """Homes where somebody lives who was not seen for long, longest first. One statement; no sealed value is read."""
    grids = [prefix for prefix in scope.prefixes(ask.by) if len(prefix) == GRID]
    living = Record.objects.filter(kind=Record.Kind.HOUSING, grid_code__in=grids, closed_at=None)
    living = living.filter(occupancies__is_open=True)
    seen = Min(Coalesce("occupancies__verified_at", "occupancies__created_at"))
    old = living.annotate(seen=seen, people=Count("occupancies")).filter(seen__lt=ask.now - STALE_AFTER)
    found: list[Any] = list(old.select_related("building").defer("sealed", "tokens").order_by("seen", "pk")[: MOST + 1])
    return Part("stale", len(found[:MOST]), [_unseen(one, ask) for one in ask.cut(found)], len(found) > MOST)


def _unseen(home: Any, ask: Ask) -> Row:
    """`home`: a housing record with `seen` and `people`."""
    days = (ask.on - timezone.localdate(home.seen)).days
    said = _("住 %(people)s 人，%(days)s 天没有核实") % {"people": home.people, "days": days}
    return Row(rooms.housing_label(home), [said], reverse("desk:record", args=[home.pk]))


def today(ask: Ask) -> Part:
    """This worker's entries of today, a line a record, with where its deliveries stand. Three statements."""
    midnight = timezone.make_aware(datetime.combine(ask.on, time.min))
    mine = Entry.objects.filter(by=ask.by, received_at__gte=midnight).order_by("-received_at")
    latest: dict[UUID, tuple[str, datetime]] = {}
    made = list(mine.values_list("record_id", "action", "received_at")[: MOST + 1])
    for record_id, action, at in made:
        latest.setdefault(record_id, (action, at))
    shown = ask.cut(list(latest))
    records = scope.within(Record.objects.select_related("building"), ask.by).in_bulk(shown)
    counts = recent.counts(records)
    rows = [_sent(records[one], *latest[one], counts[one], ask) for one in shown if one in records]
    return Part("today", len(latest), rows, len(made) > MOST)


def _sent(record: Record, action: str, at: datetime, counts: recent.Counts, ask: Ask) -> Row:
    act = str(Entry.Action(action).label)
    return Row(recent.title(record, on=ask.on), [], reverse("desk:record", args=[record.pk]), act, at, counts)


def others(by: User) -> int:
    """Deliveries of the user's areas that somebody else or a system sees to; at most MOST. One statement."""
    stopped = Delivery.objects.filter(status__in=_SYSTEMS)
    return scope.within(stopped, by, "record__grid_code").order_by("-changed_at").values("pk")[:MOST].count()


PARTS: Mapping[str, Callable[[Ask], Part]] = {
    "returned": returned,
    "aside": aside,
    "missing": missing,
    "stale": stale,
    "conflicts": conflicts,
    "today": today,
}
MINE = ("returned", "aside", "missing")
"""What the number on the home page counts: it can be done at once, without going anywhere."""


def waiting(by: User) -> int:
    """How much needs the user, for the home page. Two statements."""
    moves = scope.within(Delivery.objects.filter(status=Status.RETURNED), by, "record__grid_code")
    newest = moves.order_by("-changed_at").values_list("record_id", flat=True)[:MOST]
    return len(set(newest)) + set_aside.mine(by)[:MOST].count()


@entering
def work(request: HttpRequest) -> HttpResponse:
    """Every part with its first rows."""
    ask = Ask(user_of(request), timezone.now())
    parts = {key: part(ask) for key, part in PARTS.items()}
    page = {"parts": parts, "mine": sum(parts[key].count for key in MINE), "others": others(ask.by), "most": MOST}
    page["to_check"] = objections.to_check(ask.by).count()
    return render(request, "desk/work.html", page)


@entering
def part(request: HttpRequest, key: str) -> HttpResponse:
    """One part in full, page by page."""
    if key not in PARTS:
        raise Http404
    number = request.GET.get("page", "1")
    place = int(number) if number.isascii() and number.isdecimal() and 0 < len(number) < 4 else 1
    found = PARTS[key](Ask(user_of(request), timezone.now(), max(0, place - 1) * LISTED, LISTED))
    last = -(-found.count // LISTED)
    page = {"part": found, "most": MOST, "place": place, "last": last}
    page |= {"before": place - 1 if place > 1 else None, "after": place + 1 if place < last else None}
    return render(request, "desk/work_part.html", page)
