"""Accounts: no role above one's own, no areas beyond them, first passwords changed, grids handed over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password, identify_hasher
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from gridapp.org import account_forms, accounts, devices, handover, scope
from gridapp.org.account_forms import Known, Wanted
from gridapp.org.areas import Unfit
from gridapp.org.models import AccountChange, Area, Role, User
from tests.factories import DISTRICT, GRID, OTHER_GRID, AreaFactory, Cast, UserFactory, cast

pytestmark = pytest.mark.django_db
NEW = Wanted("zhang_san", "张测试", Role.WORKER, (GRID,), "W9")


@pytest.fixture
def people() -> Cast:
    return cast()


def _somebody(people: Cast, name: str) -> User:
    known: User | None = getattr(people, name, None)
    return known or UserFactory.create(username=name, role=Role(name), areas=[DISTRICT])


def complaints(by: User, **said: str) -> dict[str, str]:
    roles = accounts.may_give(by)
    form = {"username": "zhang_san", "name": "张测试", "role": "worker", "areas": GRID, **said}
    wanted = account_forms.read(form, roles)
    return account_forms.judge(wanted, by, Known.of(wanted.areas, [wanted.username]), roles)


@pytest.mark.parametrize(
    ("who", "roles"),
    [
        ("worker", ()),
        ("supervisor", ("worker", "supervisor")),
        ("administrator", ()),
        ("auditor", ()),
        ("security", ("worker", "supervisor", "officer", "administrator", "auditor")),
    ],
)
def test_nobody_gives_a_role_above_their_own(people: Cast, who: str, roles: tuple[str, ...]) -> None:
    by = _somebody(people, who)

    assert tuple(accounts.may_give(by)) == roles
    for role in set(Role) - set(roles):
        with pytest.raises(Unfit, match="高于自己的角色"):
            accounts.create(replace(NEW, role=role), by=by)
    assert not User.objects.filter(username=NEW.username).exists()


def test_an_account_is_made_with_a_first_password_that_has_to_be_changed(people: Cast) -> None:
    user, password = accounts.create(NEW, by=people.supervisor)

    signed_in = authenticate(username="zhang_san", password=password)
    assert signed_in == user
    assert user.must_change_password
    assert scope.prefixes(user) == (GRID,)
    assert len(password) == 14
    change = AccountChange.objects.get(user=user)
    assert (change.act, change.by, change.after["areas"]) == ("created", people.supervisor, [GRID])
    assert password not in str(change.after)


def test_a_first_password_is_cheap_to_make_and_becomes_as_hard_as_any(people: Cast, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]

    user, password = accounts.create(NEW, by=people.supervisor)

    assert user.password.split("$")[1] == "20000"
    assert check_password(password, user.password)
    authenticate(username="zhang_san", password=password)
    stored = User.objects.get(pk=user.pk).password
    assert identify_hasher(stored).must_update(stored) is False


def test_areas_of_others_are_not_given(people: Cast) -> None:
    for areas in (("990101002001001",), ("990101",), ()):
        with pytest.raises(Unfit, match="不在您的范围内"):
            accounts.create(replace(NEW, areas=areas), by=people.supervisor)

    assert not User.objects.filter(username="zhang_san").exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"username": "worker"}, "username"),
        ({"username": "WORKER"}, "username"),
        ({"username": "x"}, "username"),
        ({"username": "张三"}, "username"),
        ({"name": ""}, "name"),
        ({"role": "administrator"}, "role"),
        ({"role": "系统管理员"}, "role"),
        ({"areas": ""}, "areas"),
        ({"areas": "990101002001001"}, "areas"),
        ({"areas": DISTRICT}, "areas"),
        ({"staff_no": "W 1"}, "staff_no"),
        ({"id_number": "990101199202290011"}, "id_number"),
    ],
)
def test_what_is_wrong_is_said_field_by_field(people: Cast, said: dict[str, str], field: str) -> None:
    assert list(complaints(people.supervisor, **said)) == [field]


def test_a_row_as_people_write_it_is_right(people: Cast) -> None:
    AreaFactory.create(code="990101001")

    assert complaints(people.supervisor, role="网格员", areas=f"{GRID}、{OTHER_GRID}") == {}
    assert complaints(people.supervisor, role="督导", areas="990101001", id_number="99010119920229001x") in (
        {},
        {"id_number": "身份证号码不对，请核对"},
    )


def test_who_sees_which_accounts(people: Cast) -> None:
    auditor = UserFactory.create(username="auditor", role=Role.AUDITOR)
    nowhere = UserFactory.create(username="nowhere")
    nowhere.areas.clear()
    wide = UserFactory.create(username="wide", areas=[GRID, "990101002001001"])

    of_supervisor = set(accounts.listed(people.supervisor))
    of_security = set(accounts.listed(_somebody(people, "security")))

    assert of_supervisor == {people.worker, people.other_worker, people.supervisor}
    assert of_security == {*of_supervisor, people.administrator, auditor, nowhere, wide}
    assert not accounts.listed(people.administrator).exists()
    assert not accounts.listed(people.worker).exists()
    assert accounts.find(people.supervisor.pk, people.supervisor) is None


def test_a_change_says_what_was_and_what_is(people: Cast) -> None:
    done = accounts.change(
        people.worker, replace(NEW, username="worker", areas=(GRID, OTHER_GRID)), by=people.supervisor, why="调岗"
    )

    change = AccountChange.objects.get(user=people.worker)
    assert done
    assert change.before["areas"] == [GRID]
    assert change.after["areas"] == [GRID, OTHER_GRID]
    assert change.why == "调岗"
    assert not accounts.change(
        people.worker, replace(NEW, username="worker", areas=(GRID, OTHER_GRID)), by=people.supervisor
    )
    assert AccountChange.objects.count() == 1


def test_nobody_changes_themselves_or_whoever_is_above(people: Cast) -> None:
    for one in (people.supervisor, people.administrator):
        with pytest.raises(Unfit, match="不在您的范围内"):
            accounts.change(one, NEW, by=people.supervisor)
        with pytest.raises(Unfit, match="不在您的范围内"):
            accounts.close(one, by=people.supervisor)
        with pytest.raises(Unfit, match="不在您的范围内"):
            accounts.reset_password(one, by=people.supervisor)


def test_a_closed_account_signs_nobody_in_and_can_be_opened_again(people: Cast) -> None:
    closed = accounts.close(people.worker, by=people.supervisor), accounts.close(people.worker, by=people.supervisor)

    user = User.objects.get(pk=people.worker.pk)
    assert closed == (True, False)
    assert authenticate(username="worker", password="a long pass phrase") is None
    assert scope.prefixes(user) == ()
    assert accounts.reopen(user, by=people.supervisor)
    assert authenticate(username="worker", password="a long pass phrase") is not None


def test_a_reset_ends_the_old_password(people: Cast) -> None:
    password = accounts.reset_password(people.worker, by=people.supervisor)

    assert authenticate(username="worker", password="a long pass phrase") is None
    assert authenticate(username="worker", password=password) == people.worker
    assert User.objects.get(pk=people.worker.pk).must_change_password


def test_a_document_number_is_set_and_never_said(people: Cast) -> None:
    accounts.change(people.worker, replace(NEW, id_number="990101199202290010"), by=people.supervisor)

    change = AccountChange.objects.get(user=people.worker)
    assert User.objects.get(pk=people.worker.pk).id_number == "990101199202290010"
    assert "19920229" not in str(change.before) + str(change.after)
    assert change.after["id_number"] is True


def test_a_grid_goes_from_one_to_the_next(people: Cast) -> None:
    grid = Area.objects.get(pk=GRID)
    devices.seen(uuid4(), user=people.worker, session_key="", waiting=2, oldest=None)

    unsent = handover.unsent(people.worker)
    with transaction.atomic():
        made = handover.give(grid, people.worker, people.other_worker, by=people.supervisor, why="离职", forms=1)

    assert unsent == 2
    assert (made.giver, made.taker, made.forms) == (people.worker, people.other_worker, 1)
    assert scope.prefixes(User.objects.get(pk=people.worker.pk)) == ()
    assert scope.prefixes(User.objects.get(pk=people.other_worker.pk)) == (GRID, OTHER_GRID)
    assert set(AccountChange.objects.values_list("user", "act")) == {
        (people.worker.pk, "gave"),
        (people.other_worker.pk, "took"),
    }


def test_who_handed_over_the_last_grid_is_not_lost_sight_of(people: Cast) -> None:
    stranger = UserFactory.create(role=Role.SUPERVISOR, areas=[OTHER_GRID])
    handover.give(Area.objects.get(pk=GRID), people.worker, people.other_worker, by=people.supervisor)

    assert people.worker in accounts.listed(people.supervisor)
    assert people.worker not in accounts.listed(stranger)
    assert accounts.close(people.worker, by=people.supervisor)


def test_a_grid_is_not_given_by_whom_has_more_than_it_nor_to_whom_is_beyond(people: Cast) -> None:
    grid = Area.objects.get(pk=GRID)
    stranger = UserFactory.create(areas=["990101002001001"])

    with pytest.raises(Unfit, match="没有单独分到"):
        handover.give(grid, people.supervisor, people.other_worker, by=_somebody(people, "security"))
    with pytest.raises(Unfit, match="接手的人不在"):
        handover.give(grid, people.worker, stranger, by=people.supervisor)
    people.administrator.areas.add(grid)
    with pytest.raises(Unfit, match="角色高于您"):
        handover.give(grid, people.administrator, people.other_worker, by=people.supervisor)
    with pytest.raises(Unfit, match="两个人"):
        handover.give(grid, people.worker, people.worker, by=people.supervisor)


def test_a_list_of_accounts_costs_the_same_for_many(
    people: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    scope.prefixes(people.supervisor)
    with django_assert_num_queries(2):
        few = list(accounts.listed(people.supervisor))
    UserFactory.create_batch(20)
    with django_assert_num_queries(2):
        many = list(accounts.listed(people.supervisor))

    assert len(many) == len(few) + 20
