"""System, security and audit cannot be one person, whoever writes: pages, commands, or a statement in the database."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction

from gridapp.audit.models import Note
from gridapp.org import account_forms, accounts, duties, factors, staff
from gridapp.org.account_forms import Known, Wanted
from gridapp.org.areas import Unfit
from gridapp.org.models import Area, Factor, Role, User
from tests.factories import DISTRICT, GRID, AreaFactory, UserFactory, id_number

pytestmark = pytest.mark.django_db
THREE = [Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR]
PAIRS = [(one, other) for one in THREE for other in Role if one != other]


@pytest.fixture
def security() -> User:
    AreaFactory.create(code=GRID)
    return UserFactory.create(username="heping", role=Role.SECURITY, areas=[DISTRICT])


def made(role: Role, number: str, name: str = "") -> User:
    area = AreaFactory.create(code=DISTRICT)
    return staff.create_account(name or f"{role}-1", name="测试", role=role, areas=[area], id_number=number)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_one_person_has_no_two_duties(one: Role, other: Role) -> None:
    number = id_number()
    made(one, number)

    with pytest.raises(IntegrityError, match="one person, one duty"), transaction.atomic():
        made(other, number)
    assert User.objects.count() == 1


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_nor_has_one_staff_number(one: Role, other: Role) -> None:
    UserFactory.create(role=one, staff_no="W77")

    with pytest.raises(IntegrityError, match="one person, one duty"), transaction.atomic():
        UserFactory.create(role=other, staff_no="W77")


@pytest.mark.parametrize("role", THREE)
def test_a_statement_in_the_database_gives_no_second_duty(role: Role) -> None:
    number = id_number()
    held, other = made(role, number), made(Role.WORKER, id_number())
    statements: list[tuple[str, list[Any]]] = [
        ("UPDATE org_user SET role = %s WHERE id = %s", [str(role), other.pk]),
        ("UPDATE org_user SET person = (SELECT person FROM org_user WHERE id = %s) WHERE id = %s", [held.pk, other.pk]),
        ("UPDATE org_user SET role = 'worker' WHERE id = %s", [held.pk]),
    ]

    for statement, told in statements:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, told)
    assert set(User.objects.values_list("pk", "role")) == {(held.pk, str(role)), (other.pk, "worker")}


@pytest.mark.parametrize("role", THREE)
def test_an_administrator_is_a_known_person(role: Role) -> None:
    with pytest.raises(IntegrityError, match="known person"), transaction.atomic():
        staff.create_account("nobody", name="某人", role=role, areas=[])


def test_another_duty_comes_only_after_the_first_is_closed(security: User) -> None:
    number = id_number()
    first = made(Role.AUDITOR, number)
    accounts.close(first, by=security)

    second = made(Role.WORKER, number)

    assert second.is_active
    with pytest.raises(Unfit, match="不能由同一个人担任"):
        accounts.reopen(User.objects.get(pk=first.pk), by=security)


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_of_one_person_that_are_made_at_once_one_is() -> None:
    number = id_number()
    AreaFactory.create(code=DISTRICT)

    def make(role: Role) -> bool:
        try:
            with transaction.atomic():
                staff.create_account(f"at-once-{role}", name="测试", role=role, areas=[], id_number=number)
        except IntegrityError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(make, [*THREE, Role.SUPERVISOR]))

    assert sum(done) == 1


def test_the_form_says_so_in_words(security: User) -> None:
    number = id_number()
    made(Role.SUPERVISOR, number)
    wanted = Wanted("shenji", "审计", Role.AUDITOR, (DISTRICT,), "", number)

    with pytest.raises(Unfit, match="不能由同一个人担任"):
        accounts.create(wanted, by=security)


@pytest.mark.parametrize("role", THREE)
def test_the_form_wants_to_know_who_an_administrator_is(security: User, role: Role) -> None:
    wanted, roles = Wanted("somebody", "某人", role, (DISTRICT,)), [*accounts.may_give(security), Role.SECURITY]

    found = account_forms.judge(wanted, security, Known.of([DISTRICT], ["somebody"]), roles)

    assert list(found) == ["id_number"]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_an_account_keeps_its_duty(security: User, role: Role) -> None:
    worker = UserFactory.create(areas=[GRID])
    wanted = Wanted(worker.username, "测试", role, (GRID,))

    with pytest.raises(Unfit, match="不能改成另一类"):
        accounts.change(worker, wanted, by=security)
    assert accounts.change(worker, replace(wanted, role=Role.SUPERVISOR), by=security)
    assert Note.objects.filter(act="account.role", about=f"account:{worker.pk}", by=security.pk).count() == 1


@pytest.mark.parametrize("role", THREE)
def test_the_command_makes_the_first_ones(role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _: id_number())
    out = io.StringIO()

    call_command("administrator", "he_ping", role=str(role), name="何平", stdout=out, stderr=io.StringIO())

    user = User.objects.get(username="he_ping")
    assert (user.role, user.must_change_password) == (role, True)
    assert user.check_password(out.getvalue().split(": ")[1].strip())
    assert list(user.areas.values_list("code", flat=True)) == [DISTRICT]
    assert Note.objects.filter(act="account.role", about=f"account:{user.pk}").exists()


def test_the_command_refuses_a_second_duty(monkeypatch: pytest.MonkeyPatch) -> None:
    number = id_number()
    made(Role.AUDITOR, number)
    monkeypatch.setattr("getpass.getpass", lambda _: number)

    with pytest.raises(CommandError, match="不能由同一个人担任"):
        call_command("administrator", "he_ping", role="security", name="何平", stderr=io.StringIO())
    assert not User.objects.filter(username="he_ping").exists()


def test_the_command_lets_in_only_a_security_administrator_again(security: User) -> None:
    auditor, out = made(Role.AUDITOR, id_number(), "shenji"), io.StringIO()
    factors.begun(security)
    Factor.objects.filter(user=security).update(confirmed_at="2026-01-01T00:00Z")

    call_command(
        "administrator", "heping", undo_factor=True, password=True, why="手机丢了", stdout=out, stderr=io.StringIO()
    )

    assert factors.of(security) is None
    assert User.objects.get(pk=security.pk).check_password(out.getvalue().split(": ")[1].strip())
    with pytest.raises(CommandError, match="ask the security administrator"):
        call_command("administrator", auditor.username, password=True)


def test_an_index_of_a_person_tells_nobody_who(security: User) -> None:
    number = id_number()
    user = made(Role.AUDITOR, number)

    assert user.person and number.encode() not in bytes(user.person)
    assert duties.person(f" {number.lower()} ") == bytes(user.person)
    assert Area.objects.filter(pk=DISTRICT).exists()
