"""The way out to a department that has nothing but a web page: a real Chromium that reaches that page and nothing else.

It sits behind a tunnel to the one address, keeps no profile, takes no downloads and knows nothing of our environment.
Playwright is imported with the first visit: only who needs a browser needs `gridapp[browser]`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from gridapp.contract import Misconfigured, Unavailable

from .tunnel import Tunnel, address
from .visit import Visit

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STARTS_WITHIN = 30.0
"""Seconds; a cold start takes one to three."""
SCREEN = (1024, 768)

_FLAGS = (
    "--disable-gpu",
    "--disable-quic",  # UDP would pass by the tunnel; so would WebRTC
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy",
    "--dns-prefetch-disable",
    "--no-pings",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-auto-reload",  # a form is not sent again because the network came back
    "--proxy-bypass-list=<-loopback>",  # our own machine is behind the tunnel too
)
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "XDG_RUNTIME_DIR", "FONTCONFIG_PATH", "FONTCONFIG_FILE")
"""What the browser gets of our environment: keys and addresses of other systems stand there too."""


class Browser:
    """One Chromium for one address, an async context manager. Started with the first visit, again when it has died.

    `url` is the target's own setting: its host and port are all that is ever spoken to. `deadline`: seconds for one
    answer of the page.
    """

    def __init__(self, url: str, *, deadline: float) -> None:
        self.url = url.strip()
        self._address = _checked(self.url)
        self._deadline = deadline
        self._open = contextlib.AsyncExitStack()
        self._starting: asyncio.Task[tuple[Chromium, Tunnel]] | None = None
        self._visit: Visit | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._end()

    async def visit(self) -> Visit:
        """A new visit, as of somebody who was never here: no cookies, nothing kept. The one before ends.

        Raises Misconfigured where there is no browser to be had, Unavailable where it does not get ready.
        """
        chromium, tunnel = await self._started()
        if self._visit is not None:
            await self._visit.close()
        tunnel.again()
        self._visit = Visit(await _page(chromium), tunnel, self.url, deadline=self._deadline)
        return self._visit

    async def _started(self) -> tuple[Chromium, Tunnel]:
        if self._starting is not None and self._starting.done():
            failed = self._starting.cancelled() or self._starting.exception() is not None
            if failed or not self._starting.result()[0].is_connected():
                await self._end()
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        # Shielded: a start that is given up half-way would leave processes behind. It is ended like any other.
        return await asyncio.shield(self._starting)

    async def _start(self) -> tuple[Chromium, Tunnel]:
        path = _path()
        try:
            from playwright.async_api import Error, async_playwright
            from playwright.async_api import TimeoutError as TookTooLong
        except ImportError as error:
            raise Misconfigured("browser", "没有安装 Playwright，请执行 pip install 'gridapp[browser]'") from error
        home = self._open.enter_context(tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True))
        tunnel = await self._open.enter_async_context(Tunnel(*self._address, within=self._deadline))
        playwright = await self._open.enter_async_context(async_playwright())
        as_root = os.geteuid() == 0
        sandboxed = not as_root and os.environ.get("BROWSER_SANDBOX") != "0"
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        try:
            chromium = await playwright.chromium.launch(
                executable_path=path,
                args=[*_FLAGS, f"--proxy-server=socks5://127.0.0.1:{tunnel.port}"],
                chromium_sandbox=sandboxed,
                env={**passed_on, "HOME": home, "TMPDIR": home},
                downloads_path=home,
                timeout=STARTS_WITHIN * 1000,
            )
        except TookTooLong as error:
            raise Unavailable("浏览器没有在规定时间内启动", maybe_sent=False) from error
        except Error as error:
            raise Misconfigured("browser", _remedy(error.message)) from error
        self._open.push_async_callback(_close, chromium)
        return chromium, tunnel

    async def _end(self) -> None:
        """Also from a state that something else has broken: what has died already is gone, the rest is closed."""
        if self._starting is not None:
            await asyncio.gather(self._starting, return_exceptions=True)
        self._starting = self._visit = None
        await self._open.aclose()


async def _page(chromium: Chromium) -> Page:
    from playwright.async_api import Error

    try:
        context = await chromium.new_context(
            accept_downloads=False,
            service_workers="block",
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": SCREEN[0], "height": SCREEN[1]},
        )
        return await context.new_page()
    except Error as error:
        raise Unavailable("浏览器退出了", maybe_sent=False) from error


async def _close(chromium: Chromium) -> None:
    from playwright.async_api import Error

    with contextlib.suppress(Error):  # it had died
        await chromium.close()


def _path() -> str:
    """The browser that BROWSER_PATH names, else one that is installed; nothing is ever downloaded.

    No setting of a target: whoever may edit settings on a page must not be able to name a program for the server.
    Raises Misconfigured.
    """
    named = os.environ.get("BROWSER_PATH", "")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        said = f"BROWSER_PATH 所指的“{named}”不能执行" if named else "本机没有 Chromium"
        remedy = "请安装（Debian：apt-get install chromium），或用环境变量 BROWSER_PATH 指明浏览器"
        raise Misconfigured("browser", f"{said}；{remedy}")
    return found


def _remedy(message: str) -> str:
    """Why it did not start, as somebody who runs servers can use it."""
    if "sandbox" in message.lower():
        return "浏览器的沙箱用不了：请允许非特权用户命名空间或安装 chromium-sandbox；在专用容器内可设 BROWSER_SANDBOX=0"
    first = message.strip().partition("\n")[0]
    return f"浏览器启动不了：{first}"


def _checked(url: str) -> tuple[str, int]:
    """Host and port. Raises Misconfigured."""
    try:
        named = urlsplit(url).username or urlsplit(url).password
        host, port = address(url)
    except ValueError as error:  # a UnicodeError too
        raise Misconfigured("url", "目标系统的地址写得不对，须为 http:// 或 https:// 开头") from error
    if named:
        raise Misconfigured("url", "目标系统的地址不得含用户名密码")
    return host, port
