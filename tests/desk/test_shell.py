"""The pages that open without the net hold nobody's data, and the service worker keeps these and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from gridapp.desk import shell
from gridapp.org.models import User

KEPT = ["/shell/resident/", "/shell/housing/", "/offline/", "/diag/"]


@pytest.mark.parametrize("path", KEPT)
def test_a_kept_page_knows_neither_who_asks_nor_a_token(desk: Client, worker: User, path: str) -> None:
    page = desk.get(path).content.decode()

    assert worker.display_name not in page
    assert "csrfmiddlewaretoken" not in page
    assert "no-cache" in desk.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", KEPT)
def test_a_kept_page_is_the_same_for_everybody_and_asks_no_database(
    client: Client, desk: Client, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        page = client.get(path)

    assert page.content == desk.get(path).content


def test_the_language_is_the_one_asked_for(client: Client) -> None:
    assert "录入居民" in client.get("/shell/resident/?language=zh-hans").content.decode()
    assert 'lang="en"' in client.get("/shell/resident/?language=en").content.decode()
    assert 'lang="zh-CN"' in client.get("/shell/resident/?language=fr").content.decode()


def test_only_the_two_entry_forms_are_kept(client: Client, db: None) -> None:
    assert client.get("/shell/move/").status_code == 404


def test_the_form_is_the_real_one(client: Client, desk: Client, form_of: Callable[..., dict[str, Any]]) -> None:
    housing = form_of()["housing"]
    names = [
        set(re.findall(r'data-field="([^"]+)"', one.get(path).content.decode()))
        for one, path in ((client, "/shell/resident/"), (desk, f"/entries/new/resident/?housing={housing}"))
    ]

    assert names[0] == names[1]


def test_the_service_worker_is_asked_for_each_time_and_names_what_it_keeps(client: Client) -> None:
    answer = client.get("/sw.js")

    script = answer.content.decode()
    found = re.search(r"const KEPT = (\[.*\]);", script)
    assert found
    kept = json.loads(found[1])
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/javascript", "no-cache")
    assert {one.partition("?")[0] for one in kept if not one.startswith("/static/")} == set(KEPT)
    assert {"/static/app.css", "/static/app.js", "/static/outbox.js", "/static/shell.js"} <= set(kept)
    assert client.get("/sw.js").content == answer.content


@pytest.fixture
def new_process() -> Iterator[Callable[[], None]]:
    """Calling it forgets what a process works out once."""
    yield shell.edition.cache_clear
    shell.edition.cache_clear()


def test_another_page_makes_another_version(client: Client, settings: Any, new_process: Callable[[], None]) -> None:
    before = client.get("/sw.js").content
    settings.PRACTICE = not settings.PRACTICE
    new_process()

    assert client.get("/sw.js").content != before


def test_it_can_be_switched_off(client: Client, settings: Any) -> None:
    settings.SERVICE_WORKER = "off"

    script = client.get("/sw.js").content.decode()

    assert "unregister()" in script
    assert "fetch" not in script


def test_the_tablet_can_put_us_on_its_home_screen(client: Client) -> None:
    answer = client.get("/manifest.webmanifest")

    assert answer["Content-Type"] == "application/manifest+json"
    assert answer.json()["start_url"] == "/"


def test_pages_may_use_the_camera_and_never_ask_where_the_tablet_is(client: Client) -> None:
    assert client.get("/offline/")["Permissions-Policy"].startswith("camera=(self), microphone=(), geolocation=()")
