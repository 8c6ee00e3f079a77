"""Workbooks: what we write against readers that did not write it, what comes back against what it may cost us."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import python_calamine
import xlsxwriter  # type: ignore[import-untyped]
import xlwt  # type: ignore[import-untyped]
from xlwt.CompoundDoc import XlsDoc  # type: ignore[import-untyped]

from connectors.transport import workbook
from connectors.transport.workbook import Limits
from gridapp.contract import UnreadableError

NUMBER = "990101199202290010"
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "x\ry", "x\ny", "a\0b", "＝1+1", " x ", "_x0041_", "'x", "{=1}",
    "http://example.org/", "mailto:x", NUMBER, "0012", "2024-01-31", "㛃𠮷", "TRUE", "1e9",
]  # fmt: skip
WRITERS = [workbook.xls, workbook.xlsx]

Writer = Callable[..., bytes]


def calamine(content: bytes) -> list[list[Any]]:
    """What a reader of another house finds: text is `str`, a number would be `float`."""
    return python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def typed(*cells: Any, ending: str = "xls") -> bytes:
    """A workbook as a person makes it, below two rows of headings: numbers are numbers."""
    written = io.BytesIO()
    if ending == "xls":
        book = xlwt.Workbook()
        page = book.add_sheet("a")
    else:
        book = xlsxwriter.Workbook(written, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
        page = book.add_worksheet()
    page.write(1, 0, "身份证号码*")
    page.write(1, 1, "备注")
    for column, cell in enumerate(cells):
        if isinstance(cell, date) and ending == "xls":
            page.write(2, column, cell, xlwt.easyxf(num_format_str="yyyy-mm-dd"))
        else:
            page.write(2, column, cell)
    if ending == "xls":
        book.save(written)
    else:
        book.close()
    return written.getvalue()


def parts(**replaced: bytes) -> bytes:
    """A small .xlsx with parts put in place of its own, packed."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook.xlsx([["a"]], sheet="a"))) as old,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            key = name.rpartition("/")[2].removesuffix(".xml")
            new.writestr(name, replaced.get(key, old.read(name)))
    return written.getvalue()


def sheet_of(cells: bytes) -> bytes:
    return (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<sheetData>" + cells + b"</sheetData></worksheet>"
    )


def refusal(content: bytes, **more: Any) -> str:
    with pytest.raises(UnreadableError) as refused:
        workbook.read(content, **more)
    return str(refused.value)


# --- Writing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_stays_the_text_it_was(write: Writer, text: str) -> None:
    content = write([["title"], ["heading"], [text]], sheet="流动人口")

    assert calamine(content) == [["title"], ["heading"], [text]]


@pytest.mark.parametrize("write", WRITERS)
def test_what_a_person_adds_below_is_text_too(write: Writer) -> None:
    content = write([["a"]], sheet="a")

    if write is workbook.xls:
        assert b"@" in content
    else:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            assert b'<col min="1" max="1"' in packed.read("xl/worksheets/sheet1.xml")
            assert b'formatCode="@"' in packed.read("xl/styles.xml")


def test_a_workbook_of_97_is_one() -> None:
    assert workbook.xls([["a"]], sheet="a").startswith(bytes.fromhex("d0cf11e0a1b11ae1"))


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("cell", [5, None, "x" * 32_768, "\ud800", "\ufffe"])
def test_what_the_format_cannot_hold_is_refused_and_not_cut(write: Writer, cell: Any) -> None:
    with pytest.raises(ValueError, match="32767"):
        write([[cell]], sheet="a")


def test_too_many_columns_or_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="65536 rows"):
        workbook.xls([[""]] * 65_537, sheet="a")
    with pytest.raises(ValueError, match="256 columns"):
        workbook.xls([[""] * 257], sheet="a")


# --- Reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", WRITERS)
def test_rows_keep_their_place_when_the_first_ones_are_empty(write: Writer) -> None:
    assert workbook.read(write([[""], ["", ""], ["", "third"]], sheet="a"))[2] == ["", "third"]


@pytest.mark.parametrize("ending", ["xls", "xlsx"])
@pytest.mark.parametrize(
    ("cell", "text"), [(12, "12"), (-3, "-3"), (1.5, "1.5"), (True, "TRUE"), (date(2024, 1, 31), "2024-01-31")]
)
def test_what_is_no_text_is_read_as_one(ending: str, cell: Any, text: str) -> None:
    assert workbook.read(typed("x", cell, ending=ending))[2] == ["x", text]


@pytest.mark.parametrize("cell", [13912340000, 990101199202290010, 12.5, date(2024, 1, 31)])
def test_a_number_where_a_text_must_be_exact_is_refused_with_its_place(cell: Any) -> None:
    told = refusal(typed(cell, "x"), text_columns={"身份证号码*"})

    assert "第3行“身份证号码*”" in told
    assert str(cell) not in told


def test_a_number_with_more_digits_than_excel_keeps_is_refused_wherever_it_stands() -> None:
    assert "15位" in refusal(typed("x", 990101199202290010))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "不是Excel"),
        (b"<!DOCTYPE html><html>", "不是Excel"),
        (b"a,b,c\n1,2,3\n", "不是Excel"),
        (b"PK\x03\x04 and nothing else", "损坏"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 5000, "损坏"),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes, why: str) -> None:
    assert why in refusal(content)


@pytest.mark.parametrize("write", WRITERS)
def test_half_a_workbook_is_refused(write: Writer) -> None:
    content = write([["a" * 50] * 20] * 50, sheet="a")

    assert "Excel文件" in refusal(content[: len(content) // 2])


@pytest.mark.parametrize("write", WRITERS)
def test_a_damaged_workbook_is_read_or_refused_and_never_breaks_us(write: Writer) -> None:
    content, chance = write([["单元格"] * 5] * 50, sheet="a"), random.Random(2024)
    for _ in range(12):
        damaged = bytearray(content)
        for _ in range(40):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        try:
            assert isinstance(workbook.read(bytes(damaged)), list)
        except UnreadableError as refused:
            assert str(refused)


def test_a_password_is_named() -> None:
    written = io.BytesIO()
    begins = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 5, 0, 0, 0, 0)
    locked, ends = struct.pack("<HHHHH", 0x002F, 6, 1, 1, 1), struct.pack("<HH", 0x000A, 0)
    XlsDoc().save(written, begins + locked + ends + b"\0" * 5000)

    assert "密码" in refusal(written.getvalue())


# --- Bombs ---------------------------------------------------------------------------------------------------------


def test_two_cells_in_opposite_corners_cost_nothing() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("a")
    page.write(0, 0, "a")
    page.write(65_535, 255, "b")
    written = io.BytesIO()
    book.save(written)

    assert refusal(written.getvalue())


def test_a_sheet_as_large_as_excel_allows_is_refused_though_it_is_almost_empty() -> None:
    corners = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

    assert refusal(parts(sheet1=sheet_of(corners)))


def test_a_million_columns_are_refused() -> None:
    wide = b'<row r="1">' + b"".join(b"<c><v>1</v></c>" for _ in range(16_384)) + b"</row>"

    assert "列" in refusal(parts(sheet1=sheet_of(wide)), limits=Limits(ratio=10_000))


def test_more_rows_than_anybody_sends_are_refused() -> None:
    assert "10000行" in refusal(workbook.xls([["a"]] * 10_001, sheet="a"))


def test_a_file_that_unpacks_to_a_hundred_times_its_size_is_refused() -> None:
    assert "解压" in refusal(parts(sheet1=sheet_of(b" " * 20_000_000)))


def test_a_file_of_thousands_of_parts_is_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        for number in range(1001):
            packed.writestr(f"part{number}", b"")

    assert "解压" in refusal(written.getvalue())


def test_a_file_that_lies_about_its_unpacked_size_is_refused() -> None:
    # 300 MB of one row, declared as 100 bytes: whoever believes the directory of the archive unpacks it all.
    content = bytearray(parts(sheet1=sheet_of(b"<row>" * 60_000_000)))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = 0
        while (at := content.find(signature, at)) >= 0:
            content[at + offset : at + offset + 4] = struct.pack("<I", 100)
            at += 4

    assert refusal(bytes(content))


def test_one_long_text_in_very_many_cells_is_refused() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("a")
    for row in range(5000):
        for column in range(10):
            page.write(row, column, "字" * 30_000)
    written = io.BytesIO()
    book.save(written)

    assert len(written.getvalue()) < 2_000_000
    assert refusal(written.getvalue())


def test_a_file_that_is_too_large_is_not_even_looked_at() -> None:
    assert "8MB" in refusal(b"PK\x03\x04" + b"\0" * (8 * 1024 * 1024))
