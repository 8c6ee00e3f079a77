"""One visit of a page in a browser: step by step, each to its end, with everything that was not asked for noticed.

A step ends with a new document or with the page speaking (alert). Dialogs nobody told us of, windows, downloads, other
addresses: not the page that was documented, and nobody guesses what it may be instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gridapp.contract import Misconfigured, Unavailable

from .http import retry_after
from .tunnel import Tunnel, address

if TYPE_CHECKING:
    from playwright.async_api import Dialog, Frame, Locator, Page, Request, Response

LARGEST_PICTURE = 200 * 1024
"""Bytes."""
LATE = "对方页面没有在规定时间内应答"

_NOT_TAKEN = frozenset({429, 503})
_MARK = """words => {
  const bare = text => text.replace(/[\\s*＊:：]/g, '');
  for (const one of document.querySelectorAll('body, body *')) {
    const button = one.matches('button, input[type=submit], input[type=button]');
    const said = button ? one.value || one.innerText
      : [...one.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join('');
    const field = !button && one.matches('input, select, textarea, [contenteditable]');
    one.toggleAttribute('data-masked', field || bare(said) !== '' && !words.includes(bare(said)));
  }
}"""
_NO_PICTURES = "img,video,canvas,svg,object,embed{visibility:hidden!important}*{background-image:none!important}"
_BARE = re.compile(r"[\s*＊:：]")


def bare(text: str) -> str:
    """A label without what decorates it: blanks, colon, the star of a compulsory field."""
    return _BARE.sub("", text)


class Visit:
    """What `Browser.visit()` gives. `page` is Playwright's, for looking and typing; what loads goes through `press`.

    `sending`: something was handed in, a failure is in doubt from then on; set it back before the next record.
    `private`: values that no message may quote.
    """

    def __init__(self, page: Page, tunnel: Tunnel, url: str, *, deadline: float) -> None:
        self.page = page
        self.sending = False
        self.private: Collection[str] = ()
        self._tunnel = tunnel
        self._url = url
        self._deadline = deadline
        self._awaited = ""
        self._agreed: Collection[str] = ()
        self._happened = asyncio.Event()
        self._alerts: list[str] = []
        self._trouble: Unavailable | Misconfigured | None = None
        page.set_default_timeout(deadline * 1000)
        page.context.on("page", self._on_window)
        page.on("dialog", self._on_dialog)
        page.on("download", lambda download: self._stop("对方页面要求下载文件"))
        page.on("framenavigated", self._on_document)
        page.on("response", self._on_response)
        page.on("requestfailed", self._on_failure)
        page.on("crash", lambda page: self._fail(self._gone("网页崩溃")))

    async def close(self) -> None:
        from playwright.async_api import Error

        with contextlib.suppress(Error):  # the browser had died
            await self.page.context.close()

    async def open(self) -> tuple[str, ...]:
        """Go to the target's address; as `press`."""
        return await self._turn(lambda: self.page.goto(self._url, wait_until="commit"), "", ())

    async def press(self, target: Locator, *, frame: str = "", agreed: Collection[str] = ()) -> tuple[str, ...]:
        """Click what brings a new document into the frame of that name ("" is the page), or makes the page speak.

        `agreed`: questions (confirm) that are answered with yes. Returns what the page said (alert); nothing is pressed
        where it had spoken before. Raises Unavailable, or Misconfigured ("page" for whatever was not agreed).
        """
        return await self._turn(lambda: self._click(target), frame, agreed)

    async def send(self, target: Locator, *, frame: str = "", agreed: Collection[str] = ()) -> tuple[str, ...]:
        """`press` what makes the target store something: sent once, whatever the browser would like to repeat."""

        async def press() -> None:
            await self._tunnel.once()
            self.sending = True
            await self._click(target)

        return await self._turn(press, frame, agreed)

    @contextlib.asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Around looking and typing: what goes wrong there is the page's fault, or the browser's. Raises as `press`."""
        from playwright.async_api import Error

        try:
            async with asyncio.timeout(self._deadline):  # a page whose script never ends answers nothing
                yield
        except TimeoutError:
            self._fail(self._gone(LATE))
        except Error as error:
            self._fail(self._failure(error.message, self._url))
        if self._trouble is not None:
            raise self._trouble

    def frame(self, name: str = "") -> Frame:
        """The frame of that name. Raises Misconfigured."""
        found = self._found(name)
        if found is None:
            raise Misconfigured("page", f"对方页面没有说明中的框架“{name}”")
        return found

    async def picture(self, shows: Collection[str]) -> bytes:
        """What is to be seen now, as a PNG: fields, pictures and every text but those in `shows` are covered.

        b"" where it cannot be made or is larger than 200 KB: evidence that says too much is none.
        """
        from playwright.async_api import Error

        words = [bare(text) for text in shows]
        try:
            async with asyncio.timeout(self._deadline):
                for frame in self.page.frames:
                    await frame.evaluate(_MARK, words)
                covered = [frame.locator("[data-masked]") for frame in self.page.frames]
                png = await self.page.screenshot(mask=covered, mask_color="#555555", style=_NO_PICTURES)
        except (Error, TimeoutError):
            return b""
        return png if len(png) <= LARGEST_PICTURE else b""

    def quotable(self, text: str) -> str:
        """What the page says, short and without anything of the record."""
        for value in sorted(self.private, key=len, reverse=True):
            text = text.replace(value, "＊")
        return " ".join(text.split())[:60]

    # --- One step -----------------------------------------------------------------------------------------------------

    async def _turn(self, act: Callable[[], Awaitable[object]], frame: str, agreed: Collection[str]) -> tuple[str, ...]:
        from playwright.async_api import Error

        self._awaited, self._agreed = frame, agreed
        self._happened.clear()
        self._tunnel.again()
        try:
            async with asyncio.timeout(self._deadline):
                if not self._alerts and self._trouble is None:
                    await act()
                    await self._happened.wait()
                if self._trouble is None:
                    await self._loaded(frame)
        # What has spoken has answered, wherever it goes by itself then, and whether it ever gets there.
        except TimeoutError:  # of ours; Playwright's own is an Error
            if not self._alerts:
                self._fail(self._gone(LATE))
        except Error as error:
            if not self._alerts:
                self._fail(self._failure(error.message, self._url))
        return self._heard()

    async def _click(self, target: Locator) -> None:
        """What cannot be clicked because it is not there is told from what takes its time on a busy machine."""
        if await target.count() != 1 or not await target.is_visible() or not await target.is_enabled():
            self._stop("对方页面上没有说明中的内容")
        else:
            await target.click()

    def _heard(self) -> tuple[str, ...]:
        trouble, alerts = self._trouble, tuple(self._alerts)
        self._trouble, self._alerts = None, []
        if trouble is not None:
            raise trouble
        return alerts

    # --- What happens meanwhile ---------------------------------------------------------------------------------------

    def _found(self, name: str) -> Frame | None:
        return self.page.frame(name=name) if name else self.page.main_frame

    async def _loaded(self, name: str) -> None:
        frame = self._found(name)
        if frame is not None:
            await frame.wait_for_load_state("load")

    def _concerns(self, request: Request) -> bool:
        """Documents of the target's own, and whatever was to come into the frame that is waited for."""
        if not request.is_navigation_request():
            return False
        return _origin(request.url) == _origin(self._url) or request.frame == self._found(self._awaited)

    def _on_document(self, frame: Frame) -> None:
        if frame == self._found(self._awaited):
            self._happened.set()

    def _on_response(self, response: Response) -> None:
        if response.status < 400 or not self._concerns(response.request):
            return
        if response.status >= 500 or response.status in (408, 425, 429):
            wait = retry_after(response.headers.get("retry-after"), now=datetime.now(UTC))
            sent = self.sending and response.status not in _NOT_TAKEN
            self._fail(Unavailable(f"对方出错({response.status})", maybe_sent=sent, retry_after=wait))
        else:
            self._fail(Misconfigured(str(response.status), "对方没有这个网页或不许打开，请核对地址和账号"))

    def _on_failure(self, request: Request) -> None:
        reason = request.failure or ""
        # Aborted: the page itself thought better of it, or answered with a file, which is noticed as such.
        if "ERR_ABORTED" not in reason and self._concerns(request):
            self._fail(self._failure(reason, request.url))

    async def _on_dialog(self, dialog: Dialog) -> None:
        from playwright.async_api import Error

        said = dialog.message.strip()
        with contextlib.suppress(Error):  # the page went away with its question
            if dialog.type == "confirm" and said in self._agreed:
                await dialog.accept()
            elif dialog.type == "alert":
                self._alerts.append(said)
                await dialog.accept()
                self._happened.set()
            else:
                self._stop(f"对方页面问了说明以外的话：{self.quotable(said)}")
                await dialog.dismiss()

    async def _on_window(self, page: Page) -> None:
        from playwright.async_api import Error

        if page != self.page:
            self._stop("对方页面打开了说明以外的窗口")
            with contextlib.suppress(Error):
                await page.close()

    def _stop(self, reason: str) -> None:
        self._fail(Misconfigured("page", reason))

    def _fail(self, trouble: Unavailable | Misconfigured) -> None:
        self._trouble = self._trouble or trouble
        self._happened.set()

    def _gone(self, reason: str) -> Unavailable:
        return Unavailable(reason, maybe_sent=self.sending)

    def _failure(self, reason: str, url: str) -> Unavailable | Misconfigured:
        """What Playwright's or Chromium's word for it means (net::ERR_…)."""
        if _origin(url) != _origin(self._url):
            return Misconfigured("redirect", "对方页面要求转到别的地址，不予跟随")
        if "ERR_CERT" in reason or "ERR_SSL" in reason:
            return Misconfigured("tls", "对方的证书不可信，或无法建立加密连接")
        if "ERR_SOCKS" in reason and self._tunnel.unreached is not None:
            return self._gone("连不上对方")
        if "net::" in reason or "closed" in reason or "crashed" in reason:
            return self._gone("与对方的连接中断")
        if "Timeout" in reason:
            return self._gone(LATE)
        return Misconfigured("page", "对方页面自行换了内容")  # a frame or a field went away under our hands


def _origin(url: str) -> tuple[str, str, int]:
    scheme = url.partition(":")[0]
    try:
        return (scheme, *address(url))
    except ValueError:  # file:, about:, chrome-error:
        return (scheme, "", 0)
