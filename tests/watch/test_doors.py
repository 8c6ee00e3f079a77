"""What machines ask: whether the process lives, whether it may be sent requests, and its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from gridapp.watch.doors import alive

from .conftest import Heard

TOKEN = "a-long-token-for-the-scraper"
SAYS_IT = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def production(settings: Settings) -> Settings:
    settings.DEVELOPMENT = False
    settings.SECURE_SSL_REDIRECT = True
    settings.METRICS_TOKEN = TOKEN
    return settings


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
@pytest.mark.django_db(transaction=True)
def test_a_probe_is_neither_redirected_nor_given_a_cookie_nor_logged(
    path: str, production: Settings, heard: Heard
) -> None:
    answer = Client(headers={**SAYS_IT, "Host": "10.1.2.3:8000"}).get(path)

    assert answer.status_code in {200, 503}
    assert answer.cookies == {}
    assert "Vary" not in answer
    assert answer["Cache-Control"] == "no-store"
    assert heard.about("gridapp.access") == heard.about("django.security.DisallowedHost") == []


def test_that_a_process_lives_is_said_without_a_look_at_anything() -> None:
    answer = Client().get("/healthz")

    assert answer.json() == {"alive": True}


@pytest.mark.parametrize(("method", "body"), [("GET", b'{"alive": true}'), ("HEAD", b"")])
def test_a_server_that_hangs_on_its_database_still_says_that_it_lives(method: str, body: bytes) -> None:
    said: list[Any] = []

    def hanging(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raise AssertionError("nobody asked the application")

    answer = alive(hanging)({"PATH_INFO": "/healthz", "REQUEST_METHOD": method}, lambda *told: said.append(told))

    assert list(answer) == ([body] if body else [])
    assert said[0][0] == "200 OK"


def test_other_addresses_go_to_the_application() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return [environ["PATH_INFO"].encode()]

    asked = alive(application)

    assert asked({"PATH_INFO": "/healthz/", "REQUEST_METHOD": "GET"}, print) == [b"/healthz/"]
    assert asked({"PATH_INFO": "/healthz", "REQUEST_METHOD": "POST"}, print) == [b"/healthz"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Token {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer 令牌"},
        {"X-Forwarded-For": "127.0.0.1"},
    ],
)
@pytest.mark.django_db
def test_figures_are_for_who_says_the_token_and_for_others_the_page_does_not_exist(
    headers: dict[str, str], production: Settings
) -> None:
    production.SECURE_SSL_REDIRECT = False

    answer = Client(headers=headers).get("/metrics")

    assert answer.status_code == 404
    assert b"gridapp_" not in answer.content


@pytest.mark.django_db
def test_production_without_a_token_has_no_figures(production: Settings) -> None:
    production.METRICS_TOKEN = ""
    production.SECURE_SSL_REDIRECT = False

    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}):
        assert Client(headers=headers).get("/metrics").status_code == 404


@pytest.mark.django_db
def test_while_developing_this_machine_may_look_and_no_other() -> None:
    assert Client().get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="192.0.2.7").get("/metrics").status_code == 404


@pytest.mark.django_db
def test_figures_come_in_either_format() -> None:
    plain = Client().get("/metrics")
    newer = Client(headers={"Accept": "application/openmetrics-text; version=1.0.0"}).get("/metrics")

    assert plain["Content-Type"].startswith("text/plain")
    assert newer["Content-Type"].startswith("application/openmetrics-text")
    assert newer.content.endswith(b"# EOF\n")


@pytest.mark.django_db
def test_a_form_is_not_taken_at_these_doors() -> None:
    assert Client().post("/metrics").status_code == 404


@pytest.mark.django_db
def test_without_a_database_there_are_no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    with CaptureQueriesContext(connection) as asked:
        Client().get("/healthz")
    monkeypatch.setattr("gridapp.watch.readings._SWEEP", "SELECT pg_sleep(20)")
    monkeypatch.setattr("gridapp.watch.readings.PATIENCE", 50)

    answer = Client().get("/metrics")

    assert len(asked) == 0
    assert answer.status_code == 503
    assert answer.content == b""
