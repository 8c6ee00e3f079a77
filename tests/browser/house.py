"""The product as tablets meet it: gunicorn with threads and hashed static files as a process of its own, on the test's
PostgreSQL. It can be stopped and started again at the same address.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from playwright.sync_api import BrowserContext, Page, expect

from gridapp.org.models import OpenSession, User
from gridapp.registry.models import Record
from tests.factories import id_number

_pause = threading.Event()


class House:
    """`url` stays the same over every stop and start."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "web.log"
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.browser.tablet_settings",
            "DATABASE_NAME": str(connection.settings_dict["NAME"]),
            "GRIDAPP_QUEUE": settings.QUEUE,
            "STATIC_ROOT": str(folder / "static"),
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "INFO",
            "ACCESS_LOG": "1",
        }
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self._web: subprocess.Popen[bytes] | None = None
        self._seen = 0
        hashed = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
        with override_settings(STATIC_ROOT=folder / "static", STORAGES=settings.STORAGES | hashed):
            call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["rest_framework", "drf_*"])

    def start(self, **changed: str) -> None:
        bound = self.url.removeprefix("http://")
        shape = ["-k", "gthread", "--workers", "1", "--threads", "8", "--no-control-socket", "--bind", bound]
        self._web = self._run("-m", "gunicorn", "gridapp.wsgi", *shape, **changed)
        for _ in range(600):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=5):  # noqa: S310
                return
            _pause.wait(0.05)
        raise AssertionError(self._log.read_text()[-3000:])

    def stop(self) -> None:
        if self._web is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._web.pid, signal.SIGTERM)
            self._web.wait(timeout=30)
            self._web = None

    def restart(self, **changed: str) -> None:
        self.stop()
        self.start(**changed)

    def forget(self) -> None:
        """Whatever was asked so far is not counted any more."""
        self._seen = self._log.stat().st_size

    def asked(self, route: str, method: str = "POST") -> list[int]:
        """The statuses this route was answered with since the last `forget`."""
        with self._log.open() as log:
            log.seek(self._seen)
            lines = [json.loads(line) for line in log if line.startswith("{")]
        return [one["status"] for one in lines if (one.get("route"), one.get("method")) == (route, method)]

    def _run(self, *command: str, **changed: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command], env={**self._environment, **changed}, cwd=settings.BASE_DIR, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[House]:
    house = House(folder)
    house.start()
    try:
        yield house
    finally:
        house.stop()


def sign_in(context: BrowserContext, house: House, user: User) -> None:
    """The context is theirs from now on, without the form."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": session, "url": house.url, "httpOnly": True}])


def end_sessions() -> None:
    OpenSession.objects.all().delete()


def ready(page: Page) -> None:
    """The page has done what it does when it is opened, and the service worker would open the next one."""
    expect(page.locator("html")).to_have_attribute("data-tablet", "ready")
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")


def waiting(page: Page) -> int:
    """How many entries lie in the outbox."""
    return int(page.evaluate("async () => (await gridapp.outbox.all()).length"))


FLUSH = """async () => {
  for (;;) {
    const { state } = await gridapp.outbox.flush();
    if (state !== "busy") return state;
    await new Promise((done) => setTimeout(done, 20));
  }
}"""


def flush(page: Page) -> str:
    """Sends what waits, after whoever is sending just now; says how that went."""
    return str(page.evaluate(FLUSH))


def fill(page: Page, number: str, name: str = "测试甲") -> None:
    """What everybody is asked, of somebody who owns the flat."""
    page.locator("#f-id_number").fill(number)
    page.locator("#f-name").fill(name)
    page.locator("#f-phone").fill("13912345678")
    page.locator('[data-field="ethnicity"]').get_by_label("汉族", exact=True).tap()
    page.locator('[data-field="residency.residency_kind"]').get_by_label("自有", exact=True).tap()
    page.locator("#f-residency-start_date").fill("20240310")


def save(page: Page) -> None:
    page.get_by_role("button", name="保存", exact=True).tap()


def store_one(page: Page, house: House, flat: Record, number: str = "", name: str = "测试甲") -> None:
    """Somebody of the flat waits on the tablet to be sent; it stays without the net."""
    page.context.set_offline(True)
    page.goto(new_resident(house, flat))
    fill(page, number or id_number(), name)
    save(page)
    expect(page.locator("[data-stored]")).to_be_visible()


def residents() -> int:
    return Record.objects.filter(kind=Record.Kind.RESIDENT).count()


def said(tab: Page, words: str) -> None:
    """What the card in place of the form says just now."""
    expect(tab.locator("[data-stored] h1")).to_have_text(words, use_inner_text=True)


def new_resident(house: House, flat: Record) -> str:
    return f"{house.url}/entries/new/resident/?housing={flat.id}"
