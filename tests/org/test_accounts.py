"""Accounts, and the codes other systems use for our grids."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from gridapp import org, sealing
from gridapp.org import grids, scope, staff
from gridapp.org.models import Role, User
from tests.factories import GRID, OTHER_GRID, AreaFactory

pytestmark = pytest.mark.django_db


def test_an_account_is_made_with_its_areas_and_its_number_sealed() -> None:
    area = AreaFactory.create()

    user = staff.create_account(
        "worker",
        name="李测试",
        role=Role.WORKER,
        areas=[area],
        password="long pass phrase",
        id_number="990101199202290010",
    )

    assert scope.prefixes(user) == (GRID,)
    assert user.check_password("long pass phrase")
    assert User.objects.get().id_number == "990101199202290010"
    assert b"990101199202290010" not in bytes(user.sealed_id_number)


def test_nobody_signs_in_without_a_password() -> None:
    user = staff.create_account("import", name="导入", role=Role.SUPERVISOR, areas=[])

    assert not user.has_usable_password()


def test_the_number_of_one_account_does_not_open_for_another() -> None:
    first = staff.create_account("first", name="甲", role=Role.WORKER, areas=[], id_number="990101199202290010")
    second = staff.create_account("second", name="乙", role=Role.WORKER, areas=[])
    User.objects.filter(pk=second.pk).update(sealed_id_number=first.sealed_id_number)

    with pytest.raises(sealing.Unsealable):
        _ = User.objects.get(pk=second.pk).id_number


def test_a_number_can_be_forgotten() -> None:
    user = staff.create_account("worker", name="甲", role=Role.WORKER, areas=[], id_number="990101199202290010")

    staff.set_id_number(user, "")

    assert User.objects.get().id_number == ""


def test_a_user_name_is_taken_once() -> None:
    staff.create_account("worker", name="甲", role=Role.WORKER, areas=[])

    with pytest.raises(IntegrityError), transaction.atomic():
        staff.create_account("worker", name="乙", role=Role.WORKER, areas=[])


def test_the_codes_of_many_grids_come_in_one_query() -> None:
    for code in (GRID, OTHER_GRID):
        AreaFactory.create(code=code)
    grids.map_grid(GRID, "police", "J-01")
    grids.map_grid(GRID, "safety", "A-01")
    grids.map_grid(GRID, "police", "J-02")

    with CaptureQueriesContext(connection) as queries:
        found = org.mapped([GRID, OTHER_GRID, "", GRID])

    assert found == {GRID: {"police": "J-02", "safety": "A-01"}}
    assert len(queries) == 1
    assert grids.mapped_code(GRID, "police") == "J-02"
    assert grids.mapped_code(OTHER_GRID, "police") is None
    assert org.mapped([]) == {}
