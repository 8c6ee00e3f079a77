"""Works their page as a clerk does: signs in, looks a file up, reads it, fills the form, hands it in, notes the number.

Before anything is typed the page is held against its manual (page.py), and before a form is handed in every field is
read again. Nothing here decides what is to be done; that is entry.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.transport.visit import Visit, bare
from gridapp.contract import Kind, Manual, Misconfigured, Outcome, Rejected

from . import page
from .page import BOOKS, Control, Field
from .replies import SOURCES, CaptchaAsked, SessionLost, meet, refusal

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what a search found; `place` counts from 1."""

    place: int
    number: str


@dataclass(frozen=True, slots=True)
class File:
    """One file as they hold it: their label -> their value, and whether the head of the station sent it back."""

    number: str
    values: Mapping[str, str]
    sent_back: bool
    reason: str


class Clerk:
    """One visit of the page. All raise Unavailable, Misconfigured ("page"), SessionLost or CaptchaAsked."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._listed: Kind | None = None

    async def sign_in(self, account: str, password: str) -> None:
        """Raises Misconfigured ("credentials") where they do not let this account in."""
        await self._hear(await self.visit.open())
        top = await self._at("", page.LOGIN, signed_in=False)
        await self._same(top, page.CREDENTIALS)
        async with self.visit.looking():
            await _field(top, "username").fill(account)
            await _field(top, "password").fill(password)
        await self._hear(await self.visit.press(_button(top, page.SIGN_IN)))
        async with self.visit.looking():
            again = await top.title() == page.LOGIN
            said = await top.locator("#msg").inner_text() if again else ""
        if again:
            meet(said, sending=False)
            raise Misconfigured("credentials", "对方不接受这个账号和密码")
        await self._at("", page.SYSTEM, signed_in=False)
        await self._at(page.MAIN_FRAME, page.WELCOME, signed_in=False)

    async def search(self, kind: Kind, key: str) -> list[Line]:
        """The files that have exactly this document number or housing code."""
        book = BOOKS[kind]
        if self._listed is not kind:
            menu = await self._at(page.MENU_FRAME, page.MENU)  # its session may have ended while the other frame loaded
            await self._turn(menu.get_by_text(book.title, exact=True), page.MAIN_FRAME)
        main = await self._at(page.MAIN_FRAME, f"{book.title}查询")
        self._listed = kind
        await self._same(main, book.search, form="q")
        async with self.visit.looking():
            await _field(main, book.search[0].name, form="q").fill(key)
        await self._turn(_button(main, page.SEARCH), page.MAIN_FRAME)
        main = await self._at(page.MAIN_FRAME, f"{book.title}查询")
        async with self.visit.looking():
            heads, *rows = await main.evaluate(page.READ_LIST) or [[]]
            nothing = await main.get_by_text(page.NOTHING_FOUND, exact=True).count() == 1
        if heads != ([] if nothing else book.columns) or any(len(row) != len(book.columns) for row in rows):
            raise Misconfigured("page", "对方页面的查询结果与说明不符")
        return [Line(place, row[0].strip()) for place, row in enumerate(rows, 1) if row[2].strip() == key]

    async def read(self, kind: Kind, line: Line) -> File:
        """The file behind a line of the search."""
        book = BOOKS[kind]
        await self._turn(self._link(line, page.SHOW), page.FILE_FRAME)
        shown = await self._pairs(f"{book.title}查看")
        if list(shown) != book.lines or shown[page.NUMBER] != line.number:
            raise Misconfigured("page", "对方页面的档案内容与说明不符")
        state, reason = shown.pop(page.STATE), shown.pop(page.REASON)
        if state not in (page.FILED, page.SENT_BACK):
            raise Misconfigured("page", "对方页面的档案状态不在说明之内")
        return File(line.number, shown, state == page.SENT_BACK, reason)

    async def write(self, kind: Kind, values: Mapping[str, str], line: Line | None, reference: str) -> str | Outcome:
        """Fill a new form, or the one of the file in `line`, and hand it in: the file's number, or what came of it.

        `values`: their label -> what is typed or chosen; labels that are not in it stay as they are.
        """
        book = BOOKS[kind]
        main = self.visit.frame(page.MAIN_FRAME)
        opener = self._link(line, page.CHANGE) if line else main.get_by_text(page.NEW, exact=True)
        await self._turn(opener, page.FILE_FRAME)
        sheet = await self._at(page.FILE_FRAME, f"{book.title}登记")
        found = {one.label: one for one in await self._same(sheet, book.fields)}
        for label, value in values.items():
            if (outcome := _unsayable(kind, found[label], value)) is not None:
                return outcome
        async with self.visit.looking():
            for label, value in values.items():
                await _enter(sheet, found[label], value)
        typed = {one.label: one.value for one in await self._same(sheet, book.fields)}
        if changed := [label for label, value in values.items() if typed[label] != value]:
            raise Misconfigured("page", f"对方页面改动了填入的“{changed[0]}”")
        button = _button(sheet, page.SUBMIT)
        for said in await self.visit.send(button, frame=page.FILE_FRAME, agreed={page.SURE}):
            meet(said, sending=True)
            return refusal(said, kind, reference)
        receipt = await self._pairs(page.SAVED)
        if not receipt.get(page.NUMBER) or receipt.get(book.key) != values[book.key]:
            raise Misconfigured("page", "对方页面的回执与说明不符")
        return receipt[page.NUMBER]

    @asynccontextmanager
    async def witnessed(self) -> AsyncIterator[None]:
        """What stops the lane is shown to whoever has to look."""
        try:
            yield
        except Misconfigured as error:
            error.evidence = await self.picture()
            raise

    async def picture(self, number: str = "") -> bytes:
        """What is to be seen, with nothing of the record but its number there."""
        words = {number, page.SYSTEM, page.SAVED, page.FILED, page.SENT_BACK, *page.WORDS}
        words |= {field.label for field in page.CREDENTIALS}
        for book in BOOKS.values():
            words |= {book.title, *book.columns, *book.lines}
        return await self.visit.picture(words)

    # --- The page against its manual ----------------------------------------------------------------------------------

    async def _turn(self, target: Locator, frame: str) -> None:
        await self._hear(await self.visit.press(target, frame=frame))

    async def _hear(self, alerts: tuple[str, ...]) -> None:
        """A page that speaks where its manual has it silent."""
        for said in alerts:
            meet(said, sending=self.visit.sending)
            raise Misconfigured("page", f"对方页面有说明以外的提示：{self.visit.quotable(said)}")

    async def _at(self, frame: str, title: str, *, signed_in: bool = True) -> Frame:
        """The frame of that name, with the page of that title in it."""
        found = self.visit.frame(frame)
        async with self.visit.looking():
            seen = await found.evaluate(page.GLANCE)
        if seen["title"] == title:
            return found
        meet(seen["text"], sending=self.visit.sending)
        if seen["password"] and signed_in:
            raise SessionLost
        raise Misconfigured("page", f"对方页面应为“{title}”，现为“{self.visit.quotable(seen['title'])}”")

    async def _same(self, frame: Frame, documented: tuple[Field, ...], *, form: str = "f") -> list[Control]:
        """The fields of a form as they stand there, when they are the documented ones."""
        async with self.visit.looking():
            found = page.controls(await frame.evaluate(page.READ_FORM, form))
        if any("验证码" in one.label for one in found):
            raise CaptchaAsked
        if said := page.differences(found, documented):
            raise Misconfigured("page", self.visit.quotable(f"对方页面与说明不符：{'，'.join(said)}"))
        return found

    async def _pairs(self, title: str) -> dict[str, str]:
        """The lines `label: value` of a page of that title in the frame where files open."""
        frame = await self._at(page.FILE_FRAME, title)
        async with self.visit.looking():
            rows = await frame.evaluate(page.READ_LINES)
        return {bare(row[0]): row[1].strip() for row in rows if len(row) == 2}

    def _link(self, line: Line, word: str) -> Locator:
        return self.visit.frame(page.MAIN_FRAME).locator("#list tr").nth(line.place).get_by_text(word, exact=True)


def _field(frame: Frame, name: str, *, form: str = "f") -> Locator:
    return frame.locator(f'form[name="{form}"] [name="{name}"]')


def _button(frame: Frame, word: str) -> Locator:
    return frame.locator(f'input[type="submit"][value="{word}"]')


def _unsayable(kind: Kind, control: Control, value: str) -> Outcome | None:
    """What the form has no place for: never cut, never something similar instead."""
    source = (SOURCES[kind][control.label],)
    if control.choices is not None:
        if value not in control.choices:
            return Manual("option", f"对方页面的“{control.label}”没有“{value}”这一项，请人工代填", source)
    elif control.longest and len(value) > control.longest:
        return Rejected("too_long", f"对方页面“{control.label}”限{control.longest}个字，现有{len(value)}个字", source)
    elif "\n" in value or "\r" in value:
        return Rejected("inexpressible", f"对方页面“{control.label}”只有一行", source)
    return None


async def _enter(sheet: Frame, control: Control, value: str) -> None:
    if control.fixed or control.value == value:
        return  # a fixed field that holds something else is noticed when all are read again
    place = _field(sheet, control.name)
    if control.choices is None:
        await place.fill(value)
    else:
        await place.select_option(label=value)
