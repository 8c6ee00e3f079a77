"""While somebody is typed: already on file, perhaps on file, or not the same person, once and for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm
from gridapp.registry.models import Building, Entry, NotSame, Record, Residency
from tests.desk.cast import GRID, HOUSING

CHECK = "/entries/check/resident/"
Filled = Callable[..., dict[str, Any]]


@pytest.fixture
def next_door(worker: User, building: Building, flat: Record) -> Record:
    """Room 302 of the same building."""
    fields = HOUSING | {"housing.building_code": building.code, "housing.floor_no": 3, "housing.room_no": "302"}
    form = EntryForm(uuid4(), Record.Kind.HOUSING, Entry.Action.CREATE, GRID, fields)
    return submit(form, by=worker).record


def test_whoever_lives_here_is_to_be_verified_and_not_entered(desk: Client, resident: Record, form_of: Filled) -> None:
    page = desk.post(CHECK, {"id_number": "990101199202290010", "housing": form_of()["housing"]}).content.decode()

    assert "已有档案，不用再录" in page
    assert "测试甲" in page
    assert "已登记在这套房" in page
    assert f'href="/records/{resident.id}/">打开档案，核实在住' in page
    assert "/move/" not in page
    assert "990101199202290010" not in page


def test_whoever_lives_elsewhere_in_the_area_moves_in_with_one_tap(
    desk: Client, resident: Record, next_door: Record, form_of: Filled
) -> None:
    page = desk.post(CHECK, form_of(housing=str(next_door.id))).content.decode()

    assert f'href="/records/{resident.id}/move/?housing={next_door.id}">搬到这里' in page
    assert f'href="/records/{resident.id}/correct/"' in page
    assert "301" in page


def test_whoever_left_is_entered_again(desk: Client, resident: Record, form_of: Filled) -> None:
    Residency.objects.update(is_open=False)

    page = desk.post(CHECK, form_of()).content.decode()

    assert "保存后仍用原来的档案" in page
    assert "搬到这里" not in page


def test_nobody_is_told_of_a_person_of_another_grid(
    client: Client, other_worker: User, resident: Record, form_of: Filled
) -> None:
    client.force_login(other_worker)

    page = client.post(CHECK, form_of()).content.decode()

    assert "已有档案" not in page.replace("可能已有档案</a>", "")
    assert str(resident.id) not in page


SAME_NAME = {"id_number": "990101199202290037", "phone": "13912345601"}


def test_somebody_of_the_same_name_and_birth_date_is_asked_about(
    desk: Client, resident: Record, form_of: Filled
) -> None:
    page = desk.post(CHECK, form_of(**SAME_NAME)).content.decode()

    assert "可能已有档案，是同一人吗" in page
    assert "姓名和出生日期相同" in page
    assert "139****5678" in page
    assert "13912345678" not in page


def test_not_the_same_person_is_remembered_for_this_entry(desk: Client, resident: Record, form_of: Filled) -> None:
    form = form_of(**SAME_NAME)

    answer = desk.post("/entries/not-same/", form | {"alike": str(resident.id)}).content.decode()

    assert "是同一人吗" not in answer
    assert "是同一人吗" not in desk.post(CHECK, form).content.decode()
    assert desk.post("/entries/new/resident/", form).status_code == 302
    assert str(NotSame.objects.get().entry_id) == form["entry_id"]


def test_only_people_of_the_own_area_can_be_told_apart(
    client: Client, other_worker: User, resident: Record, form_of: Filled
) -> None:
    client.force_login(other_worker)

    answers = [client.post("/entries/not-same/", form_of() | {"alike": who}) for who in (str(resident.id), "x", "")]

    assert {answer.status_code for answer in answers} == {404}
    assert not NotSame.objects.exists()


def test_a_correction_is_not_compared_with_its_own_record(desk: Client, resident: Record, form_of: Filled) -> None:
    page = desk.post(CHECK, form_of(record=str(resident.id), housing="")).content.decode()

    assert "不用再录" not in page


def test_a_number_that_is_wrong_is_not_looked_up(desk: Client, resident: Record) -> None:
    with CaptureQueriesContext(connection) as seen:
        desk.post(CHECK, {"id_number": "990101199202290011"})

    assert not any("identity" in one["sql"] and "UNION" in one["sql"] for one in seen)
