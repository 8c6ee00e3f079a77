"""A flat that is not there yet is entered in the middle of something else, which then goes on with it."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from gridapp.registry.models import Building, Record, Residency
from tests.desk.cast import HOUSING

NEW_HOUSING = "/entries/new/housing/"


def opened(desk: Client, chooser: str, building: Building, room_no: str = "402") -> Any:
    """The form of the flat that the chooser does not list, as its button opens it."""
    page = desk.get(chooser, {"building": building.code, "floor": "4"}).content.decode()
    form = page[page.index(f'action="{NEW_HOUSING}"') :]
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))
    return desk.get(NEW_HOUSING, {**sent, "room_no": room_no})


def saved(desk: Client, page: Any, **changed: Any) -> Any:
    return desk.post(NEW_HOUSING, {**HOUSING, **dict(page.context["page"].hidden), **changed})


def test_a_move_goes_on_with_the_new_flat_chosen(
    desk: Client, building: Building, targets: None, resident: Record
) -> None:
    move = reverse("desk:move", args=[resident.id])

    response = saved(desk, opened(desk, move, building))

    flat = Record.objects.get(room_no="402")
    assert response["Location"] == f"{move}?housing={flat.id}"
    going_on = desk.get(response["Location"])
    assert "402" in going_on.context["page"].place
    assert "测试甲" in going_on.content.decode()
    desk.post(
        move,
        {
            "entry_id": str(uuid4()), "housing": str(flat.id), "base_version": str(resident.version),
            "residency.start_date": "20250101", "residency.residency_kind": "2",
        },
    )  # fmt: skip
    assert Residency.objects.get(resident=resident, is_open=True).housing == flat


def test_a_new_resident_goes_on_with_the_new_flat_chosen(desk: Client, building: Building, targets: None) -> None:
    response = saved(desk, opened(desk, reverse("desk:choose", args=["resident"]), building))

    flat = Record.objects.get(room_no="402")
    assert response["Location"] == f"{reverse('desk:new_resident')}?housing={flat.id}"


def test_a_flat_entered_for_its_own_sake_is_shown(desk: Client, building: Building, targets: None) -> None:
    response = saved(desk, opened(desk, reverse("desk:choose", args=["housing"]), building))

    flat = Record.objects.get(room_no="402")
    assert response["Location"] == reverse("desk:record", args=[flat.id])


def test_an_error_and_another_place_lose_nothing_of_the_move(
    desk: Client, building: Building, targets: None, resident: Record
) -> None:
    move = reverse("desk:move", args=[resident.id])
    page = opened(desk, move, building)

    wrong = saved(desk, page, **{"housing.owner_phone": "1"})

    assert wrong.status_code == 422
    assert f'href="{move}"' in wrong.content.decode()
    assert saved(desk, wrong)["Location"].startswith(move)


@pytest.mark.parametrize("what", ["//evil.example", "x", "resident/../..", "\0"])
def test_what_it_is_for_leads_nowhere_else(desk: Client, building: Building, targets: None, what: str) -> None:
    page = desk.get(NEW_HOUSING, {"building": building.code, "floor": "4", "room_no": "402", "for": what})

    assert saved(desk, page)["Location"] == reverse("desk:record", args=[Record.objects.get().id])
