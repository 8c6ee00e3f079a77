"""Scope and role: what a token was not made for is refused by name, and what a role may not is refused all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.urls import get_resolver, reverse
from django.utils import timezone
from limits import RateLimitItemPerMinute

from gridapp.api import pace
from gridapp.audit.models import Note
from gridapp.org import tokens
from gridapp.org.models import ApiToken, Scope, User
from tests import factories
from tests.api.description import DescribedClient, described

pytestmark = pytest.mark.django_db
TARGETS = "/api/v1/targets/"
OPERATIONS = [
    (path, method, operation["x-scope"])
    for path, methods in described()["paths"].items()
    for method, operation in methods.items()
]


def client(user: User, *, address: str = "127.0.0.1", **made: Any) -> DescribedClient:
    asking = DescribedClient(REMOTE_ADDR=address)
    asking.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user, **made)}")
    return asking


def ask(asking: DescribedClient, path: str, method: str) -> Any:
    place = path.format(entry_id=uuid4(), record_id=uuid4(), key="WG", endpoint_id=uuid4(), event_id=1)
    return asking.generic(method.upper(), place, "{}", content_type="application/json")


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize(("path", "method", "needed"), OPERATIONS)
def test_every_operation_asks_for_its_scope(
    path: str, method: str, needed: str, scope: Scope, accounts: dict[str, User]
) -> None:
    answer = ask(client(accounts["administrator"], scopes=[scope]), path, method)

    refused = answer.status_code == 403 and answer.json()["errors"][0]["code"] == "scope"
    assert refused == (scope != needed)
    if refused:
        assert needed in answer.json()["title"]


@pytest.mark.parametrize(("path", "method", "needed"), OPERATIONS)
def test_a_token_without_any_scope_may_nothing(path: str, method: str, needed: str, accounts: dict[str, User]) -> None:
    assert ask(client(accounts["administrator"], scopes=[]), path, method).status_code == 403


def test_every_address_of_the_api_has_an_operation() -> None:
    routes = {str(one.pattern) for one in get_resolver("gridapp.api.urls").url_patterns if getattr(one, "name", None)}

    assert len(routes - {"schema/"}) == len(described()["paths"])


@pytest.mark.parametrize("name", ["officer", "auditor", "security"])
def test_a_scope_gives_no_role_more_than_it_has(name: str, accounts: dict[str, User]) -> None:
    user = accounts.get(name) or factories.UserFactory.create(role=name, areas=[factories.DISTRICT])

    answers = {
        path: ask(client(user), f"/api/v1/{path}", "post").status_code
        for path in ("entries/", f"records/{uuid4()}/attachments/", "lanes/WG/pause/", "lanes/WG/retry/")
    }

    assert set(answers.values()) == {403}


@pytest.mark.parametrize(
    ("networks", "address", "status"),
    [
        ([], "203.0.113.9", 200),
        (["10.1.2.0/24"], "10.1.2.3", 200),
        (["10.1.2.0/24"], "10.1.3.3", 403),
        (["10.1.2.0/24"], "::ffff:10.1.2.3", 200),
        (["10.1.2.0/24"], "::1", 403),
        (["2001:db8::/32", "10.0.0.0/8"], "2001:db8::7", 200),
        (["10.1.2.0/24"], "", 403),
    ],
)
def test_a_token_is_heard_from_its_networks_alone(
    networks: list[str], address: str, status: int, accounts: dict[str, User]
) -> None:
    answer = client(accounts["worker"], address=address, networks=networks).get(TARGETS)

    assert answer.status_code == status
    assert Note.objects.filter(act="token.refused").count() == (status == 403)


def test_an_address_that_anybody_can_write_into_a_header_does_not_count(accounts: dict[str, User]) -> None:
    asking = client(accounts["worker"], address="203.0.113.9", networks=["10.0.0.0/8"])

    assert asking.get(TARGETS, headers={"x-forwarded-for": "10.1.2.3"}).status_code == 403


@pytest.mark.parametrize("query", ["token={}", "access_token={}", "API_KEY=x", "q={}", "{}=1", "limit=1&x=a{}"])
def test_a_token_in_the_address_is_refused_even_beside_a_good_one_and_noted(
    query: str, accounts: dict[str, User]
) -> None:
    lost = tokens.issue(accounts["worker"])

    answer = client(accounts["worker"]).get(f"/api/v1/changes/?{query.format(lost)}")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "token_in_address")
    (noted,) = Note.objects.filter(act="token.address")
    assert lost[16:] not in str(noted.what) + answer.content.decode()


def test_use_is_written_down_once_a_minute_and_another_address_is_noted(accounts: dict[str, User]) -> None:
    asking = client(accounts["worker"])
    asking.get(TARGETS)
    first = ApiToken.objects.get().last_used_at
    asking.get(TARGETS)
    again = ApiToken.objects.get().last_used_at
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))

    asking.get(TARGETS, REMOTE_ADDR="203.0.113.9")

    row = ApiToken.objects.get()
    assert first == again
    assert row.last_used_at is not None and first is not None and row.last_used_at > first
    assert row.last_address == "203.0.113.9"
    assert [one.about for one in Note.objects.filter(act="token.moved")] == [f"token:{row.pk}"]


@pytest.mark.parametrize(
    "made",
    [
        {"expires_at": timezone.now() + timedelta(days=400)},
        {"scopes": ["everything"]},
        {"networks": ["10.0.0.1/8"]},
    ],
    ids=["more than a year", "a scope that is none", "a network that is none"],
)
def test_no_token_is_made_without_an_end_and_a_bound(made: dict[str, Any], accounts: dict[str, User]) -> None:
    with pytest.raises(ValueError, match=r"year|network|host"):
        tokens.issue(accounts["worker"], **made)


def test_a_token_lasts_ninety_days_unless_said_otherwise_and_nothing_of_it_is_kept(accounts: dict[str, User]) -> None:
    text = tokens.issue(accounts["worker"])

    row = ApiToken.objects.get()
    assert timedelta(days=89) < row.expires_at - timezone.now() <= timedelta(days=90)
    assert text.startswith("gridapp_")
    kept = repr([getattr(row, field.attname) for field in ApiToken._meta.concrete_fields])
    assert text[16:] not in kept


def test_who_comes_too_often_without_a_token_is_not_looked_at_any_more(
    accounts: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "STRANGER", RateLimitItemPerMinute(3))
    stranger = DescribedClient(headers={"authorization": "Token gridapp_nobodys"})
    other = DescribedClient(REMOTE_ADDR="203.0.113.9", headers={"authorization": "Token gridapp_nobodys"})

    statuses = [stranger.get(TARGETS).status_code for _ in range(5)]

    assert statuses == [401, 401, 401, 429, 429]
    assert other.get(TARGETS).status_code == 401
    assert Note.objects.filter(act="token.refused").count() == 2  # one a minute of each address


@pytest.mark.parametrize(("limit", "code"), [("TOKEN", "throttled"), ("ALL", "throttled")])
def test_a_client_that_asks_too_often_is_told_when_to_come_again(
    limit: str, code: str, accounts: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, limit, RateLimitItemPerMinute(2))
    asking, other = client(accounts["worker"]), client(accounts["supervisor"])

    answers = [asking.get(TARGETS) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].json()["errors"][0]["code"] == code
    assert 1 <= int(answers[2]["Retry-After"]) <= 60
    assert other.get(TARGETS).status_code == (200 if limit == "TOKEN" else 429)


def test_answers_tell_how_many_requests_are_left(accounts: dict[str, User]) -> None:
    asking = client(accounts["worker"])

    left = [int(asking.get(TARGETS)["RateLimit"].split("r=")[1].split(";")[0]) for _ in range(2)]

    assert left == [pace.TOKEN.amount - 1, pace.TOKEN.amount - 2]


def test_the_page_of_the_schema_names_the_scope_of_each_operation() -> None:
    assert {needed for _path, _method, needed in OPERATIONS} <= set(Scope.values)
    assert reverse("api:schema") == "/api/schema/"
