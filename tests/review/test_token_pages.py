"""The page of tokens: made by security administrators for others, shown once, listed without what opens anything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.audit.models import Note
from gridapp.org import tokens
from gridapp.org.models import ApiToken, Role, User
from tests import factories
from tests.api.description import DescribedClient

pytestmark = pytest.mark.django_db

ASKED = {
    "username": "vendor",
    "purpose": "手持终端对接",
    "contact": "测试公司 0755-00000000",
    "scope": ["targets:read"],
    "days": "30",
    "networks": "",
}


@pytest.fixture
def vendor() -> User:
    user: User = factories.UserFactory.create(username="vendor")
    return user


@pytest.fixture
def security(vendor: User) -> Client:
    client = Client()
    client.force_login(factories.UserFactory.create(role=Role.SECURITY, areas=[factories.DISTRICT]))
    return client


def test_a_token_is_shown_once_and_does_what_it_was_made_for(security: Client, vendor: User) -> None:
    page = security.post("/review/tokens/new/", ASKED)

    text = page.context["text"]
    row = ApiToken.objects.get()
    assert text.startswith(row.prefix) and text.startswith("gridapp_")
    assert text in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert text[16:] not in security.get("/review/tokens/").content.decode()
    assert timedelta(days=29) < row.expires_at - timezone.now() <= timedelta(days=30)
    assert DescribedClient(headers={"authorization": f"Token {text}"}).get("/api/v1/targets/").status_code == 200
    noted = Note.objects.get(act="token.made")
    assert (noted.about, noted.what["account"]) == (f"token:{row.pk}", vendor.pk)
    assert text[16:] not in str(noted.what)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("username", "nobody"),
        ("username", ""),
        ("purpose", ""),
        ("contact", " "),
        ("scope", []),
        ("scope", ["everything"]),
        ("days", "0"),
        ("days", "366"),
        ("days", "-1"),
        ("days", "ten"),
        ("networks", "10.1.2.3/24"),
        ("networks", "localhost"),
    ],
)
def test_what_is_missing_or_wrong_makes_no_token(name: str, typed: str | list[str], security: Client) -> None:
    page = security.post("/review/tokens/new/", ASKED | {name: typed})

    assert page.status_code == 422
    assert list(page.context["complaints"]) == ["scopes" if name == "scope" else name]
    assert not ApiToken.objects.exists()


def test_nobody_makes_one_for_themselves_or_for_accounts_elsewhere(vendor: User) -> None:
    factories.UserFactory.create(username="elsewhere", areas=[factories.OTHER_GRID])
    client = Client()
    client.force_login(factories.UserFactory.create(username="own", role=Role.SECURITY, areas=[factories.GRID]))

    answers = {name: client.post("/review/tokens/new/", ASKED | {"username": name}) for name in ("own", "elsewhere")}

    assert {name: answer.status_code for name, answer in answers.items()} == {"own": 422, "elsewhere": 422}


def test_a_revoked_token_ends_at_once_and_stays_on_the_list(security: Client, vendor: User) -> None:
    text = tokens.issue(vendor)
    asking = DescribedClient(headers={"authorization": f"Token {text}"})
    before = asking.get("/api/v1/targets/").status_code

    security.post(f"/review/tokens/{ApiToken.objects.get().pk}/revoke/")

    assert (before, asking.get("/api/v1/targets/").status_code) == (200, 401)
    assert "已撤销" in security.get("/review/tokens/").content.decode()
    assert Note.objects.filter(act="token.revoked").count() == 1


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SECURITY])
@pytest.mark.parametrize("path", ["", "new/", "1/revoke/"])
def test_other_roles_see_and_make_none(role: Role, path: str) -> None:
    client = Client()
    client.force_login(factories.UserFactory.create(role=role, areas=[factories.DISTRICT]))

    answers = {client.get(f"/review/tokens/{path}").status_code, client.post(f"/review/tokens/{path}").status_code}

    assert answers == {403}
