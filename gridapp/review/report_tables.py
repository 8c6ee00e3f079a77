"""A report as tables of cells: what the page shows, the PDF prints and the workbook holds is one and the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp.catalogue.wording import name_of
from gridapp.delivery.models import Status
from gridapp.delivery.standing import words_of
from gridapp.dictionary import mask_text
from gridapp.registry.models import Entry, Record
from gridapp.review.dashboard_figures import name_of as area_name
from gridapp.review.opening import language
from gridapp.review.report_figures import Report, Span
from gridapp.review.report_periods import DAY
from gridapp.review.report_state import Cause
from gridapp.review.templatetags.figures import duration, grouped, percent

NUMBER, SHARE, SPAN, MORE, POINTS, TEXT = "number", "share", "span", "more", "points", "text"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value. `form`: NUMBER; SHARE of 1; SPAN in seconds; MORE, a number more or less than before; POINTS, a share
    more or less; TEXT. None: not known."""

    value: float | int | str | None
    form: str = NUMBER

    def __str__(self) -> str:
        return _WRITTEN[self.form](self.value) if self.value is not None else "—"


_WRITTEN: Mapping[str, Callable[..., str]] = {
    NUMBER: grouped,
    SHARE: percent,
    SPAN: duration,
    MORE: lambda value: f"{value:+,}" if value else "0",
    POINTS: lambda value: _("%(number)s 个百分点") % {"number": f"{value * 100:+.1f}"},
    TEXT: str,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row: what it is about, and its cells. `key`: told to nobody but tests and styles."""

    key: str
    title: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """`heads`: one for the titles of the lines, then one a cell. `note`: what is to be known of it; "" for nothing.
    `is_worded`: it is more words than numbers."""

    key: str
    title: str
    heads: Sequence[str]
    lines: Sequence[Line]
    note: str = ""
    is_worded: bool = False


_FLOWS: Sequence[tuple[str, str | Promise, str, Callable[[Span], float | int | None]]] = (
    ("entered", gettext_lazy("录入和变更"), NUMBER, lambda span: span.flowed.entered),
    ("verified", gettext_lazy("核实"), NUMBER, lambda span: span.flowed.verified),
    ("accepted", gettext_lazy("入库"), NUMBER, lambda span: span.flowed.accepted),
    ("returned", gettext_lazy("退回"), NUMBER, lambda span: span.flowed.returned),
    ("first-pass", gettext_lazy("一次通过"), SHARE, lambda span: span.flowed.first_pass),
    ("half", gettext_lazy("半数在多久内有回执"), SPAN, lambda span: span.flowed.half),
    ("most", gettext_lazy("九成在多久内有回执"), SPAN, lambda span: span.flowed.most),
    ("saved", gettext_lazy("省下的时间"), SPAN, lambda span: span.saved.seconds),
)
_STANDS: Sequence[tuple[str, str | Promise]] = (
    ("open_resident", gettext_lazy("在册居民")),
    ("open_housing", gettext_lazy("在册房屋")),
    ("conflict", gettext_lazy("冲突待定")),
    ("manual", gettext_lazy("待人工代填")),
    ("uncertain", gettext_lazy("待核对")),
    ("failed", gettext_lazy("推送失败")),
    ("under_way", gettext_lazy("在途")),
)
_AGES = (gettext_lazy("退回未改：昨天以来"), gettext_lazy("退回未改：2 至 3 天"), gettext_lazy("退回未改：超过 3 天"))

METHOD: Sequence[str | Promise] = (
    gettext_lazy("一次通过：部门的全部答复中，第一次送去就入库的比例。"),
    gettext_lazy("回执时间：从录入到部门的编号回来，按对数分段统计，误差不超过 1.41 倍。"),
    gettext_lazy(
        "省下的时间：每份新档案在各系统手工录入要按多少下键"
        "（居住登记 250、自主申报 183、PDA 151、社区工作站 198、计生 184、劳保 189、网格 260、省综治 241，"
        "其余和变更、注销只算打开系统的 8 下），减去在这里录入的（每份 103 下，核实 1 下），每秒按 1.5 下。"
    ),
    gettext_lazy("没有办完的数：一天结束时看一次并留下，月报用最后一天的。"),
    gettext_lazy("会商清单：部门退回或认为有冲突，超过 3 天没有解决的，按系统、原因和字段合计，不写是哪一户、哪个人。"),
    gettext_lazy("只统计区域和系统，不统计个人；网格常常只有一个人，所以不单列。"),
)
"""How the numbers are come by, in the report itself."""


def shown(made: Report) -> dict[str, Any]:
    """What the templates of a report, its PDF and its workbook are made of, in the language that is active."""
    is_day = made.period.kind == DAY
    word = _("日报") if is_day else _("月报")
    return {
        "report": made,
        "title": f"{area_name(made.area)} · {word} {made.period.name}",
        "is_day": is_day,
        "tables": tables(made),
        "method": METHOD,
    }


def tables(report: Report) -> list[Table]:
    """Everything that the report says in numbers, the most wanted first."""
    made = [_flows(report), _stands(report), _entries(report), _targets(report)]
    if report.areas:
        made.append(_areas(report))
    if report.days:
        made.append(_days(report))
    return [*made, _talked_over(report)]


def _compared(name: str, title: str, form: str, now: float | int | None, before: float | int | None) -> Line:
    """This time, last time, and the difference; of spans of time the difference says little and is left out."""
    more = now - before if now is not None and before is not None else None
    changes = {NUMBER: MORE, SHARE: POINTS}
    change = [Cell(more, changes[form])] if form in changes else [Cell(None)]
    return Line(name, title, [Cell(now, form), Cell(before, form), *change])


def _comparing(report: Report, first: str) -> list[str]:
    return [first, report.period.name, report.before.period.name, _("增减")]


def _flows(report: Report) -> Table:
    lines = [
        _compared(name, str(word), form, take(report.now), take(report.before)) for name, word, form, take in _FLOWS
    ]
    return Table("flows", _("来了多少，送到多少"), _comparing(report, _("指标")), lines)


def _stands(report: Report) -> Table:
    """Dashes where nobody looked when the period ended."""
    now, before = _standing(report.now), _standing(report.before)
    words = [
        *((name, str(word)) for name, word in _STANDS),
        *((f"returned-{age}", str(_AGES[age])) for age in range(3)),
    ]
    words += [("objections", _("异议未决")), ("overdue", _("其中超期"))]
    lines = [_compared(name, word, NUMBER, now.get(name), before.get(name)) for name, word in words]
    shares = [span.state.stands().fresh if span.state else None for span in (report.now, report.before)]
    lines.insert(2, _compared("fresh", _("90 天内核实过的"), SHARE, *shares))
    if report.now.state is None and report.before.state is None:
        return Table("stands", _("还有多少没有办完"), _comparing(report, _("指标")), [], _("没有留下。"))
    return Table("stands", _("还有多少没有办完"), _comparing(report, _("指标")), lines)


def _standing(span: Span) -> dict[str, int]:
    if span.state is None:
        return {}
    stands = span.state.stands()
    numbers = {name: stands.numbers.get(name, 0) for name, _word in _STANDS}
    ages = {f"returned-{age}": number for age, number in enumerate(stands.returned)}
    return numbers | ages | {"objections": span.state.objections, "overdue": span.state.overdue}


def _entries(report: Report) -> Table:
    now, before = report.now, report.before
    wanted = [
        (kind, act)
        for kind in Record.Kind
        for act in Entry.Action
        if (str(kind), str(act)) in {*now.entries, *before.entries}
    ]
    lines = [
        _compared(
            f"{kind}-{act}", f"{kind.label} · {act.label}", NUMBER, _said(now, kind, act), _said(before, kind, act)
        )
        for kind, act in wanted
    ]
    note = "" if now.is_sorted and before.is_sorted else _("有的日子没有留下分类的数，合计见上表。")
    return Table("kinds", _("录入了什么"), _comparing(report, _("种类")), lines, note)


def _said(span: Span, kind: str, act: str) -> int | None:
    """A number that is only a part of what came in is none."""
    return span.entries.get((kind, act), 0) if span.is_sorted else None


def _targets(report: Report) -> Table:
    heads = [
        _("目标系统"), _("入库"), _("退回"), _("一次通过"), _("半数在多久内有回执"), _("九成在多久内有回执"), _("在途"),
        _("退回未改：昨天以来"), _("退回未改：2 至 3 天"), _("退回未改：超过 3 天"), _("冲突待定"), _("待人工代填"),
        _("推送失败"),
    ]  # fmt: skip
    lines = []
    for line in report.targets:
        flowed, stands = line.flowed, line.stands
        took = [Cell(flowed.accepted), Cell(flowed.returned), Cell(flowed.first_pass, SHARE)]
        times = [Cell(line.flowed.half, SPAN), Cell(line.flowed.most, SPAN)]
        left = (
            [stands.numbers["under_way"], *stands.returned, *(stands.numbers[word] for word in _LEFT)] if stands else ()
        )
        left_cells = [Cell(number) for number in left] or [Cell(None)] * 7
        lines.append(Line(line.one.target.key, line.one.target.name, [*took, *times, *left_cells]))
    return Table("targets", _("按目标系统"), heads, lines)


_LEFT = ("conflict", "manual", "failed")


def _areas(report: Report) -> Table:
    heads = [
        _("区域"), _("录入和变更"), _("核实"), _("入库"), _("一次通过"), _("退回未改"), _("超过 3 天"), _("冲突待定"),
        _("待人工代填"), _("90 天内核实过的"),
    ]  # fmt: skip
    lines = []
    for line in report.areas:
        flowed, stands = line.flowed, line.stands
        came = [Cell(flowed.entered), Cell(flowed.verified), Cell(flowed.accepted), Cell(flowed.first_pass, SHARE)]
        numbers = (
            [stands.numbers["returned"], stands.over, stands.numbers["conflict"], stands.numbers["manual"]]
            if stands
            else ()
        )
        left = [*map(Cell, numbers), Cell(stands.fresh, SHARE)] if stands else [Cell(None)] * 5
        lines.append(Line(line.code, line.name, [*came, *left]))
    return Table("areas", _("按区域"), heads, lines)


def _days(report: Report) -> Table:
    heads = [_("日期"), _("录入和变更"), _("核实"), _("入库"), _("退回"), _("一次通过")]
    known = {one.day: one for one in report.days}
    lines = []
    for day in report.period.days:
        if (one := known.get(day)) is not None:
            cells = [Cell(one.entered), Cell(one.verified), Cell(one.accepted), Cell(one.returned)]
            lines.append(Line(day.isoformat(), day.isoformat(), [*cells, Cell(one.first_pass, SHARE)]))
    return Table("days", _("每天"), heads, lines)


def _talked_over(report: Report) -> Table:
    heads = [_("目标系统"), _("情况"), _("原因"), _("多少条"), _("从哪天起"), _("商定的办法")]
    state = report.now.state
    lines = [
        Line(
            f"cause-{place}",
            report.known[cause.target_id].target.name,
            [
                Cell(str(Status(cause.status).label), TEXT),
                Cell(_why(cause), TEXT),
                Cell(cause.number),
                Cell(cause.since.isoformat(), TEXT),
                Cell("", TEXT),
            ],
        )
        for place, cause in enumerate(state.causes if state else (), start=1)
        if cause.target_id in report.known
    ]
    more = _("另有 %(number)d 条，原因零散，没有列出。") % {"number": state.more} if state and state.more else ""
    more = more if state else _("没有留下。")
    return Table("talked-over", _("会商清单：超过 3 天没有解决的"), heads, lines, more, is_worded=True)


def _why(cause: Cause) -> str:
    """In words that are general, with the field and the department's own code; never a value of somebody."""
    said = words_of(cause.code) or mask_text(cause.said)
    about = name_of(cause.field, language()) if cause.field else ""
    code = "" if words_of(cause.code) else cause.code
    return " · ".join(part for part in (said, about, code) if part) or "—"
