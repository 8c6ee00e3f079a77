"""What tests of all kinds use: waiting for a condition, a browser of tablet size, pages that fail on any error."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from tests import left_behind

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's synchronous interface keeps a loop in our thread
expect.set_options(timeout=30_000)  # waits end when what they wait for is there: on a busy machine that is later

TABLET = ViewportSize(width=800, height=1280)
DESK = ViewportSize(width=1280, height=800)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


_LOGS = pytest.StashKey[dict[Path, int]]()
HOUSES = ("/stack/", "/chaos/", "/demo/", "/test_real_processes.py")
"""Where tests start whole houses of processes: two at once on a small machine, and each finds the other slow."""


class Together(LoadScopeScheduling):  # type: ignore[misc]  # no types come with it
    """With several processes a file goes to one of them, and of the kit's promises all those of one connector.

    Whole houses are the business of one process, one after the other, while the rest do the rest.
    """

    def _split_scope(self, nodeid: str) -> str:
        path, _, rest = nodeid.partition("::")
        of_the_kit = path.endswith(("/test_conformance.py", "/test_answer_codes.py"))
        return f"kit {rest.partition('[')[2].partition('-')[0]}" if of_the_kit else path

    def _assign_work_unit(self, node: Any) -> None:
        others = (scopes for other, scopes in self.assigned_work.items() if other is not node)
        taken = any(
            _is_house(scope) and not all(tests.values()) for scopes in others for scope, tests in scopes.items()
        )
        free = (scope for scope in self.workqueue if not (taken and _is_house(scope)))
        if (first := next(free, None)) is not None:
            self.workqueue.move_to_end(first, last=False)
            super()._assign_work_unit(node)


def _is_house(scope: str) -> bool:
    return any(part in scope for part in HOUSES)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    config.option.loadscopereorder = False  # the order below, not the files with most tests first
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first: at the end of a run in several processes none is waited for alone."""
    items.sort(key=_quickness)


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        session.config.stash[_LOGS] = left_behind.logs(settings.VAR)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What all processes of the run have written down, when the last one is done."""
    if hasattr(session.config, "workerinput"):
        return
    own = Path(session.config._tmp_path_factory.getbasetemp())  # type: ignore[attr-defined]
    if told := left_behind.documents(left_behind.logs(settings.VAR, own), session.config.stash[_LOGS]):
        session.config.get_terminal_writer().line("\nResidents in logs:\n" + "\n".join(told), red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _quickness(test: pytest.Item) -> int:
    long = ("/bench/", "test_startconnector", "workstation", "test_shape", "test_forty_cards")
    if _is_house(test.nodeid) or any(name in test.nodeid for name in long):
        return 0
    return 1 if test.get_closest_marker("browser") else 2


class Until(Protocol):
    """See the fixture `until`."""

    def __call__(self, condition: Callable[[], Any], *, seconds: float = 90, why: str = "") -> Any: ...


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Django has a connection of its own for where a loop runs, as one does beside a browser. Was the database made
    there, nobody closes the one of tests that came later, and it could not be dropped."""
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A page that was asked for in English leaves its language to its thread, and so to whatever runs there next."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def until() -> Until:
    """`until(condition)` asks again and again and returns the first true answer; fails after so many seconds."""

    def wait(condition: Callable[[], Any], *, seconds: float = 90, why: str = "") -> Any:
        end, pause = time.monotonic() + seconds, threading.Event()
        while not (answer := condition()):
            assert time.monotonic() < end, why or f"not within {seconds} s"
            pause.wait(0.05)
        return answer

    return wait


@pytest.fixture(scope="session")
def whole_browser_path() -> str:
    """One with windows: the headless shell has no Background Sync, and its WebRTC goes round a proxy."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next((found for name in names if (found := shutil.which(name))), os.environ.get("BROWSER_PATH"))
    assert path, "no Chromium or Chrome found: `make test` gets one, or set BROWSER_PATH"
    return path


@pytest.fixture(scope="session")
def browser_path(whole_browser_path: str) -> str:
    """The browser that `make test` has found, else one that is installed."""
    path = os.environ.get("BROWSER_PATH") or whole_browser_path
    assert path, "no Chromium or Chrome found: `make test` gets one, or set BROWSER_PATH"
    return path


@pytest.fixture(scope="module")
def browser(browser_path: str) -> Iterator[Browser]:
    """One a module: while it lives its event loop occupies this thread, and other tests want to run loops of theirs."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser_path, args=QUIET)
        yield started
        started.close()


ANSWERS = ("Failed to load resource", "Response Status Error Code", "htmx:")
"""How lines begin that say no more than that a server refused or did not answer: tests make servers do that."""


def watch(context: BrowserContext, note: Callable[[str], None]) -> None:
    """Notes what its pages do wrong: script errors, breaches of the content security policy, complaints."""

    def heard(line: ConsoleMessage) -> None:
        if "Content Security Policy" in line.text or (line.type == "error" and not line.text.startswith(ANSWERS)):
            note(line.text)

    context.on("weberror", lambda error: note(str(error.error)))
    context.on("console", heard)


class OpenPage(Protocol):
    """See the fixture `open_page`."""

    def __call__(self, viewport: ViewportSize = TABLET, **options: Any) -> Page: ...


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """`open_page(viewport)` gives a page of a browser of its own, with a finger and in Chinese unless told otherwise.

    The test fails when a page breaks the content security policy or throws a script error. Without a service worker,
    which fetches pages for later each time: tests of it have tablets of their own.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_one(viewport: ViewportSize = TABLET, **options: Any) -> Page:
        told = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "has_touch": True, "is_mobile": True, **options}
        told.setdefault("service_workers", "block")
        context = browser.new_context(viewport=viewport, **told)
        contexts.append(context)
        watch(context, troubles.append)
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def tablet(open_page: OpenPage) -> Page:
    """An upright tablet, 800 x 1280."""
    return open_page(TABLET)


@pytest.fixture
def wide_tablet(open_page: OpenPage) -> Page:
    """A tablet on its side, 1280 x 800."""
    return open_page(DESK)


class SignIn(Protocol):
    """See the fixture `sign_in`."""

    def __call__(self, page: Page, user: Any) -> None: ...


@pytest.fixture
def sign_in(live_server: Any) -> SignIn:
    """`sign_in(page, user)`: the page is theirs from now on, without the form."""

    def give_session(page: Page, user: Any) -> None:
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": str(live_server.url), "httpOnly": True}]
        )

    return give_session


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where tests leave what they saw, for people to look at."""
    folder = settings.VAR / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return Path(folder)
