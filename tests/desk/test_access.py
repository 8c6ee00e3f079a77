"""Nothing typed is lost when the session or the token has expired, and nothing of another site is carried on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern

from gridapp.org.models import OpenSession, User
from gridapp.registry.models import Record
from tests.desk.cast import PASSWORD

NEW_RESIDENT = "/entries/new/resident/"
Filled = Callable[..., dict[str, Any]]


def token_in(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.fixture
def strict(worker: User, flat: Record) -> Client:
    """A browser of the worker whose tokens are really checked."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(worker)
    return client


def test_a_form_posted_after_the_session_ended_asks_to_sign_in_and_holds_every_value(
    desk: Client, form_of: Filled
) -> None:
    OpenSession.objects.all().delete()

    response = desk.post(NEW_RESIDENT, form_of(hukou_address='测试路"2"号'))

    page = response.content.decode()
    assert response.status_code == 401
    assert 'name="phone" value="13912345678"' in page
    assert 'value="测试路&quot;2&quot;号"' in page
    assert not Record.objects.filter(kind="resident").exists()


def test_signing_in_on_that_page_saves_the_form(desk: Client, form_of: Filled) -> None:
    OpenSession.objects.all().delete()
    posted = form_of() | {"again-username": "worker", "again-password": PASSWORD}

    response = desk.post(NEW_RESIDENT, posted)

    record = Record.objects.get(kind="resident")
    assert response["Location"] == reverse("desk:record", args=[record.id])


def test_a_wrong_password_there_still_holds_every_value(desk: Client, form_of: Filled) -> None:
    OpenSession.objects.all().delete()
    posted = form_of() | {"again-username": "worker", "again-password": "not-this-one"}

    response = desk.post(NEW_RESIDENT, posted)

    page = response.content.decode()
    assert response.status_code == 401
    assert "用户名或密码不对" in page
    assert 'name="phone" value="13912345678"' in page
    assert "not-this-one" not in page


def test_nothing_typed_is_kept_in_the_session(desk: Client, form_of: Filled) -> None:
    desk.post(NEW_RESIDENT, form_of(phone="123"))

    kept = [str(one.get_decoded()) for one in OpenSession.objects.all()]
    assert not any("990101199202290010" in one or "测试甲" in one for one in kept)


def test_an_old_token_costs_one_tap_and_no_typing(strict: Client, form_of: Filled, flat: Record) -> None:
    strict.get(f"{NEW_RESIDENT}?housing={flat.id}")
    posted = form_of(csrfmiddlewaretoken="x" * 64)

    held = strict.post(NEW_RESIDENT, posted, headers={"origin": "http://testserver"})
    token = token_in(held.content.decode())
    saved = strict.post(NEW_RESIDENT, posted | {"csrfmiddlewaretoken": token}, headers={"origin": "http://testserver"})

    assert held.status_code == 403
    assert 'name="phone" value="13912345678"' in held.content.decode()
    assert saved.status_code == 302


@pytest.mark.parametrize("origin", ["https://example.org", "null", None])
def test_a_form_of_another_site_is_refused_and_not_repeated(
    strict: Client, form_of: Filled, origin: str | None
) -> None:
    headers = {"origin": origin} if origin else {}

    response = strict.post(NEW_RESIDENT, form_of(), headers=headers)

    assert response.status_code == 403
    assert "13912345678" not in response.content.decode()


def test_a_part_of_a_page_is_told_by_status_that_nobody_is_signed_in(client: Client, db: None) -> None:
    response = client.post("/entries/check/resident/", {"name": "甲"}, headers={"hx-request": "true"})

    assert (response.status_code, response.content) == (401, b"")


def test_every_page_but_sign_in_and_complaints_needs_a_session(client: Client, db: None) -> None:
    patterns = [one for one in get_resolver("gridapp.desk.urls").url_patterns if isinstance(one, URLPattern)]
    given = {
        "record_id": "6f2f4f0e-0000-4000-8000-000000000000",
        "entry_id": "6f2f4f0e-0000-4000-8000-000000000000",
        "purpose": "resident",
        "kind": "resident",
        "key": "returned",
        "number": 1,
    }

    open_to_all = set()
    for pattern in patterns:
        wanted = {name: given[name] for name in pattern.pattern.converters}
        response = client.get(reverse(f"desk:{pattern.name}", kwargs=wanted))
        asks_to_sign_in = response.status_code == 302 and response["Location"].startswith("/login/?next=")
        if not asks_to_sign_in and response.status_code != 401:  # 401: what scripts ask for
            open_to_all.add(pattern.name)

    of_nobody = {"worker", "manifest", "shell", "offline", "diag"}  # they hold no data, and open without the net
    # signing out is a POST and answers 405
    of_the_portal = {"portal", "portal_back", "portal_leave"}  # where one signs in elsewhere
    assert open_to_all == {"login", "logout", "complaints", "notice"} | of_nobody | of_the_portal


def test_pages_are_not_kept_by_the_browser(desk: Client) -> None:
    assert "no-store" in desk.get("/")["Cache-Control"]
