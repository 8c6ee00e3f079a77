"""One objection as its page shows it: both values with source and date, what was said so far, and what may be done now.

Two homes that two grids claim are two sides like any others; only that a home has more to say of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp import dictionary, registry, sealing
from gridapp.catalogue import officers
from gridapp.catalogue.targets import Configured
from gridapp.contract import Kind
from gridapp.delivery import standing
from gridapp.delivery.standing import Standing
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.registry import contests, objections, provenance
from gridapp.registry.contests import Claimed, Contest
from gridapp.registry.models import Entry, Objection, Record
from gridapp.registry.objections import HOME, Status
from gridapp.review import valued

DONE: dict[str, str | Promise] = {
    Status.RAISED: gettext_lazy("提出异议"),
    Status.ACCEPTED: gettext_lazy("受理"),
    Status.CHECKED: gettext_lazy("核实"),
    Status.UPHELD: gettext_lazy("异议成立，已更正"),
    Status.KEPT: gettext_lazy("维持原值"),
    Status.REFUSED: gettext_lazy("不予受理"),
    Status.OVER: gettext_lazy("撤回"),
}
_ONE_MAIN_HOME = gettext_lazy("主要居住地全市只有一处：以最近核实的为准，另一方五个工作日内可以提出不同意见。")
_AT_HOME = ("residency.residency_kind", "residency.start_date", "residency.end_date", "residency.end_reason")


@dataclass(frozen=True)
class Side:
    """One of the two values: in words, whose it is and since when. `home`: the flat, of which `lines` say more."""

    title: str
    said: str
    by: str
    at: datetime | None
    home: Record | None = None
    seen_at: datetime | None = None
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Done:
    """One step in words."""

    word: str | Promise
    at: datetime
    by: str
    text: str


@dataclass(frozen=True)
class Case:
    """`sides`: as it stands in the record, and as the objection has it. `past`: (value, by, at) that the field had
    before. `standings`: the systems that are told when it is put right. `may`: what the user can do now."""

    row: Objection
    label: str
    source: str
    sides: tuple[Side, ...]
    past: tuple[tuple[str, str, datetime], ...]
    steps: tuple[Done, ...]
    standings: tuple[Standing, ...]
    may: frozenset[str]
    is_overdue: bool
    contest: Contest | None
    answer: valued.Answer | None
    can_open: bool
    weighs: str = ""
    contact: str = ""


def source_words(row: Objection, names: dict[str, str]) -> str:
    """居民, 其他网格, or the system whose office it is. `names`: key of a target -> what it is called."""
    return names.get(row.target) or str(row.get_source_display())


def gather(row: Objection, by: User) -> Case:
    """Everything the page needs, in a fixed number of statements. Raises sealing.Unsealable."""
    on, full, record = timezone.localdate(), scope.may_decide(by), row.record
    content, contest = objections.opened(row), contests.of(row)
    history, known = registry.history(record), {} if contest else objections.known(record)
    child = not full and dictionary.under_14(known, on)

    def words(value: Any) -> str:
        return valued.said(row.field, value, full=full, child=child)

    seen = officers.seen_by(by)
    source = source_words(row, {one.target.key: one.target.name for one in seen})
    return Case(
        row=row,
        label=_("住在哪里") if contest else valued.label(row.field),
        source=source,
        sides=_homes(contest, full) if contest else _values(row, known, content, history, source, words),
        past=() if contest else _past(row, history, words),
        steps=tuple(Done(DONE[one.act], one.at, one.by, one.text) for one in content.steps),
        standings=_told(row, seen),
        may=rights(row, contest, by, on),
        is_overdue=objections.is_overdue(row, on),
        contest=contest,
        answer=None if contest else valued.answer(row.field),
        weighs=str(_ONE_MAIN_HOME) if contest else valued.weighs(row.field),
        can_open=registry.find(record.pk, by=by) is not None,
        contact=content.contact if objections.tells(by, row) else "",
    )


def rights(row: Objection, contest: Contest | None, by: User, on: date) -> frozenset[str]:
    """What somebody can do with it now: accept, refuse, check, keep, uphold, withdraw, told."""
    if not row.is_open:
        waits = row.told_at is None and row.status != Status.OVER
        return frozenset({"told"} if waits and objections.tells(by, row) else ())
    may = {"check"} if objections.checks(by, row) and (contest or row.status != Status.RAISED) else set()
    if contest:
        for act, upholds in (("uphold", True), ("keep", False)):
            may |= {act} if contests.may_decide(by, row, contest, upholds=upholds, on=on) else set()
        return frozenset(may)
    if objections.handles(by, row):
        may |= {"accept", "refuse"} if row.status == Status.RAISED else set()
        may |= {"keep", "uphold"} if row.status == Status.CHECKED else set()
    return frozenset(may | ({"withdraw"} if row.raised_by_id == by.pk else set()))


def _values(
    row: Objection,
    known: Mapping[str, Any],
    content: objections.Content,
    history: Sequence[Entry],
    source: str,
    words: Callable[[Any], str],
) -> tuple[Side, ...]:
    given = provenance.sources(row.record, history).get(row.field)
    now = Side(
        _("档案里现在是"),
        words(known.get(row.field)),
        (given.by or given.target) if given else "",
        given.at if given else None,
    )
    raised_by = f"{source} · {row.raised_by.display_name}"
    return now, Side(_("异议认为是"), words(content.claimed), raised_by, row.raised_at)


def _homes(contest: Contest, full: bool) -> tuple[Side, ...]:
    sides = [_home(_("异议认为住在"), contest.claim, full)]
    if contest.main is not None:
        sides.insert(0, _home(_("原来登记住在"), contest.main, full))
    return tuple(sides)


def _home(title: str, one: Claimed, full: bool) -> Side:
    home = one.residency
    known = sealing.unseal_json(home.sealed, bound_to=home.bound_to)
    lines = [(valued.label(name), valued.said(name, known[name], full=full)) for name in _AT_HOME if known.get(name)]
    stands = _("主要居住地") if home.is_primary and home.is_open else _("另一处住处") if home.is_open else _("已结束")
    stands = _("等决定") if home.is_contested else stands
    by = one.by.display_name if one.by else ""
    return Side(title, stands, by, one.at, home.housing, one.seen_at, tuple(lines))


def _past(
    row: Objection, history: Sequence[Entry], words: Callable[[Any], str]
) -> tuple[tuple[str, str, datetime], ...]:
    """Every value that the field ever had, newest first, with whose it was: what lost stays on record."""
    found = []
    for entry in history:
        made = sealing.unseal_json(entry.sealed, bound_to=entry.bound_to)["set"]
        if row.field in made and entry.action != Entry.Action.VERIFY:
            found.append((words(made[row.field]), entry.by.display_name, entry.made_at))
    return tuple(found)


def _told(row: Objection, seen: Sequence[Configured]) -> tuple[Standing, ...]:
    """Where the systems stand that take the value; of a home all that know the person."""
    kind = Kind(row.record.kind)
    takes = {one.target.key for one in seen if _takes(one, kind, row.field)}
    known = standing.of(row.record)
    return tuple(one for one in known if one.connected and one.target_key in takes and one.status != "cancelled")


def _takes(one: Configured, kind: Kind, field: str) -> bool:
    layout: Any = one.profile.layouts.get(kind)
    return layout is not None and (field == HOME or field in layout.sources)
