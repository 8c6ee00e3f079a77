"""The report as a workbook: a sheet for each of its tables, numbers as numbers, nothing computed when it is opened."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

import xlsxwriter  # type: ignore[import-untyped] # has no stubs
from django.utils.translation import gettext as _

from gridapp.review.report_tables import MORE, NUMBER, POINTS, SHARE, SPAN, TEXT, Cell, Table

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMS = {
    NUMBER: "#,##0",
    SHARE: "0.0%",
    SPAN: "[h]:mm:ss",
    MORE: "+#,##0;-#,##0;0",
    POINTS: "+0.0%;-0.0%;0.0%",
    TEXT: "@",
}
_NO_NAME = re.compile(r"[\[\]:*?/\\：].*")
_LONGEST_NAME, _WIDEST, _ABOVE = 31, 40, 3
_A_DAY = 86_400


def made(shown: Mapping[str, Any]) -> bytes:
    """The workbook of what report_tables.shown gave; the same bytes for the same numbers."""
    written, title = io.BytesIO(), shown["title"]
    never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, {"in_memory": True, **never}) as workbook:
        workbook.set_properties({"title": title, "created": datetime.combine(shown["report"].period.last, time.min)})
        for table in shown["tables"]:
            _sheet(workbook, table, title)
        _method(workbook, [title, *map(str, shown["method"])])
    return written.getvalue()


def _sheet(workbook: Any, table: Table, title: str) -> None:
    sheet = workbook.add_worksheet(_NO_NAME.sub("", table.title).strip()[:_LONGEST_NAME])
    formats = {form: workbook.add_format({"num_format": number}) for form, number in _FORMS.items()}
    bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    sheet.write_string(0, 0, f"{title} · {table.title}", workbook.add_format({"bold": True, "font_size": 14}))
    sheet.write_string(1, 0, table.note)
    for column, head in enumerate(table.heads):
        sheet.write_string(_ABOVE - 1, column, head, bold)
    for place, line in enumerate(table.lines, start=_ABOVE):
        sheet.write_string(place, 0, line.title)
        for column, cell in enumerate(line.cells, start=1):
            _write(sheet, place, column, cell, formats[cell.form])
    sheet.set_column(0, 0, min(max((2 * len(line.title) for line in table.lines), default=12) + 2, _WIDEST))
    sheet.set_column(1, len(table.heads) - 1, 14)
    sheet.freeze_panes(_ABOVE, 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_ABOVE - 1)


def _write(sheet: Any, row: int, column: int, cell: Cell, form: Any) -> None:
    """What is not known stays an empty cell, which no sum counts."""
    if cell.value is None:
        return
    if cell.form == TEXT:
        sheet.write_string(row, column, str(cell.value), form)
    else:
        sheet.write_number(row, column, cell.value / _A_DAY if cell.form == SPAN else cell.value, form)  # type: ignore[operator] # a number


def _method(workbook: Any, lines: Sequence[str]) -> None:
    sheet = workbook.add_worksheet(_("说明"))
    sheet.set_column(0, 0, 110, workbook.add_format({"text_wrap": True}))
    for place, text in enumerate(lines):
        sheet.write_string(place, 0, text)
