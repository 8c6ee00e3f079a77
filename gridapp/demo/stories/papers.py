"""Workbooks: ledgers of people taken over, an export that waits for a second person, the province's answer."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from random import Random

import xlsxwriter  # type: ignore[import-untyped] # has no stubs

from gridapp import sealing
from gridapp.catalogue import targets
from gridapp.contract import Kind
from gridapp.delivery import brought, sheets
from gridapp.delivery.models import Sheet
from gridapp.demo import control
from gridapp.demo.people import DIVISION, MAN, WOMAN, People
from gridapp.registry import exports, ledgers
from gridapp.registry.models import Export, Ledger, SavedSearch

from . import SECOND, THIRD, Cast, flats_of, named
from .answers import wait_for

_TITLES = ("序号", "姓名", "身份证号码", "联系电话", "民族", "居住方式", "入住时间", "房屋编码", "备注")
_ROWS = 12
_BORN_BEFORE = date(2003, 5, 20)


def hand_in(cast: Cast) -> None:
    """Two ledgers of one community: one was entered, with rows that are wrong; one waits to be looked at."""
    supervisor = cast["supervisor"]
    codes = [str(flat.housing_code) for flat in flats_of(THIRD)]
    for story, name, shift in (
        ("ledger", "枫林社区租住人员台账.xlsx", 0),
        ("next ledger", "枫林社区十一月补登.xlsx", 1),
    ):
        if Ledger.objects.filter(pk=named(story)).exists():
            continue
        content = _ledger(codes, shift, broken=(3, 8))
        begun = ledgers.begin(content, by=supervisor, name=name, grid_code=THIRD, ledger_id=named(story))
        if shift == 0:
            ledgers.start(begun)


def export(cast: Cast) -> None:
    """Whole phone numbers need a second person; a small masked list does not."""
    by = cast["supervisor2"]
    if Export.objects.filter(by=by).exists():
        return
    area = SECOND[:12]
    whole = exports.Wish("resident", _criteria(area=area), "消防隐患入户排查", "入户前要逐户电话预约", numbers=True)
    exports.ask(whole, by=by, rows=40)
    exports.ask(
        exports.Wish("housing", _criteria(kind="housing", area=area, rental="yes"), "核对出租屋门牌"), by=by, rows=9
    )


def bring_back(cast: Cast) -> None:
    """The province has answered a workbook; nobody has confirmed the answer yet. Not outside its hours."""
    by = cast["supervisor"]
    one = next((one for one in targets.targets() if one.target.key == "SZZ"), None)
    if one is None or Sheet.objects.exists():
        return
    ready = wait_for(lambda: sheets.to_export(one, by).get(Kind.RESIDENT, 0) > 0)
    sheet = sheets.export(one, Kind.RESIDENT, by=by) if ready else None
    if sheet is not None:
        brought.keep(sheet, one, control.upload("SZZ", sheets.content(sheet)), by=by)


def search(cast: Cast) -> None:
    """Told last: a search that the supervisor comes back to."""
    row = SavedSearch(id=named("the last"), owner=cast["supervisor"])
    criteria = _criteria(stale="90", rental="yes")
    row.sealed = sealing.seal_json({"name": "出租屋里 90 天没核实的人", "criteria": criteria}, bound_to=row.bound_to)
    row.save(force_insert=True)


def _criteria(**chosen: str) -> dict[str, str]:
    """A search as its page keeps it."""
    names = ("q", "kind", "area", "state", "target", "status", "age", "stale", "rental")
    return dict.fromkeys(names, "") | {"kind": "resident", "state": "open"} | chosen


def _ledger(codes: Sequence[str], shift: int, *, broken: Sequence[int]) -> bytes:
    """Twelve tenants of a community's own list; `broken`: rows with a phone that is none."""
    random = Random(shift)
    people = People(random, on=date(2026, 1, 1))
    rows = []
    for number in range(_ROWS):
        born = _BORN_BEFORE.replace(year=_BORN_BEFORE.year - number, day=1 + shift)
        document = people.id_number(born, random.choice((MAN, WOMAN)))
        phone = "0755-12" if number in broken else f"19{DIVISION}{900 + 20 * shift + number}"
        name = "".join(random.sample("陈林黄周吴徐孙马朱胡郭何高罗", 1) + random.sample("安宁平静文武清明春华", 2))
        home = codes[(number + 5 * shift) % len(codes)]
        rows.append((str(number + 1), name, document, phone, "汉", "租房", f"2025-0{1 + number % 9}-12", home, ""))
    return _workbook(rows)


def _workbook(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate([_TITLES, *rows]):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    return written.getvalue()
