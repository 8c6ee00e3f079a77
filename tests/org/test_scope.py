"""What an account sees is a prefix of area codes, and nothing without one."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from gridapp.org import scope
from gridapp.org.models import Role
from gridapp.registry.models import Building
from tests.factories import COMMUNITY, GRID, OTHER_GRID, BuildingFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("areas", "grid_code", "allowed"),
    [
        ([], GRID, False),
        ([GRID], OTHER_GRID, False),
        ([GRID], "", False),
        ([GRID], GRID[:12], False),
        ([GRID], GRID, True),
        ([COMMUNITY], GRID, True),
        ([COMMUNITY], OTHER_GRID, False),
        (["990101"], OTHER_GRID, True),
        ([GRID, OTHER_GRID], OTHER_GRID, True),
    ],
)
def test_a_grid_is_in_scope_when_one_of_the_areas_is_its_prefix(
    areas: list[str], grid_code: str, allowed: bool
) -> None:
    user = UserFactory.create(areas=areas or ["110101"])

    assert scope.allows(user, grid_code) is allowed


def test_a_stranger_a_closed_account_and_an_account_without_areas_see_nothing() -> None:
    BuildingFactory.create()
    without_areas = UserFactory.create()
    without_areas.areas.clear()

    for user in (AnonymousUser(), UserFactory.create(is_active=False), without_areas):
        assert scope.prefixes(user) == ()
        assert not scope.within(Building.objects.all(), user).exists()


def test_areas_inside_one_another_count_once() -> None:
    user = UserFactory.create(areas=[GRID, COMMUNITY, OTHER_GRID])

    assert scope.prefixes(user) == (COMMUNITY, OTHER_GRID)


def test_the_areas_of_an_account_are_asked_for_once() -> None:
    user = UserFactory.create()

    with CaptureQueriesContext(connection) as queries:
        scope.prefixes(user)
        scope.allows(user, GRID)

    assert len(queries) == 1


def test_a_query_within_scope_leaves_other_grids_out() -> None:
    ours, theirs = BuildingFactory.create(), BuildingFactory.create(grid_code=OTHER_GRID)
    worker, around = UserFactory.create(), UserFactory.create(areas=[GRID[:6]])

    assert list(scope.within(Building.objects.all(), worker)) == [ours]
    assert set(scope.within(Building.objects.all(), around)) == {ours, theirs}


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.AUDITOR, False),
        (Role.OFFICER, False),
        (Role.WORKER, True),
        (Role.SUPERVISOR, True),
        (Role.ADMINISTRATOR, False),
    ],
)
def test_only_some_roles_enter_records(role: Role, may: bool) -> None:
    assert scope.may_enter(UserFactory.create(role=role)) is may
    assert not scope.may_enter(UserFactory.create(role=role, is_active=False))


@pytest.mark.parametrize(
    ("role", "enters", "oversees", "decides", "administers"),
    [
        (Role.WORKER, True, False, False, False),
        (Role.SUPERVISOR, True, True, True, False),
        (Role.OFFICER, False, False, False, False),
        (Role.ADMINISTRATOR, False, True, False, True),
        (Role.AUDITOR, False, True, False, False),
    ],
)
def test_what_a_role_may(role: Role, enters: bool, oversees: bool, decides: bool, administers: bool) -> None:
    user = UserFactory.create(role=role)
    closed = UserFactory.create(role=role, is_active=False)

    asked = (scope.may_enter, scope.may_oversee, scope.may_decide, scope.may_administer)
    assert tuple(may(user) for may in asked) == (enters, oversees, decides, administers)
    assert not any(may(closed) or may(AnonymousUser()) for may in asked)


@pytest.mark.parametrize(
    ("role", "areas", "may"),
    [
        (Role.ADMINISTRATOR, [COMMUNITY], True),
        (Role.SUPERVISOR, ["990101"], True),
        (Role.SUPERVISOR, [COMMUNITY], False),
        (Role.AUDITOR, ["990101"], False),
        (Role.WORKER, ["990101"], False),
        (Role.OFFICER, ["990101"], False),
    ],
)
def test_codes_are_changed_by_who_oversees_the_whole_district(role: Role, areas: list[str], may: bool) -> None:
    user = UserFactory.create(role=role, areas=areas)
    UserFactory.create(role=role, areas=areas, is_active=False)

    assert scope.may_renumber(user) is may
    assert list(scope.renumbering()) == ([user] if may else [])


@pytest.mark.parametrize(
    ("role", "reads", "sees"),
    [
        (Role.WORKER, True, False),
        (Role.SUPERVISOR, True, True),
        (Role.OFFICER, False, True),
        (Role.ADMINISTRATOR, True, True),
        (Role.AUDITOR, True, True),
    ],
)
def test_an_officer_sees_targets_and_looks_up_no_records(role: Role, reads: bool, sees: bool) -> None:
    user = UserFactory.create(role=role)

    assert (scope.may_read_records(user), scope.may_see_targets(user)) == (reads, sees)


def test_no_account_stands_above_all_others() -> None:
    """One person who may do all is what three administrators are there to prevent."""
    with pytest.raises(CommandError, match=r"manage\.py administrator"):
        call_command("createsuperuser", "--noinput", username="root")
    for above in ({"is_superuser": True}, {"is_staff": True}):
        with pytest.raises(IntegrityError, match="nobody_above_all"), transaction.atomic():
            UserFactory.create(**above)
