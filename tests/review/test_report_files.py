"""The report as PDF and as workbook, each read back by another library than the one that wrote it."""

from __future__ import annotations

import io
import logging
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import unquote

import pytest
from django.test import Client
from pypdf import PdfReader
from pypdf.generic import DictionaryObject
from python_calamine import CalamineWorkbook

from gridapp.review import report_pdf
from tests.review.reporting import STREET, lines, report

As = Callable[..., Client]


@pytest.fixture
def without_pango(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on a machine where WeasyPrint cannot be loaded."""
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    report_pdf._printer.cache_clear()
    yield
    report_pdf._printer.cache_clear()


def fetched(client: Client, period: object, ending: str) -> bytes:
    answer = client.get(f"/review/reports/{STREET}/{period}/{ending}/")
    assert answer.status_code == 200
    name = unquote(answer["Content-Disposition"])
    assert f"{period}." in name and name.startswith("attachment")
    return bytes(answer.content)


def fonts(reader: PdfReader) -> list[DictionaryObject]:
    """What each letter of the pages is drawn with."""
    found = []
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index] # a dictionary of dictionaries
            found += [below.get_object() for below in font.get_object()["/DescendantFonts"]]
    return found


def test_a_pdf_says_what_the_page_says_in_letters_that_it_carries(as_: As, yesterday: date) -> None:
    content = fetched(as_("supervisor"), yesterday, "pdf")

    reader = PdfReader(io.BytesIO(content))
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert content.startswith(b"%PDF-")
    assert reader.metadata is not None and reader.metadata.title == f"测试街道 · 日报 {yesterday}"
    assert all(word in text for word in ("录入和变更", "退回未改", "会商清单", "省下的时间", "一次通过"))
    assert "测试甲" not in text
    assert all({"/FontFile2", "/FontFile3"} & {*font["/FontDescriptor"]} for font in fonts(reader))  # type: ignore[misc]
    width, height = reader.pages[0].mediabox[2:]
    assert width > height


def test_a_pdf_of_a_month_is_in_the_language_of_who_asks(as_: As, yesterday: date) -> None:
    content = fetched(as_("administrator", language="en"), f"{yesterday:%Y-%m}", "pdf")

    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert "Monthly report" in text and "What is not done" in text
    assert re.findall("[一-龥]", text.replace("测试街道", "")) == []


def test_where_pango_is_missing_the_page_works_and_says_what_to_install(
    as_: As, yesterday: date, without_pango: None, caplog: pytest.LogCaptureFixture
) -> None:
    client = as_("supervisor")
    with caplog.at_level(logging.WARNING):
        page = report(client, yesterday)

    assert "libpango" in page and "/pdf/" not in page
    assert "libpango" in caplog.text
    answer = client.get(f"/review/reports/{STREET}/{yesterday}/pdf/")
    assert (answer.status_code, answer["Location"]) == (302, f"/review/reports/{STREET}/{yesterday}/")
    assert fetched(client, yesterday, "workbook")


def test_a_workbook_has_the_tables_of_the_page_with_numbers_as_numbers(as_: As, yesterday: date) -> None:
    client = as_("supervisor")
    content = fetched(client, yesterday, "workbook")

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}
    said = lines(report(client, yesterday))
    flows = {row[0]: row[1:] for row in sheets["来了多少，送到多少"][3:]}
    assert {"还有多少没有办完", "录入了什么", "按目标系统", "会商清单", "说明"} <= {*sheets}
    assert flows["录入和变更"] == [2.0, 0.0, 2.0]
    assert flows["一次通过"] == ["", "", ""]
    assert said["entered"][0] == "2"
    targets = sheets["按目标系统"]
    assert len(targets) - 3 == len(set(said) & {row for row in said if row.isupper()})
    assert any("1.41" in str(row[0]) for row in sheets["说明"])


def test_a_workbook_computes_nothing_and_leads_nowhere(as_: As, yesterday: date) -> None:
    content = fetched(as_("supervisor"), yesterday, "workbook")

    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist() if name.endswith((".xml", ".rels"))}
    assert not any("<f>" in part for part in parts.values())
    assert not any("externalLink" in name for name in parts)
    assert 'TargetMode="External"' not in "".join(parts.values())
