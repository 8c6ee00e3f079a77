"""What the pages of ledgers show: the columns and what each may be, rows that were tried, rows that differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp import dictionary
from gridapp.dictionary import Refusal
from gridapp.registry import exports_workbook, homes, ledgers, posted
from gridapp.registry.ledgers_columns import FOR_ALL, NEEDED, takable
from gridapp.registry.ledgers_entering import HOME, Became, Came
from gridapp.registry.models import Ledger, LedgerRow, Record
from gridapp.review import valued
from gridapp.review.opening import language

MOST_WRONG = 20_000
"""Rows of a workbook of mistakes: it is made in memory, and nobody mends more at once."""
MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNREADABLE: Mapping[str, str | Promise] = {
    "empty": gettext_lazy("文件里没有内容。"),
    "not_a_table": gettext_lazy("不是 Excel 或 CSV 文件。"),
    "broken": gettext_lazy("文件已损坏或设有密码，读不出来。"),
    "too_much": gettext_lazy("文件太大：最多 32 MB、20 万行、100 列。请分成几份。"),
    "failed": gettext_lazy("读这个文件时出错，没有导入任何内容。请管理员处理。"),
    "encoding": gettext_lazy("文字读不出来。请在 Excel 里另存为 .xlsx 再上传。"),
}
BECAME: Mapping[str, str | Promise] = {
    Became.ENTERED: gettext_lazy("将录入"),
    Became.SAME: gettext_lazy("已有，没有变化"),
    Became.ASIDE: gettext_lazy("已有，内容不同，留待决定"),
    Became.WRONG: gettext_lazy("有误，不录入"),
}


@dataclass(frozen=True)
class Column:
    """One column of the file. `chosen`: canonical name, "" where it is not taken."""

    number: int
    title: str
    chosen: str


@dataclass(frozen=True)
class ForAll:
    """What can be the same for all rows. `offers`: (code, word), none where it is typed."""

    name: str
    label: str
    value: str
    offers: list[tuple[str, str]]


@dataclass(frozen=True)
class Line:
    """A row that was tried: what would become of it, its values in words, and what is wrong with it."""

    number: int
    became: str
    word: str | Promise
    values: list[tuple[str, str]]
    wrong: list[str]


@dataclass(frozen=True)
class Case:
    """A row that differs from what we know. `lines`: (label, ours, theirs). `is_alike`: perhaps of somebody else."""

    row: LedgerRow
    record: Record
    lines: list[tuple[str, str, str]]
    wrong: Sequence[str] = ()
    is_alike: bool = False


def columns(ledger: Ledger, titles: Sequence[str]) -> list[Column]:
    chosen = [*ledger.fields, *[""] * len(titles)]
    return [Column(number, title, chosen[number]) for number, title in enumerate(titles)]


def offered(kind: str) -> list[tuple[str, str]]:
    """What a column may be: (canonical name, label)."""
    return [(name, valued.label(name)) for name in takable(kind)]


def for_all(ledger: Ledger) -> list[ForAll]:
    """What every row needs, and no column says."""
    lacking = [name for name in NEEDED[ledger.kind] if name in FOR_ALL and name not in ledger.fields]
    return [ForAll(name, valued.label(name), str(ledger.defaults.get(name, "")), _choices(name)) for name in lacking]


def _choices(name: str) -> list[tuple[str, str]]:
    table = dictionary.field(name).table
    return dictionary.table(table).choices(language()) if table else valued.answer(name).offers


def read(post: QueryDict, ledger: Ledger) -> tuple[str, list[str], dict[str, str]]:
    """Kind, fields and defaults as they were posted; what is no field of the kind is not taken, nor one twice."""
    kind = post.get("kind", "")
    kind = kind if kind in NEEDED else ledger.kind
    known, fields = set(takable(kind)), list[str]()
    for number, _name in enumerate(ledger.fields):
        name = post.get(f"column-{number}", "")
        fields.append(name if name in known and name not in fields else "")
    said = posted.typed(post, [name for name in NEEDED[kind] if name in FOR_ALL])
    return kind, fields, {name: value for name, value in said.items() if value and len(value) < 40}


def lacking(ledger: Ledger) -> list[str]:
    """What is missing before the ledger can be begun, in words."""
    return [
        _("住处（房屋编码，或楼栋和房号）") if one == HOME else valued.label(one) for one in ledgers.lacking(ledger)
    ]


def lines(came: Iterable[Came]) -> list[Line]:
    return [
        Line(one.row.number, str(one.became), BECAME[one.became], _values(one), sentences(one.refusals)) for one in came
    ]


def _values(one: Came) -> list[tuple[str, str]]:
    """What stands in the row, masked: a preview is looked over people's shoulders."""
    values = one.row.values
    document = {name: str(values.get(name) or "").upper() for name in ("id_type", "id_number")}
    child = dictionary.under_14(document, timezone.localdate())
    return [
        (valued.label(name), valued.said(name, values[name], full=False, child=child))
        for name in values
        if name in one.row.given
    ]


def sentences(refusals: Iterable[Refusal]) -> list[str]:
    """Reason and remedy of each."""
    lang = language()
    return [f"{one.reason(lang)}{_('：')}{one.remedy(lang)}" for one in refusals]


def cases(rows: Iterable[LedgerRow], wrong: Mapping[int, Sequence[Refusal]]) -> list[Case]:
    """Each row beside its record as it is now. `wrong`: id of a row -> why its decision was refused."""
    return [_case(row, sentences(wrong.get(row.pk, ()))) for row in rows if row.record is not None]


def _case(row: LedgerRow, wrong: Sequence[str]) -> Case:
    assert row.record is not None  # noqa: S101 - asked for above
    content = ledgers.content(row)
    now = _now(row.record, content.get("home"))
    given, is_alike = content["given"], row.why == LedgerRow.Why.ALIKE
    found = [
        (valued.label(name), valued.said(name, now.get(name), full=True), valued.said(name, given.get(name), full=True))
        for name in (_TOLD_APART if is_alike else content["differs"])
        if name != HOME
    ]
    if HOME in content["differs"]:
        found.append((_("住处"), _("现登记在另一处"), _("台账写的住处，采用即办理迁移")))
    return Case(row, row.record, found, wrong, is_alike)


_TOLD_APART = ("name", "id_number", "phone")


def _now(record: Record, home: str | None) -> Mapping[str, Any]:
    if record.kind == Record.Kind.HOUSING:
        return {**record.document(), "housing.housing_code": record.housing_code}
    residencies = homes.of(record)
    there = next((one for one in residencies if one.is_open and home == str(one.housing_id)), None)
    counts = there or (residencies[0] if residencies else None)
    return {**record.document(), **homes.document(counts)}


def workbook(ledger: Ledger, *, mark: str) -> bytes:
    """The wrong rows as they stood in the file, with their reasons; to be mended and handed in again."""
    titles = ledgers.head(ledger).titles
    rows = [
        [str(number), _("；").join(_reasons(content)), *(cell or "" for cell in content["cells"])]
        for number, content in ledgers.wrong_rows(ledger, MOST_WRONG)
    ]
    return exports_workbook.workbook(
        rows,
        title=_("有误的行"),
        headings=[_("原行号"), _("原因"), *titles],
        mark=mark,
        row_mark=(_("来源"), mark),
    )


def _reasons(content: Mapping[str, Any]) -> list[str]:
    return sentences(Refusal(**one) for one in content["refusals"])


def row_of(ledger: Ledger, number: int) -> LedgerRow | None:
    """A row that waits for a decision."""
    return ledgers.to_decide(ledger).filter(number=number).first()
