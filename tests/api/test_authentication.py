"""Who gets in: a live token in the header, of a live account; anything else is 401 and says how."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gridapp.org import tokens
from gridapp.org.models import ApiToken, User
from tests.api.description import DescribedClient

TARGETS = "/api/v1/targets/"


def ask(header: str | None) -> tuple[int, str, str]:
    """Status, challenge and code of the answer to one Authorization header."""
    client = DescribedClient(headers={} if header is None else {"authorization": header})
    answer = client.get(TARGETS)
    code = answer.json()["errors"][0]["code"] if answer.status_code != 200 else ""
    return answer.status_code, answer.get("WWW-Authenticate", ""), code


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["Token", "Bearer", "token", "BEARER", "Token  "])
def test_a_live_token_gets_in_under_either_name(scheme: str, accounts: dict[str, User]) -> None:
    token = tokens.issue(accounts["worker"])

    assert ask(f"{scheme} {token}")[0] == 200


@pytest.mark.django_db
@pytest.mark.parametrize("header", [None, "", "Basic d29ya2VyOnB3", "{token}", "Digest {token}", 'Token="{token}"'])
def test_without_a_token_one_is_asked_for(header: str | None, accounts: dict[str, User]) -> None:
    token = tokens.issue(accounts["worker"])

    status, challenge, code = ask(header and header.format(token=token))

    assert (status, code) == (401, "not_authenticated")
    assert challenge.startswith("Token realm=")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["", "x", "{token}x", "{token} {token}", "{upper}", "\x00", "é" * 40, "a" * 8000, "' OR 1=1 --", "{prefix}"]
)
def test_a_token_that_is_nobodys_does_not_get_in(text: str, accounts: dict[str, User]) -> None:
    token = tokens.issue(accounts["worker"])
    upside_down = token.swapcase()

    status, challenge, code = ask("Token " + text.format(token=token, upper=upside_down, prefix=token[:16]))

    assert (status, code) == (401, "bad_token")
    assert challenge.startswith("Token realm=")


@pytest.mark.django_db
def test_a_token_ends_with_its_time_its_revocation_and_its_account(accounts: dict[str, User]) -> None:
    expired = tokens.issue(accounts["worker"], expires_at=timezone.now() - timedelta(seconds=1))
    expiring = tokens.issue(accounts["worker"], expires_at=timezone.now() + timedelta(hours=1))
    revoked = tokens.issue(accounts["worker"])
    tokens.revoke(ApiToken.objects.get(prefix=revoked[:16]).pk, user=accounts["worker"])
    closed = tokens.issue(accounts["auditor"])
    User.objects.filter(pk=accounts["auditor"].pk).update(is_active=False)

    answers = {name: ask(f"Token {text}")[0] for name, text in {
        "expired": expired, "expiring": expiring, "revoked": revoked, "closed": closed,
    }.items()}  # fmt: skip

    assert answers == {"expired": 401, "expiring": 200, "revoked": 401, "closed": 401}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["token", "access_token", "Authorization"])
def test_a_token_in_the_address_or_a_session_does_not_count(name: str, accounts: dict[str, User]) -> None:
    client = DescribedClient()
    client.force_login(accounts["worker"])

    answer = client.get(TARGETS, {name: tokens.issue(accounts["worker"])})

    assert answer.status_code == 401
