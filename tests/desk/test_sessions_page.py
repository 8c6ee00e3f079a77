"""我的登录, and the same of accounts that one keeps; what outlives a session that ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.org import sessions
from gridapp.org.models import Ended, OpenSession, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Record
from tests.desk.cast import PASSWORD
from tests.desk.tablets import Tablet

Filled = Callable[..., dict[str, Any]]


@pytest.fixture
def elsewhere(worker: User) -> Client:
    """Another browser of the worker's."""
    client = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/144.0"})
    client.post("/login/", {"username": "worker", "password": PASSWORD})
    return client


@pytest.fixture
def supervisor(areas: dict[str, Any]) -> Client:
    user = create_account("supervisor", name="赵督导", role=Role.SUPERVISOR, areas=[areas["990101"]])
    client = Client()
    client.force_login(user)
    return client


def key_of(client: Client) -> str:
    return sessions.digest(client.cookies["sessionid"].value)


def test_it_lists_ones_own_and_which_is_this_one(desk: Client, elsewhere: Client, other_worker: User) -> None:
    Client().force_login(other_worker)

    page = desk.get("/sessions/").content.decode()

    assert "Firefox 144 · Windows" in page
    assert page.count("就是这里") == 1
    assert page.count("结束这次登录") == 1


def test_one_is_ended_from_here(desk: Client, elsewhere: Client) -> None:
    third = Client()
    third.force_login(User.objects.get(username="worker"))

    desk.post("/sessions/", {"end": key_of(elsewhere)})

    assert [one.get("/").status_code for one in (desk, elsewhere, third)] == [200, 302, 200]
    assert "我的登录" in elsewhere.get("/login/").content.decode()


def test_all_others_are_ended_from_here(desk: Client, elsewhere: Client) -> None:
    desk.post("/sessions/", {})

    assert [one.get("/").status_code for one in (desk, elsewhere)] == [200, 302]


@pytest.mark.parametrize("which", ["one", "all"])
def test_long_after_signing_in_a_proof_comes_first(desk: Client, elsewhere: Client, worker: User, which: str) -> None:
    OpenSession.objects.filter(user=worker).update(started_at=timezone.now() - timedelta(minutes=30))
    asked = {"end": key_of(elsewhere)} if which == "one" else {}

    looked = desk.get("/sessions/")
    refused = desk.post("/sessions/", asked)
    by_script = desk.post("/sessions/", asked, headers={"hx-request": "true", "hx-current-url": "http://t/sessions/"})
    wrong = desk.post("/sessions/", {**asked, "again-proof": "not-mine"})
    still = elsewhere.get("/").status_code
    proved = desk.post("/sessions/", {**asked, "again-proof": PASSWORD})

    assert (looked.status_code, refused.status_code, wrong.status_code, still) == (200, 403, 422, 200)
    assert 'name="again-proof"' in refused.content.decode()
    assert by_script["HX-Redirect"] == "/prove/?next=%2Fsessions%2F"
    assert proved["Location"] == "/sessions/"
    assert (desk.get("/").status_code, elsewhere.get("/").status_code) == (200, 302)


def test_nobody_ends_anothers(desk: Client, other_worker: User) -> None:
    other = Client()
    other.force_login(other_worker)

    desk.post("/sessions/", {"end": key_of(other)})

    assert other.get("/").status_code == 200


def test_the_keeper_of_an_account_sees_and_ends_them(worker: User, elsewhere: Client, supervisor: Client) -> None:
    page = supervisor.get(f"/review/accounts/{worker.pk}/").content.decode()
    supervisor.post(f"/review/accounts/{worker.pk}/act/", {"act": "sessions"})

    assert "Firefox 144 · Windows" in page
    assert elsewhere.get("/").status_code == 302
    assert OpenSession.objects.get(user=worker).ended_by == User.objects.get(username="supervisor")


@pytest.mark.parametrize("path", ["/", "/work/", "/sessions/", "/password/", "/session/", "/login/"])
def test_pages_about_people_are_kept_by_nobody(desk: Client, elsewhere: Client, path: str) -> None:
    assert "no-store" in desk.get(path)["Cache-Control"]


def test_a_tablets_queue_outlives_its_session(worker: User, form_of: Filled) -> None:
    tablet = Tablet.of(worker)
    envelope = tablet.envelope("/entries/new/resident/", form_of())
    sessions.end_all(worker, why=Ended.IDLE)

    refused = tablet.post(envelope)
    asked = tablet.client.get("/session/", headers={"x-tablet": "1"})
    tablet.client.post("/login/", {"username": "worker", "password": PASSWORD})
    tablet.session = tablet.client.get("/session/").json()
    taken = tablet.post(envelope)

    assert (refused.status_code, refused.json()["reason"]) == (401, "signed_out")
    assert (asked.status_code, asked.json()["reason"]) == (401, "signed_out")
    assert taken.json()["ok"]
    assert Record.objects.filter(kind="resident").count() == 1


def test_what_was_typed_outlives_it_too(desk: Client, worker: User, form_of: Filled) -> None:
    sessions.end_all(worker, why=Ended.KEEPER)

    held = desk.post("/entries/new/resident/", form_of())
    saved = desk.post("/entries/new/resident/", form_of() | {"again-username": "worker", "again-password": PASSWORD})

    assert held.status_code == 401
    assert "管理人员结束了这次登录" in held.content.decode()
    assert 'value="测试甲"' in held.content.decode()
    assert saved.status_code == 302
