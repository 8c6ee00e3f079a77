"""Nobody alone lets go of an account's password and of its second factor, and then signs in as its owner."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from gridapp.org import accounts, factors
from gridapp.org.areas import Unfit
from gridapp.org.models import Role, User
from tests import factories
from tests.org.test_factors import phone_of


@pytest.fixture
def security(db: None, settings: Settings) -> User:
    settings.SECOND_FACTOR = frozenset({Role.SUPERVISOR, Role.SECURITY})
    return factories.UserFactory.create(role=Role.SECURITY, areas=["990101"])


@pytest.fixture
def other(security: User) -> User:
    return factories.UserFactory.create(role=Role.SECURITY, areas=["990101"])


@pytest.fixture
def owner(security: User) -> User:
    return with_factor(factories.UserFactory.create(role=Role.SUPERVISOR, areas=["990101"]))


def with_factor(user: User) -> User:
    factors.begun(user)
    factors.confirm(user, phone_of(user).now())
    return user


def test_who_reset_the_password_does_not_undo_the_factor(security: User, other: User, owner: User) -> None:
    accounts.reset_password(owner, by=security)

    with pytest.raises(Unfit, match="另一位"):
        factors.reset(owner, by=security, why="手机丢了")
    assert factors.of(owner)

    factors.reset(owner, by=other, why="手机丢了")
    assert factors.of(owner) is None


def test_who_undid_the_factor_does_not_reset_the_password(security: User, other: User, owner: User) -> None:
    before = owner.password
    factors.reset(owner, by=security, why="手机丢了")

    with pytest.raises(Unfit, match="另一位"):
        accounts.reset_password(owner, by=security)
    assert User.objects.get(pk=owner.pk).password == before

    assert accounts.reset_password(owner, by=other)


def test_waiting_does_not_help_but_what_the_owner_does_in_between(security: User, owner: User) -> None:
    accounts.reset_password(owner, by=security)
    accounts.chose_password(owner, "Ein-anderes-2026")
    factors.reset(owner, by=security, why="手机丢了")
    with_factor(owner)

    assert accounts.reset_password(owner, by=security)


def test_who_does_without_a_factor_is_helped_by_one(security: User, settings: Settings) -> None:
    worker = with_factor(factories.UserFactory.create(role=Role.WORKER, areas=["990101"]))
    accounts.reset_password(worker, by=security)
    factors.reset(worker, by=security, why="手机丢了")

    assert factors.of(worker) is None
