"""One workbook of an export: text cells alone, and on every page and in every row whose it is and what it is for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped] # has no stubs

_NEVER = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_CELL = 32_767
_HEADER = 255
"""Characters that Excel takes."""
_NO_CHARACTER = dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF, *range(9), 11, 12, *range(14, 32)))
_WIDEST = 40


def workbook(
    rows: Sequence[Sequence[str]], *, title: str, headings: Sequence[str], mark: str, row_mark: tuple[str, str]
) -> bytes:
    """The file, made in memory: nothing is written to a disk in clear. `mark`: who, when and what for.

    `row_mark`: heading and text of a last column, so that a row that was copied elsewhere still says where it is from.
    """
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True, **_NEVER}) as book:
        sheet = book.add_worksheet(title[:31])
        as_text = book.add_format({"num_format": "@"})
        strong = book.add_format({"num_format": "@", "bold": True, "bottom": 1})
        sheet.write_string(0, 0, cell(mark), book.add_format({"num_format": "@", "italic": True}))
        for column, text in enumerate([*headings, row_mark[0]]):
            sheet.write_string(1, column, cell(text), strong)
        for number, row in enumerate(rows, start=2):
            for column, text in enumerate([*row, row_mark[1]]):
                sheet.write_string(number, column, cell(text), as_text)
        for column, width in enumerate(_widths([headings, *rows])):
            sheet.set_column(column, column, width, as_text)
        _for_print(sheet, mark)
        book.set_properties({"title": title, "comments": mark})
    return written.getvalue()


def cell(text: str) -> str:
    """A text as a cell can hold it: readers lose some characters or stumble over them."""
    return text.translate(_NO_CHARACTER)[:_CELL]


def _for_print(sheet: Any, mark: str) -> None:
    told = cell(mark).replace("&", "&&")[: _HEADER - 10].rstrip("&")
    sheet.set_header(f"&L{told}")
    sheet.set_footer("&R&P / &N")
    sheet.repeat_rows(0, 1)
    sheet.freeze_panes(2, 0)
    sheet.set_landscape()


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """By the first rows: enough to read them, without a look at all."""
    columns = range(max(map(len, rows[:200]), default=0))
    longest = [max((len(row[column]) for row in rows[:200] if column < len(row)), default=0) for column in columns]
    return [min(2 * length + 2, _WIDEST) for length in longest]
