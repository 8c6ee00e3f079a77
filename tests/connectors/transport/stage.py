"""A browser, the department whose page it opens, and somebody else's server that nobody may reach."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil

from connectors.transport.browser import Browser
from connectors.transport.visit import Visit
from tests.connectors.transport.raw_server import Request, Seen, Writer, always, reply, serving

Story = Callable[["Stage"], Coroutine[Any, Any, None]]


@dataclass
class Stage:
    """One browser, the department it belongs to, and somebody else's server."""

    browser: Browser
    department: Seen
    elsewhere: Seen
    pages: dict[str, bytes] = field(default_factory=dict)
    """Path -> whole answer of the department; "" is cut off without one."""

    async def visit(self, page: str = "<title>hello</title><p>hello") -> Visit:
        self.pages["/in"] = html(page)
        visit = await self.browser.visit()
        await visit.open()
        return visit

    def paths(self) -> list[str]:
        return [one.head.split(" ")[1] for one in self.department.requests]


def html(page: str, status: str = "200 OK") -> bytes:
    return reply(status, f"<!DOCTYPE html>{page}".encode(), "Content-Type: text/html; charset=utf-8")


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    pages: dict[str, bytes] = {}

    async def answer(request: Request, writer: Writer) -> None:
        path = request.head.split(" ")[1].partition("?")[0]
        answered = pages.get(path, reply("404 Not Found"))
        if answered:
            writer.write(answered)
            await writer.drain()
        else:
            writer.close()

    async with (
        serving(answer) as department,
        serving(always(html("elsewhere"))) as elsewhere,
        Browser(department.url, deadline=5) as browser,
    ):
        yield Stage(browser, department, elsewhere, pages)


def browsers() -> list[psutil.Process]:
    """The browsers that this process has started, without their renderers."""
    children = psutil.Process().children(recursive=True)
    return [one for one in children if "chrom" in one.name() and not _is_part(one)]


def _is_part(process: psutil.Process) -> bool:
    line: list[str] = process.cmdline()
    return len(line) < 4 or any(word.startswith("--type=") for word in line)
