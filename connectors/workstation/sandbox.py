"""The community work station as its vendor left it in 2010: a page with frames, a session, alert() and confirm().

No interface but the eyes. Files have numbers of its own; no two of a book may have the same document number or housing
code. The head of the station may send a file back (状态 退回). Faults that are its own: `captcha` ("login", "form" or
"save"), `page_changed` (one of CHANGES), `session_lost` (true, or the page at which it happens: "save.do" before it is
looked at, "after save.do" when all is stored).
"""

from __future__ import annotations

import asyncio
import io
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter  # type: ignore[import-untyped] # has no stubs
from aiohttp import web

from connectors.sandbox import Department, HttpChannel

from . import sandbox_pages as pages
from .sandbox_changes import CHANGES, changed, named
from .sandbox_rules import BOOKS, Book, in_order, refusal

__all__ = ["CHANGES", "DEPARTMENT", "WorkStation"]

LOCAL_TIME = ZoneInfo("Asia/Shanghai")
TIMEOUT = pages.says("会话超时，请重新登录", "top.location='login.do'")
SENT_BACK = "站长退回:"
_PATH = "/gzz/"
_COOKIE = "JSESSIONID"

Answer = Callable[[web.Request], Awaitable[str]]


class WorkStation(Department):
    """Holds `residents` and `rentals` by file number, under the labels of its forms."""

    key = "GZZ"
    slug = "workstation"
    takes = (0.15, 0.6)  # a page; the people who fill it by hand take minutes

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._account, self._password = "gzz0001", secrets.token_hex(8)
        self._sessions: set[str] = set()
        self.opened: list[str] = []
        """Every page that was asked for, by its path, in order."""

    def channel(self) -> HttpChannel:
        ways: dict[str, Answer] = {
            "index.do": self._frames, "menu.do": self._menu, "welcome.do": self._welcome, "list.do": self._list,
            "edit.do": self._edit, "view.do": self._view, "save.do": self._save,
        }  # fmt: skip
        routes = [web.route("*", f"{_PATH}{name}", self._behind_sign_in(answer)) for name, answer in ways.items()]
        routes += [web.route("*", f"{_PATH}login.do", self._login), web.get(f"{_PATH}export.do", self._export)]
        # What goes wrong on the wire goes wrong where it matters: where a form is handed in.
        spared = [f"{_PATH}{name}" for name in (*ways, "login.do", "export.do") if name != "save.do"]
        return HttpChannel(self, routes, error_in_200=lambda: _html(pages.trouble()), spares=spared)

    def settings(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.port}{_PATH}login.do"
        return {"url": url, "account": self._account, "password": self._password, "agent": "yes"}

    def reset(self) -> None:
        super().reset()
        self.opened.clear()

    # --- The door -----------------------------------------------------------------------------------------------------

    async def _login(self, request: web.Request) -> web.Response:
        self.opened.append("login.do")
        if self.faults.is_on("window_closed"):
            return _html(pages.closed())
        captcha = self._told("captcha") in (True, "login")
        if request.method != "POST":
            return _html(pages.login(captcha=captcha))
        given = await request.post()
        if captcha:
            return _html(pages.login("验证码错误", captcha=True))
        known = (given.get("username"), given.get("password")) == (self._account, self._password)
        if not known or self.faults.take("wrong_credentials"):
            return _html(pages.login("用户名或密码错误"))
        session = secrets.token_hex(16)
        self._sessions.add(session)
        answer = web.Response(status=302, headers={"Location": "index.do"})
        answer.set_cookie(_COOKIE, session, httponly=True)
        return answer

    def _behind_sign_in(self, answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            name = request.path.rpartition("/")[2]
            self.opened.append(name)
            if name != "save.do":  # there the channel waits
                await asyncio.sleep(self.waits())
            if self.faults.is_on("window_closed"):
                return _html(pages.closed())
            session = request.cookies.get(_COOKIE, "")
            self._lose(session, True, name)
            if session not in self._sessions:
                return _html(TIMEOUT)
            text = await answer(request)
            self._lose(session, f"after {name}")
            return _html(text if session in self._sessions else TIMEOUT)

        return handler

    def _lose(self, session: str, *at: Any) -> None:
        if self._told("session_lost") in at and self.faults.take("session_lost"):
            self._sessions.discard(session)

    @property
    def _change(self) -> str:
        return named(self._told("page_changed"))

    def _told(self, fault: str) -> Any:
        """The value of a fault without using it up."""
        return self.faults.as_json().get(fault, {}).get("value")

    # --- The pages ----------------------------------------------------------------------------------------------------

    async def _frames(self, request: web.Request) -> str:
        return pages.frames()

    async def _menu(self, request: web.Request) -> str:
        return pages.menu(BOOKS.values())

    async def _welcome(self, request: web.Request) -> str:
        return pages.welcome()

    async def _list(self, request: web.Request) -> str:
        given = await request.post()
        book = BOOKS[str(given.get("lx") or request.query.get("lx"))]
        if not given:
            return pages.listing(book, None, [])
        sought = str(given.get(book.key_name, "")).strip()
        return pages.listing(book, sought, [one for one in self._files(book).values() if one[book.key] == sought])

    async def _edit(self, request: web.Request) -> str:
        book, held = self._file(request.query.get("id", ""))
        if book is None:
            book = BOOKS[request.query["lx"]]
        captcha = self._told("captcha") == "form"
        return pages.form(book, changed(book.fields, self._change), held, change=self._change, captcha=captcha)

    async def _view(self, request: web.Request) -> str:
        book, held = self._file(request.query["id"])
        return pages.view(book, held) if book else pages.trouble()

    async def _save(self, request: web.Request) -> str:
        given = await request.post()
        book = BOOKS[str(given["lx"])]
        record = {one.label: str(given.get(one.name, "")).strip() for one in book.fields}
        number = str(given.get("id", ""))
        self.ledger.add(record[book.key], "修改" if number else "新增", book=book.title)
        scripted = self.faults.scripted(record[book.key]) or ""
        if scripted.startswith("会话超时"):
            return TIMEOUT
        said = "" if scripted.startswith(SENT_BACK) else scripted or self._complaint(book, record, number)
        if said:
            return pages.says(said)
        if self._change == "cut_on_the_way":
            record = {label: value[:10] if label.endswith("地址") else value for label, value in record.items()}
        kept = self._keep(book, record, number, scripted.removeprefix(SENT_BACK))
        if self._change == "other_receipt":
            record[book.key] = record[book.key][::-1]
        return pages.receipt(book, record, number="" if self._change == "no_receipt" else kept)

    def _complaint(self, book: Book, record: Mapping[str, str], number: str) -> str:
        if self._told("captcha") == "save":
            return "验证码错误"
        complaint = refusal(book, record)
        if complaint is None and not number and (self.faults.take("duplicate") or self._has(book, record)):
            return f"{book.key}已存在"
        return complaint or ""

    async def _export(self, request: web.Request) -> web.Response:
        """The week's workbook that a clerk fetches: the files as they are held, a column a label."""
        if request.cookies.get(_COOKIE, "") not in self._sessions:
            return _html(TIMEOUT)
        book = BOOKS[request.query["lx"]]
        labels = ["档案号", *(one.label for one in book.fields), *pages.STANDING]
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as workbook:
            sheet = workbook.add_worksheet(book.title)
            for place, row in enumerate([labels, *(in_order(one, labels) for one in self._files(book).values())]):
                sheet.write_row(place, 0, row)
        headers = {"Content-Disposition": f'attachment; filename="{book.code}.xlsx"'}
        return web.Response(body=content.getvalue(), content_type="application/octet-stream", headers=headers)

    # --- The files ----------------------------------------------------------------------------------------------------

    def _files(self, book: Book) -> dict[str, dict[str, Any]]:
        return self.store.table(_TABLES[book.code])

    def _file(self, number: str) -> tuple[Book | None, Mapping[str, str]]:
        for book in BOOKS.values():
            held = self.store.get(_TABLES[book.code], number)
            if held is not None:
                return book, held
        return None, {}

    def _has(self, book: Book, record: Mapping[str, str]) -> bool:
        return any(held[book.key] == record[book.key] for held in self._files(book).values())

    def _keep(self, book: Book, record: dict[str, str], number: str, reason: str) -> str:
        """Write it down; returns the number of the file."""
        table = _TABLES[book.code]
        lost, twice = self.faults.take("lose"), self.faults.take("twice")
        with self.store.together():
            serial = self.store.sizes().get(table, 0)
            numbers = [
                number or f"{book.prefix}{serial + 1:08d}",
                *([f"{book.prefix}{serial + 2:08d}"] if twice else []),
            ]
            for one in () if lost else numbers:
                self.store.put(table, one, self._stamped(record, one, reason))
        return numbers[0]

    def _stamped(self, record: dict[str, str], number: str, reason: str) -> dict[str, str]:
        now = datetime.now(LOCAL_TIME).strftime("%Y-%m-%d %H:%M:%S")
        standing = ("退回" if reason else "已登记", reason, now)
        return {"档案号": number, **record, **dict(zip(pages.STANDING, standing, strict=True))}


_TABLES = {"jm": "residents", "czw": "rentals"}


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", charset="utf-8")


DEPARTMENT = WorkStation
