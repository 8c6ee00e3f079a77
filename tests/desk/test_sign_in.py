from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from gridapp.org.models import User
from tests.desk.cast import PASSWORD

LOGIN = "/login/"


def test_somebody_unknown_is_sent_to_sign_in_and_back(db: None) -> None:
    response = Client().get(reverse("desk:home"))

    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/"


def test_the_right_password_leads_on(worker: User) -> None:
    response = Client().post(LOGIN, {"username": "worker", "password": PASSWORD, "next": "/complaints/"})

    assert response["Location"] == "/complaints/"


ELSEWHERE = [
    "https://example.org/",
    "http://example.org",
    "//example.org/",
    "///example.org/",
    "////example.org",
    "/\\example.org",
    "\\\\example.org",
    "\\/example.org",
    "/\t/example.org",
    "\t//example.org",
    " //example.org",
    "https:example.org",
    "https:/example.org",
    "https:///example.org",
    "http:///example.org",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "//testserver@example.org/",
    "https://testserver:80@example.org/",
    "//example.org\\@testserver",
    "\x01//example.org",
    "example.org",
    "https://[::1",
    "ftp://testserver/",
]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(worker: User, elsewhere: str) -> None:
    posted = Client().post(LOGIN, {"username": "worker", "password": PASSWORD, "next": elsewhere})
    asked = Client()
    asked.force_login(worker)

    assert posted["Location"] == "/"
    assert asked.get(LOGIN, {"next": elsewhere})["Location"] == "/"


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_neither_does_another_language(db: None, elsewhere: str) -> None:
    led = Client().post("/i18n/setlang/", {"language": "en", "next": elsewhere})

    where = urljoin("http://testserver/", led.headers.get("Location", "/"))
    assert urlsplit(where).netloc == "testserver"


def test_signing_out_leads_to_the_sign_in_page_whatever_is_asked(worker: User) -> None:
    client = Client()
    client.force_login(worker)

    assert client.post("/logout/?next=//example.org", {"next": "//example.org"})["Location"] == "/login/"
