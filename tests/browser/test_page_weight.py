"""What the first visit to the entry page costs on a village's mobile network, as it is really served: compressed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import CDPSession, Page

from gridapp.org.models import User
from gridapp.registry.models import Record
from tests.conftest import OpenPage, SignIn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALLOWED = 100 * 1024


class Whole(WSGIHandler):
    """The product serves its static files itself, as in production."""

    def __init__(self, application: object) -> None:
        super().__init__()


class Server:
    url: str


@pytest.fixture
def as_in_production(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[Any]:
    """A server as in production: names of static files carry their digest, each is there compressed."""
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_USE_FINDERS = False
    settings.WHITENOISE_AUTOREFRESH = False
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    thread = LiveServerThread("localhost", Whole)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None
    yield type("Running", (), {"url": f"http://localhost:{thread.port}"})
    thread.terminate()
    connections.close_all()


def weigh(session: CDPSession, page: Page, url: str) -> dict[str, int]:
    """Address -> bytes that came over the wire for it, heads included."""
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def asked(seen: Any) -> None:
        names.setdefault(seen["requestId"], seen["request"]["url"])

    def came(done: Any) -> None:
        sizes[names.get(done["requestId"], "")] = int(done["encodedDataLength"])

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", came)
    session.send("Network.enable")
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return sizes


def test_the_first_visit_to_the_entry_page_is_light(
    open_page: OpenPage, as_in_production: Server, sign_in: SignIn, worker: User, flat: Record
) -> None:
    page = open_page(service_workers="block")
    sign_in(page, worker)

    sizes = weigh(
        page.context.new_cdp_session(page), page, f"{as_in_production.url}/entries/new/resident/?housing={flat.id}"
    )

    assert len(sizes) > 3
    assert sum(sizes.values()) <= ALLOWED, sorted(sizes.items(), key=lambda one: -one[1])
    assert staticfiles_storage.url("app.css") in "".join(sizes)
