"""Ledgers as communities keep them, made up: workbooks and texts of the test division."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import count
from typing import Any

import xlsxwriter  # type: ignore[import-untyped] # has no stubs

from tests import factories

_people = count()
TITLES = ("序号", "姓 名*", "身份证号码", "联系电话", "民族", "居住方式", "入住时间", "房屋编码", "备注")


def book(*rows: Sequence[Any], titles: Sequence[str] = TITLES, above: Sequence[str] = ()) -> bytes:
    """A workbook; `above`: lines that stand over the headings."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True, "remove_timezone": True}) as workbook:
        sheet = workbook.add_worksheet()
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        lines = [*([text] for text in above), titles, *rows]
        for number, row in enumerate(lines):
            for column, cell in enumerate(row):
                if hasattr(cell, "isoformat"):
                    sheet.write_datetime(number, column, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                else:
                    sheet.write(number, column, cell)
    return written.getvalue()


def text(*rows: Sequence[str], titles: Sequence[str] = TITLES, encoding: str = "utf-8-sig") -> bytes:
    """The same as CSV."""
    written = io.StringIO()
    csv.writer(written).writerows([titles, *rows])
    return written.getvalue().encode(encoding)


def person(housing_code: str, **changed: str) -> list[str]:
    """A row of somebody new, with a name of their own, who rents a flat since March 2024."""
    known = {
        "number": "1",
        "name": f"测试{chr(0x4E00 + next(_people))}",
        "id_number": factories.id_number(),
        "phone": factories.phone(),
        "ethnicity": "汉",
        "kind": "租房",
        "since": "2024-03-10",
        "home": housing_code,
        "note": "",
    }
    return list((known | changed).values())
