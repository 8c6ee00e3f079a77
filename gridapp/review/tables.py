"""Small tables that people fill in with Excel: handed out as workbooks of text cells, read back as rows of texts.

What was read waits for a second look inside the form that shows it, sealed: nothing of it lies on the server meanwhile.
"""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import xlsxwriter  # type: ignore[import-untyped] # has no stubs
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp import sealing, uploads
from gridapp.org.areas import Unfit
from gridapp.org.models import User
from gridapp.registry import ledgers_reading

_MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LIMITS = ledgers_reading.Limits(unpacked=64 * 1024 * 1024, rows=5001, columns=40, memory=512 * 1024 * 1024, seconds=20)
_WIDEST, _LARGEST = 40, 8 * 1024 * 1024
_WHY: Mapping[str, str | Promise] = {
    "empty": gettext_lazy("请选择文件"),
    "not_a_table": gettext_lazy("这个文件不是表格，请用下载的模板填写"),
    "broken": gettext_lazy("文件已损坏或设有密码，读不出来"),
    "too_much": gettext_lazy("文件太大，请分几个文件导入"),
    "encoding": gettext_lazy("文件里的文字读不出来，请另存为 .xlsx 再导入"),
}

Rows = list[dict[str, str]]


def handed_out(rows: Sequence[Sequence[str]], *, name: str) -> HttpResponse:
    """A workbook to fill in. Every cell is a text: nothing is computed, rounded or followed."""
    written = io.BytesIO()
    never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, {"in_memory": True, **never}) as workbook:
        sheet, as_text = workbook.add_worksheet(), workbook.add_format({"num_format": "@"})
        for column, cells in enumerate(zip(*rows, strict=True)):
            sheet.set_column(column, column, min(2 * max(map(len, cells)) + 2, _WIDEST), as_text)
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text, as_text)
    response = HttpResponse(written.getvalue(), content_type=_MEDIA)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def taken_in(request: HttpRequest, headings: Mapping[str, str], *, most: int) -> Rows:
    """The rows of the file that was sent, each by our names of its columns. `headings`: what stands on top -> our name.

    Raises Unfit, whose text says why.
    """
    content = uploads.read(request, "table")
    if content is None:
        raise Unfit(str(_WHY["too_much"]))
    try:
        lines = list(ledgers_reading.lines(content, limits=_LIMITS))
    except ledgers_reading.Unreadable as error:
        raise Unfit(str(_WHY.get(error.why, _WHY["broken"]))) from error
    top = enumerate(lines[0][1] if lines else ())
    places = {place: headings[cell] for place, cell in top if cell is not None and cell in headings}
    if not places:
        raise Unfit(_("第一行没有认得的标题，请用下载的模板填写"))
    if len(lines) - 1 > most:
        raise Unfit(_("一次最多 %(most)d 行，请分几个文件导入") % {"most": most})
    return [{"row": str(number)} | _by_name(cells, places) for number, cells in lines[1:]]


def carried(rows: Rows, by: User, purpose: str) -> str:
    """The rows for a hidden field of the form that shows them: sealed to who looks and what for."""
    packed = zlib.compress(orjson.dumps(rows))
    return base64.b64encode(sealing.seal(packed, bound_to=_bound_to(by, purpose))).decode()


def brought_back(text: str, by: User, purpose: str) -> Rows:
    """The rows of that field. Raises Unfit for anything else."""
    try:
        packed = sealing.unseal(base64.b64decode(text, validate=True), bound_to=_bound_to(by, purpose))
        opened = zlib.decompressobj().decompress(packed, _LARGEST)
        rows: Rows = orjson.loads(opened)
    except (ValueError, zlib.error, sealing.Unsealable) as error:
        raise Unfit(_("请重新选择文件")) from error
    return rows


def _by_name(cells: Sequence[str | None], places: Mapping[int, str]) -> dict[str, Any]:
    """None, a number whose digits Excel has not kept, becomes a text that no column takes."""
    said = {name: cells[place] if place < len(cells) else "" for place, name in places.items()}
    return {name: "#" if text is None else text for name, text in said.items()}


def _bound_to(by: User, purpose: str) -> str:
    return f"table:{purpose}:{by.pk}"
