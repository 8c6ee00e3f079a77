"""A code that was scanned or typed leads straight on; what is not found says so and offers the way by hand."""

from __future__ import annotations

import pytest
from django.test import Client

from gridapp.org.models import User
from gridapp.registry import door_codes, references
from gridapp.registry.models import Building, Record


@pytest.fixture
def code(flat: Record) -> str:
    given = f"{flat.building_id}000301"
    references.receive(flat, {references.HOUSING_CODE: given}, source="FWBM")
    return given


def test_a_code_opens_the_home(desk: Client, flat: Record, code: str) -> None:
    assert desk.post("/scan/", {"code": code})["Location"] == f"/records/{flat.id}/"


def test_a_code_goes_on_with_what_the_worker_was_doing(desk: Client, resident: Record, flat: Record, code: str) -> None:
    entering = desk.post("/scan/", {"code": code[-8:], "purpose": "resident", "for": "resident"})
    moving = desk.post("/scan/", {"code": code, "purpose": "move", "for": str(resident.id)})
    odd = desk.post("/scan/", {"code": code, "purpose": "move", "for": "nobody"})

    assert entering["Location"] == f"/entries/new/resident/?housing={flat.id}"
    assert moving["Location"] == f"/records/{resident.id}/move/?housing={flat.id}"
    assert odd["Location"] == f"/records/{flat.id}/"


def test_a_room_that_is_not_registered_yet_leads_to_its_building(desk: Client, building: Building) -> None:
    page = desk.post("/scan/", {"code": f"{building.code}000402", "purpose": "resident"}).content.decode()

    assert "没有找到这个编码的房屋" in page
    assert f'href="/entries/choose/resident/?building={building.code}"' in page


@pytest.mark.parametrize("code", ["", "12345678", "\0", "https://codes.example/x"])
def test_what_leads_nowhere_can_be_tried_again(desk: Client, flat: Record, code: str) -> None:
    answer = desk.post("/scan/", {"code": code})

    assert answer.status_code == 200
    assert 'name="code"' in answer.content.decode()


def test_several_homes_are_listed(desk: Client, flat: Record, code: str, worker: User) -> None:
    second = Record.objects.create(
        kind="housing", grid_code=flat.grid_code, building=flat.building, room_no="302", sealed=flat.sealed,
        housing_code=f"{code[:9]}9{code[10:]}",
    )  # fmt: skip

    page = desk.post("/scan/", {"code": code[-8:], "purpose": "resident"}).content.decode()

    assert f"?housing={flat.id}" in page
    assert f"?housing={second.id}" in page


def test_the_picture_on_a_door_opens_the_home_from_any_camera(
    client: Client, desk: Client, other_worker: User, flat: Record
) -> None:
    address = f"/door/?k={door_codes.picture_key(flat.id)}"
    client.force_login(other_worker)

    assert desk.get(address)["Location"] == f"/records/{flat.id}/"
    assert client.get(address).status_code == 404
    assert desk.get("/door/").status_code == 404
