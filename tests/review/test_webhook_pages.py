"""The pages of notices: an address is made with its secret shown once, tried, stopped, and what failed sent again."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.test import Client

from gridapp.org.models import Role, User
from gridapp.webhooks import endpoints, sending
from gridapp.webhooks.models import Endpoint, Message
from tests import factories

pytestmark = pytest.mark.django_db
ASKED = {"username": "vendor", "name": "测试系统", "url": "https://a.example/in", "event": ["delivery.changed"]}


@pytest.fixture
def vendor() -> User:
    made: User = factories.UserFactory.create(username="vendor")
    return made


@pytest.fixture
def by(vendor: User) -> User:
    made: User = factories.UserFactory.create(role=Role.SECURITY, areas=[factories.DISTRICT])
    return made


@pytest.fixture
def security(by: User) -> Client:
    client = Client()
    client.force_login(by)
    return client


@pytest.fixture
def made(vendor: User, by: User) -> Endpoint:
    return endpoints.make("测试系统", "https://a.example/in", ["delivery.changed"], user=vendor, by=by)[0]


def act(client: Client, made: Endpoint, word: str, **more: str) -> int:
    return client.post(f"/review/webhooks/{made.pk}/act/", {"act": word, **more}).status_code


def test_an_address_is_made_and_its_secret_is_shown_once(security: Client) -> None:
    page = security.post("/review/webhooks/new/", ASKED)

    row, secret = Endpoint.objects.get(), page.context["secret"]
    assert secret.startswith("whsec_") and secret in page.content.decode()
    assert endpoints.secrets_of(row) == [secret]
    assert secret not in security.get(f"/review/webhooks/{row.pk}/").content.decode()
    assert "https://a.example/in" in security.get("/review/webhooks/").content.decode()


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("username", "nobody"),
        ("name", ""),
        ("url", ""),
        ("url", "ftp://a.example/"),
        ("url", "https://169.254.169.254/"),
        ("url", "https://u:p@a.example/"),
        ("url", "https://a.example/" + "x" * 500),
        ("event", []),
        ("event", ["webhook.test"]),
        ("event", ["everything"]),
    ],
)
def test_what_is_missing_or_wrong_makes_none(name: str, typed: str | list[str], security: Client) -> None:
    page = security.post("/review/webhooks/new/", ASKED | {name: typed})

    assert page.status_code == 422
    assert list(page.context["complaints"]) == ["events" if name == "event" else name]
    assert not Endpoint.objects.exists()


def test_it_is_tried_stopped_started_and_given_another_secret(security: Client, made: Endpoint) -> None:
    before = endpoints.secrets_of(made)

    codes = [act(security, made, word) for word in ("test", "disable", "enable", "rotate")]

    after = Endpoint.objects.get()
    assert codes == [302, 302, 302, 200]
    assert Message.objects.get().event.kind == "webhook.test"
    assert (after.disabled_at, endpoints.secrets_of(after)[1:]) == (None, before)


@pytest.mark.parametrize("one", [True, False])
def test_what_did_not_arrive_is_sent_again(one: bool, security: Client, made: Endpoint) -> None:
    row = endpoints.test(made)
    Message.objects.update(status="failed", tries=10, answer=500)

    act(security, made, "replay", **({"message": str(row.pk)} if one else {}))

    assert (Message.objects.get().status, sending.due()) == ("waiting", [made.pk])


def test_an_act_that_is_none_and_an_address_that_is_nobodys_are_not_found(security: Client, made: Endpoint) -> None:
    assert act(security, made, "delete") == 404
    assert act(security, Endpoint(pk=uuid4()), "test") == 404


def test_an_address_of_other_areas_is_not_found(made: Endpoint) -> None:
    client = Client()
    client.force_login(factories.UserFactory.create(role=Role.SECURITY, areas=[factories.OTHER_GRID]))

    assert client.get(f"/review/webhooks/{made.pk}/").status_code == 404
    assert act(client, made, "disable") == 404
    assert "a.example" not in client.get("/review/webhooks/").content.decode()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SECURITY])
@pytest.mark.parametrize("path", ["", "new/", f"{UUID(int=1)}/", f"{UUID(int=1)}/act/"])
def test_other_roles_see_and_make_none(role: Role, path: str) -> None:
    client = Client()
    client.force_login(factories.UserFactory.create(role=role, areas=[factories.DISTRICT]))

    codes = {client.get(f"/review/webhooks/{path}").status_code, client.post(f"/review/webhooks/{path}").status_code}

    assert codes == {403}
