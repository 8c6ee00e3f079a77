from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.test import Client

from gridapp.org.models import User
from gridapp.registry.models import Building, Record
from tests.desk.cast import HOUSING

Filled = Callable[..., dict[str, Any]]


def test_someone_who_lives_there_already_is_one_tap_away(desk: Client, resident: Record, form_of: Filled) -> None:
    refused = desk.post("/entries/new/resident/", form_of())

    assert refused.status_code == 422
    assert f'href="/records/{resident.id}/">打开已有的档案' in refused.content.decode()


def test_a_room_that_is_registered_already_is_one_tap_away(desk: Client, flat: Record, building: Building) -> None:
    posted = {"entry_id": str(uuid4()), "building": building.code, "floor": "3", "room_no": "301", **HOUSING}

    refused = desk.post("/entries/new/housing/", posted).content.decode()

    assert f'href="/records/{flat.id}/">打开已有的档案' in refused
    assert 'href="#place"' in refused
    assert 'href="#f-housing-room_no"' not in refused


def test_what_somebody_else_changed_meanwhile_can_be_started_again(desk: Client, resident: Record) -> None:
    desk.post(f"/records/{resident.id}/correct/", {"entry_id": str(uuid4()), "name": "测试乙"})
    posted = {"entry_id": str(uuid4()), "name": "测试丙", "base_version": str(resident.version)}

    refused = desk.post(f"/records/{resident.id}/correct/", posted)

    assert f'href="/records/{resident.id}/correct/">按最新内容重新填写' in refused.content.decode()


def test_a_record_of_another_grid_is_not_given_away(
    client: Client, other_worker: User, resident: Record, form_of: Filled
) -> None:
    client.force_login(other_worker)

    refused = client.post("/entries/new/resident/", form_of())

    assert refused.status_code == 422
    assert str(resident.id) not in refused.content.decode()


def test_a_form_without_a_place_says_that_none_is_chosen(desk: Client, form_of: Filled) -> None:
    refused = desk.post("/entries/new/resident/", form_of(housing="")).content.decode()

    assert "还没有选住处或位置，请按“换一处”选择" in refused
    assert "测试甲" in refused
