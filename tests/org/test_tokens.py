"""Tokens of other clients: found by their digest, dead when expired, revoked, or their account is closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gridapp.org import tokens
from gridapp.org.models import ApiToken, User
from tests.factories import UserFactory


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create()


@pytest.mark.parametrize("text", ["", "x", "0" * 10_000, "\x00", "令牌", "\ud800"])
def test_what_was_never_issued_is_nobodys(user: User, text: str) -> None:
    tokens.issue(user)

    assert tokens.find(text) is None


def test_a_token_belongs_to_who_it_was_issued_to(user: User) -> None:
    first, second = tokens.issue(user), tokens.issue(UserFactory.create())

    assert tokens.find(first) == user
    assert tokens.find(second) != user


def test_the_text_of_a_token_is_stored_nowhere(user: User) -> None:
    text = tokens.issue(user)
    token = ApiToken.objects.get()

    assert token.prefix == text[:16]
    assert text.encode() not in bytes(token.digest)
    assert len(text) >= 43


def test_an_expired_token_is_dead(user: User) -> None:
    now = timezone.now()
    dead, live = (tokens.issue(user, expires_at=now + timedelta(minutes=minutes)) for minutes in (-1, 1))

    assert tokens.find(dead) is None
    assert tokens.find(live) == user


def test_a_revoked_token_is_dead_at_once_and_the_others_live(user: User) -> None:
    first, second = tokens.issue(user), tokens.issue(user)
    revoked = tokens.listed(user).get(prefix=first[:16])

    assert tokens.revoke(revoked.pk, user=user)

    assert tokens.find(first) is None
    assert tokens.find(second) == user
    assert not tokens.revoke(revoked.pk, user=user)


def test_nobody_revokes_the_token_of_another(user: User) -> None:
    text = tokens.issue(user)

    assert not tokens.revoke(ApiToken.objects.get().pk, user=UserFactory.create())
    assert tokens.find(text) == user


def test_the_tokens_of_a_closed_account_are_dead(user: User) -> None:
    text = tokens.issue(user)
    user.is_active = False
    user.save()

    assert tokens.find(text) is None
