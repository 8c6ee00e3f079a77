"""One's own password: chosen first where somebody else set it; nothing that a tablet sends is lost meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from gridapp.org import accounts
from gridapp.org.models import AccountChange, User
from gridapp.registry.models import Record
from tests.desk.cast import PASSWORD

CHOSEN = {"old_password": PASSWORD, "new_password1": "another-2026-way", "new_password2": "another-2026-way"}


@pytest.fixture
def fresh(worker: User) -> Client:
    """The browser of a worker whose password somebody else set."""
    User.objects.filter(pk=worker.pk).update(must_change_password=True)
    client = Client()
    client.force_login(User.objects.get(pk=worker.pk))
    return client


@pytest.mark.parametrize("path", ["/", "/work/", "/entries/new/resident/", "/review/targets/"])
def test_every_page_leads_to_choosing_one(fresh: Client, path: str) -> None:
    assert fresh.get(path)["Location"] == "/password/"


def test_what_a_tablet_asks_and_sends_is_heard(fresh: Client) -> None:
    assert fresh.get("/session/", headers={"x-tablet": "1"}).json()["ok"]


def test_a_form_typed_before_is_saved_all_the_same(
    fresh: Client, form_of: Callable[..., dict[str, Any]], flat: Record
) -> None:
    answer = fresh.post("/entries/new/resident/", form_of())

    assert answer.status_code == 302
    assert Record.objects.filter(kind="resident").exists()


def test_a_chosen_password_opens_everything_and_ends_other_sessions(fresh: Client, worker: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(User.objects.get(pk=worker.pk))

    answer = fresh.post("/password/", CHOSEN)

    assert answer.status_code == 302
    assert fresh.get("/").status_code == 200
    assert elsewhere.get("/")["Location"].startswith("/login/")
    assert Client().login(username="worker", password="another-2026-way")
    assert AccountChange.objects.get(user=worker).act == accounts.Act.OWN_PASSWORD


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"old_password": "wrong"}, "现在的密码"),
        ({"new_password1": PASSWORD, "new_password2": PASSWORD}, "要和现在的不一样"),
        ({"new_password1": "12345678", "new_password2": "12345678"}, "新密码"),
        ({"new_password2": "something else"}, "再写一次新密码"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(fresh: Client, worker: User, said: dict[str, str], why: str) -> None:
    answer = fresh.post("/password/", CHOSEN | said)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "密码没有改" in page and why in page
    assert User.objects.get(pk=worker.pk).check_password(PASSWORD)
    assert User.objects.get(pk=worker.pk).must_change_password


def test_anybody_can_choose_another_one(desk: Client) -> None:
    assert "别人给您的" not in desk.get("/password/").content.decode()
    assert desk.post("/password/", CHOSEN).status_code == 302
