"""The province's system as far as anybody outside it gets: a page where a person uploads a workbook and gets one back.

The real one answers the next day and wants a key in the USB port; here the answer comes at once and nobody signs in.
"""

from __future__ import annotations

import asyncio
import io
import secrets
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

import python_calamine
import xlwt  # type: ignore[import-untyped] # has no stubs
from aiohttp import web

from connectors.sandbox import Channel, Department, HttpChannel

from .sandbox_rules import MOST, OUT_OF_HOURS, TEMPLATES, TOO_MANY, VERSION, WRONG_TEMPLATE, Row, Template, fault_of

PATIENCE = 5.0
"""Seconds after which a person gives up waiting for the page."""
PAGE = """<!DOCTYPE html><html lang="zh"><meta charset="utf-8"><title>全省综治信息系统 · 批量导入</title>
<h1>全省综治信息系统 · 批量导入</h1>
<p>请选择填好的导入模板(.xls,每份不超过500行)。系统返回导入结果,内列未导入的行及错误原因。</p>
<form method="post" action="/import" enctype="multipart/form-data">
<input type="file" name="file" accept=".xls" required> <button>上传</button></form></html>"""

Cells = Sequence[Any]


class ProvincialPlatform(Department):
    key = "SZZ"
    slug = "provincial_governance"
    takes = (0.4, 2.0)

    def channel(self) -> Channel:
        return HttpChannel(self, [web.get("/", self._page), web.post("/import", self._import)])

    def settings(self) -> dict[str, str]:
        return {"template_version": VERSION, "portal": f"http://127.0.0.1:{self.port}/"}

    def upload(self, content: bytes) -> bytes:
        """What a person does on the page."""
        border = secrets.token_hex(16)
        before = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="import.xls"\r\n\r\n'
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/import",
            data=before.encode() + content + f"\r\n--{border}--\r\n".encode(),
            headers={"Content-Type": f"multipart/form-data; boundary={border}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - our own page
                came_back: bytes = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode(errors="replace")) from error
        except OSError as error:
            raise ValueError("网页打不开") from error
        return came_back

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def _import(self, request: web.Request) -> web.Response:
        if self.faults.take("wrong_credentials"):
            return web.Response(status=403, text="USB-Key认证失败")
        part = (await request.post()).get("file")
        content = part.file.read() if isinstance(part, web.FileField) else b""
        try:
            answer = await asyncio.to_thread(self.take, content)
        except ValueError as error:
            return web.Response(status=400, text=str(error))
        headers = {"Content-Disposition": "attachment; filename*=UTF-8''%E5%AF%BC%E5%85%A5%E7%BB%93%E6%9E%9C.xls"}
        return web.Response(body=answer, content_type="application/vnd.ms-excel", headers=headers)

    def take(self, content: bytes) -> bytes:
        """Imports one workbook; the answer has what was not imported, and why. Raises ValueError for no workbook."""
        rows = _read(content)
        title = str(rows[0][0])
        about = title.removesuffix("导入模板")
        template = TEMPLATES.get(about)
        filled = [row for row in rows[2:] if any(row)]
        if self.faults.take("window_closed"):
            return _refused(rows[0], about, OUT_OF_HOURS)
        if template is None or str(rows[0][2]) != VERSION or _texts(rows[1]) != list(template.headings):
            return _refused(rows[0], about, WRONG_TEMPLATE)
        if len(filled) > MOST:
            return _refused(rows[0], about, TOO_MANY)
        seen = filled[: len(filled) // 2] if self.faults.take("half") else filled
        with self.store.together():
            failed = self._take_all(seen, template, mode=str(rows[0][4]))
        return self._answer(rows[0], about, template, failed, len(seen))

    def _take_all(self, rows: Sequence[Cells], template: Template, *, mode: str) -> list[list[str]]:
        """The rows that were not taken, each with its number and reason behind it."""
        loses, has_it, twice = (bool(self.faults.take(name)) for name in ("lose", "duplicate", "twice"))
        failed = []
        for number, cells in enumerate(rows, start=3):
            row = dict(zip((heading.rstrip("*") for heading in template.headings), _texts(cells, True), strict=False))
            key = row[template.key]
            self.ledger.add(key, mode)
            known = has_it or (mode == "新增" and self.store.get(template.table, key) is not None)
            reason = self._against(row, template) or (template.known if known else "")
            if reason:
                failed.append([*_texts(cells, True)[: len(template.headings)], f"第{number}行:{reason}"])
            elif not loses:
                kept = {heading: text for heading, text in row.items() if text}
                self.store.put(template.table, key, kept)
                if twice:
                    self.store.put(template.table, f"{key}(2)", kept)
        return failed

    def _against(self, row: Row, template: Template) -> str:
        scripted = self.faults.scripted(row[template.key])
        if scripted is not None:
            return scripted
        if self.store.get("unknown_grids", row["所属网格"]) is not None:
            return "找不到指定网格"
        return fault_of(row, template)

    def _answer(self, head: Cells, about: str, template: Template, failed: list[list[str]], seen: int) -> bytes:
        if self.faults.take("return_foreign"):
            stranger = ["陌生人" if heading == "姓名*" else "" for heading in template.headings]
            failed = [*failed, [*stranger, f"第{seen + 3}行:{template.known}"]]
        counts = ["总行数", seen, "成功", seen - len(failed), "失败", len(failed)]
        if self.faults.take("return_shuffled"):
            failed = failed[::-1]
        if self.faults.take("return_short"):
            failed, counts[1] = failed[:-1], seen if failed else seen - 1
        first = [f"{about}导入结果", *head[1:7], *counts]
        return _written([first, [*template.headings, "错误原因"], *failed], about)


def _read(content: bytes) -> list[list[Any]]:
    """The first sheet, as it is."""
    if not content.startswith(bytes.fromhex("d0cf11e0")):
        raise ValueError("文件格式不正确,请使用Excel 97-2003格式的导入模板")
    try:
        sheet = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0)
    except python_calamine.CalamineError as error:
        raise ValueError("文件无法读取") from error
    rows = sheet.to_python(skip_empty_area=False)
    if len(rows) < 3 or len(rows[0]) < 7:
        raise ValueError("文件中没有数据")
    return rows


def _texts(cells: Cells, whole: bool = False) -> list[str]:
    """Cells as texts, a number marked as such so that no rule takes it; `whole`: empty ones too."""
    texts = [cell if isinstance(cell, str) else f"#{cell}" for cell in cells]
    return texts if whole else [text for text in texts if text]


def _refused(head: Cells, about: str, why: str) -> bytes:
    return _written([[f"{about}导入结果", *head[1:7], "导入失败", why]], about)


def _written(rows: Sequence[Cells], about: str) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(about[:20] or "结果")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            page.write(number, column, cell)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


DEPARTMENT = ProvincialPlatform
