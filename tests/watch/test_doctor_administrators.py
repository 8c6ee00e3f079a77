"""The doctor asks whether there are three administrators, known as persons, and a second factor for each of them."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from gridapp.org.models import Role
from gridapp.watch.doctor import Level, administrators
from tests.factories import UserFactory
from tests.watch.looking import bad, looked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def production(settings: Any) -> None:
    settings.DEVELOPMENT = False
    settings.SECOND_FACTOR = frozenset({"supervisor", "officer", "administrator", "security", "auditor"})
    settings.ADMIN_ADDRESSES = (ip_network("10.8.0.0/24"),)


def test_three_known_persons_are_well() -> None:
    for role in (Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR):
        UserFactory.create(role=role, person=bytes([len(role)]) * 8)

    assert bad(administrators.look) == set()


def test_administrators_who_may_come_from_anywhere_are_told(settings: Any) -> None:
    settings.ADMIN_ADDRESSES = ()

    assert "administrators.addresses" in bad(administrators.look)


@pytest.mark.parametrize("role", [Role.SECURITY, Role.AUDITOR])
def test_one_who_is_missing_is_told(role: Role) -> None:
    UserFactory.create(role=role, is_active=False)

    assert looked(administrators.look)[f"administrators.{role}"].level == Level.WARN


def test_who_is_not_known_or_above_all_is_told() -> None:
    UserFactory.create(role=Role.AUDITOR)

    assert looked(administrators.look)["administrators.duties"].level == Level.WARN


def test_administrators_without_a_second_factor_are_no_production(settings: Any) -> None:
    settings.SECOND_FACTOR = frozenset({"supervisor", "security"})

    found = looked(administrators.look)["administrators.second_factor"]

    assert found.level == Level.FAIL
    assert "administrator" in found.said and "auditor" in found.said
