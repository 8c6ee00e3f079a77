"""Once more who is there: asked where the last proof is too old, led on from, and never by way of a foreign address."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.audit.models import Note
from gridapp.org.models import OpenSession, User
from tests.desk.cast import PASSWORD


@pytest.fixture
def browser(worker: User) -> Client:
    """The worker signed in half an hour ago."""
    client = Client()
    client.force_login(worker)
    OpenSession.objects.filter(user=worker).update(started_at=timezone.now() - timedelta(minutes=30))
    return client


def test_a_fresh_sign_in_is_a_proof(worker: User) -> None:
    client = Client()
    client.force_login(worker)

    assert client.get("/prove/?next=/work/")["Location"] == "/work/"


def test_the_right_password_leads_on(browser: Client) -> None:
    assert browser.get("/prove/?next=/work/").status_code == 200

    answer = browser.post("/prove/", {"next": "/work/", "again-proof": PASSWORD})

    assert answer["Location"] == "/work/"
    assert browser.get("/prove/?next=/work/").status_code == 302


@pytest.mark.parametrize("how", ["page", "with what was posted"])
def test_the_session_goes_on_under_another_key_and_a_copy_of_the_former_is_dead(
    browser: Client, worker: User, how: str
) -> None:
    before, copy = OpenSession.objects.get(user=worker), Client()
    copy.cookies["sessionid"] = browser.cookies["sessionid"].value
    OpenSession.objects.filter(user=worker).update(device=uuid4())
    device = OpenSession.objects.get(user=worker).device

    proof = {"next": "/work/", "again-proof": PASSWORD}
    browser.post("/prove/" if how == "page" else "/sessions/", proof)

    now = OpenSession.objects.get(user=worker)
    assert now.pk != before.pk
    assert (now.started_at, now.device, now.agent) == (before.started_at, device, before.agent)
    assert browser.get("/").status_code == 200
    assert copy.get("/").status_code == 302
    assert not Note.objects.filter(act="session.ended").exists()


def test_a_proof_that_is_refused_changes_no_key(browser: Client, worker: User) -> None:
    before = OpenSession.objects.get(user=worker).pk

    browser.post("/prove/", {"again-proof": "not-mine"})

    assert OpenSession.objects.get(user=worker).pk == before


def test_a_wrong_one_does_not_and_is_noted(browser: Client, worker: User) -> None:
    answer = browser.post("/prove/", {"next": "/work/", "again-proof": "not-mine"})

    assert answer.status_code == 422
    assert browser.get("/prove/?next=/work/").status_code == 200
    assert Note.objects.filter(act="session.proved", result="failed", by=worker.pk).count() == 1


def test_guessing_is_stopped_and_the_right_one_waits_too(browser: Client) -> None:
    for _ in range(5):
        browser.post("/prove/", {"again-proof": "not-mine"})

    answer = browser.post("/prove/", {"again-proof": PASSWORD})

    assert answer.status_code == 422
    assert browser.get("/prove/").status_code == 200


@pytest.mark.parametrize("foreign", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(browser: Client, foreign: str) -> None:
    answer = browser.post("/prove/", {"next": foreign, "again-proof": PASSWORD})

    assert answer["Location"] == "/"


def test_who_signs_in_at_the_portal_does_so_again(browser: Client, worker: User) -> None:
    worker.set_unusable_password()
    worker.save(update_fields=["password"])
    client = Client()
    client.force_login(worker)
    OpenSession.objects.filter(user=worker).update(started_at=timezone.now() - timedelta(minutes=30))

    page = client.get("/prove/?next=/work/").content.decode()
    answer = client.post("/prove/", {"next": "/work/", "elsewhere": "1"})

    assert 'name="again-proof"' not in page
    assert answer["Location"] == "/login/?next=%2Fwork%2F"
    assert client.get("/").status_code == 302


def test_the_page_is_nobody_else_s(db: None) -> None:
    assert Client().get("/prove/")["Location"].startswith("/login/")
