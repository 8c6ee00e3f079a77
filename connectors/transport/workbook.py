"""The way out and back that people carry: Excel workbooks of text cells, .xls (97–2003, BIFF8) and .xlsx.

.xls is written by xlwt. It has been frozen since 2017, and so has the format; what it writes, calamine and LibreOffice
read. Weighed again: of the files of excelio 1.0.0 (2026-08, its first release) calamine cannot read the small ones, nor
any with a character beyond the basic plane (𠮷 in a name); the other writers need Java, .NET or an office beside them.
.xlsx is written by xlsxwriter, both are read by python-calamine in a process of its own, see workbook_child.py.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped] # has no stubs
import xlwt  # type: ignore[import-untyped] # has no stubs

from gridapp.contract import UnreadableError

XLS_MEDIA = "application/vnd.ms-excel"
XLSX_MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_XLS_ROWS, _XLS_COLUMNS = 65_536, 256
_XLSX_ROWS, _XLSX_COLUMNS = 1_048_576, 16_384
_CELL = 32_767  # characters
_NO_CHARACTER = frozenset(map(chr, (*range(0xD800, 0xE000), 0xFFFE, 0xFFFF)))  # readers lose them or stumble
_WIDEST = 40  # characters of a column, so that a person can read the sheet
_OLE, _ZIP = bytes.fromhex("d0cf11e0a1b11ae1"), b"PK\x03\x04"
_CHILD = Path(__file__).with_name("workbook_child.py")

Rows = Sequence[Sequence[str]]


# --- Writing: every cell a text, so that nothing is computed, rounded or followed -------------------------------------


def xls(rows: Rows, *, sheet: str) -> bytes:
    """A workbook of Excel 97–2003 with one sheet. Every column is formatted as text, also for what a person adds.

    Raises ValueError for what the format cannot hold: nothing is cut.
    """
    _fitting(rows, most_rows=_XLS_ROWS, most_columns=_XLS_COLUMNS)
    workbook = xlwt.Workbook(encoding="utf-8")
    page = workbook.add_sheet(sheet)
    as_text = xlwt.easyxf(num_format_str="@")
    for column, width in enumerate(_widths(rows)):
        page.col(column).width = 256 * width
        page.col(column).set_style(as_text)
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            page.write(number, column, text, as_text)
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def xlsx(rows: Rows, *, sheet: str) -> bytes:
    """The same as xls() in the format of today."""
    _fitting(rows, most_rows=_XLSX_ROWS, most_columns=_XLSX_COLUMNS)
    written = io.BytesIO()
    never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, {"in_memory": True, **never}) as workbook:
        page = workbook.add_worksheet(sheet)
        as_text = workbook.add_format({"num_format": "@"})
        for column, width in enumerate(_widths(rows)):
            page.set_column(column, column, width, as_text)
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                page.write_string(number, column, text, as_text)
    return written.getvalue()


def _fitting(rows: Rows, *, most_rows: int, most_columns: int) -> None:
    if len(rows) > most_rows or max(map(len, rows), default=0) > most_columns:
        raise ValueError(f"a sheet has at most {most_rows} rows and {most_columns} columns")
    for row in rows:
        for text in row:
            if not isinstance(text, str) or len(text) > _CELL or not _NO_CHARACTER.isdisjoint(text):
                raise ValueError(f"a cell is a text of at most {_CELL} characters")


def _widths(rows: Rows) -> list[int]:
    columns = range(max(map(len, rows), default=0))
    longest = [max((len(row[column]) for row in rows if column < len(row)), default=0) for column in columns]
    return [min(2 * length + 2, _WIDEST) for length in longest]


# --- Reading: within limits, apart from us, everything as text -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook from elsewhere may cost. Bytes, seconds of computing; `ratio`: unpacked to packed."""

    size: int = 8 * 1024 * 1024
    unpacked: int = 64 * 1024 * 1024
    ratio: int = 100
    parts: int = 1000
    rows: int = 10_000
    columns: int = 100
    memory: int = 512 * 1024 * 1024
    seconds: int = 20


LIMITS = Limits()


def read(
    content: bytes, *, text_columns: Collection[str] = (), headings: int = 1, limits: Limits = LIMITS
) -> list[list[str]]:
    """The first sheet as texts, row by row from its very first row on; cells without anything are "".

    `text_columns`: headings under which a number is refused, because Excel has rounded it or dropped its zeros;
    `headings`: the row they stand in, counted from 0. A number of more than 15 digits is refused wherever it stands.
    Raises UnreadableError.
    """
    _promising(content, limits)
    rows = _apart(content, limits)
    titles = [_text(cell) for cell in rows[headings]] if headings < len(rows) else []
    exact = {column for column, title in enumerate(titles) if title.strip() in text_columns}
    for number, row in enumerate(rows[headings + 1 :], start=headings + 2):
        for column, cell in enumerate(row):
            if column in exact and not isinstance(cell, str):
                raise UnreadableError(
                    f"第{number}行“{titles[column].strip()}”是数值，位数已不可靠：请把该列设为文本格式，用原文件重新导入"
                )
    return [[_text(cell) for cell in row] for row in rows]


Cell = str | list[str | None]
"""A text, or in a list the text of what was a number, a date or a yes-no; None in it for a number nobody can trust."""


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if cell[0] is None:
        raise UnreadableError("表中有超过15位的数值，位数已不可靠：请把该列设为文本格式，用原文件重新导入")
    return cell[0]


def _promising(content: bytes, limits: Limits) -> None:
    """What can be said before anything is unpacked, by the file's own word."""
    if len(content) > limits.size:
        raise UnreadableError(f"文件超过{limits.size // 1024 // 1024}MB，不予读取")
    if content.startswith(_ZIP):
        _unpacked(content, limits)
    elif not content.startswith(_OLE):
        raise UnreadableError("不是Excel文件（.xls或.xlsx）：请选择对方系统返回的原文件")


def _unpacked(content: bytes, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableError("Excel文件已损坏，请重新下载") from error
    size = sum(part.file_size for part in parts)
    if len(parts) > limits.parts or size > limits.unpacked or size > limits.ratio * len(content):
        raise UnreadableError("文件解压后过大，不予读取")


def _apart(content: bytes, limits: Limits) -> list[list[Cell]]:
    """The rows as the child process reads them: what is too much for it, or breaks it, is its end and not ours."""
    command = [sys.executable, "-I", str(_CHILD), json.dumps(asdict(limits))]
    try:
        ended = subprocess.run(command, input=content, capture_output=True, timeout=2 * limits.seconds, check=False)  # noqa: S603 - our own program
    except subprocess.TimeoutExpired as error:
        raise UnreadableError("文件内容过多，未能在限时内读完") from error
    if ended.returncode != 0:
        raise UnreadableError("Excel文件已损坏或内容过大，读不出来")
    told = json.loads(ended.stdout)
    if "refused" in told:
        raise UnreadableError(told["refused"])
    rows: list[list[Cell]] = told["rows"]
    return rows
