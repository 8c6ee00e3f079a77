"""Choosing a home: buildings by what people call them, all floors at a glance, the next room from its neighbour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridapp.desk import rooms
from gridapp.org.models import User
from gridapp.registry.models import Building, Record, Residency

CHOOSE = "/entries/choose/resident/"


@pytest.mark.parametrize("query", ["芳草", "fcy", "fangcao", "csl", "3栋", "测试路 2单元", "12号"])
def test_a_building_is_found_as_people_call_it(worker: User, building: Building, query: str) -> None:
    assert rooms.steps(worker, query=query).buildings == [building]


@pytest.mark.parametrize("query", ["zzz", "梅花园", "fcyy", "\0%"])
def test_other_words_find_no_building(worker: User, building: Building, query: str) -> None:
    assert rooms.steps(worker, query=query).buildings in ([], [building] if query == "\0%" else [])


@pytest.mark.parametrize(
    ("floor", "there", "taken", "expected"),
    [
        (3, [], [], "301"),
        (3, ["301"], [], "302"),
        (3, ["301", "302", "309"], [], "310"),
        (3, ["3A01", "3A02"], [], "3A03"),
        (3, ["301"], ["302", "303"], "304"),
        (10, ["1001", "1002"], [], "1003"),
        (3, ["301A"], [], ""),
        (-1, [], [], ""),
        (-1, ["B01"], [], "B02"),
    ],
)
def test_the_next_room_has_the_next_number(floor: int, there: list[str], taken: list[str], expected: str) -> None:
    assert rooms.next_room(floor, there, {*there, *taken}) == expected


def test_a_building_is_shown_whole_from_the_top(desk: Client, resident: Record, building: Building) -> None:
    page = desk.get(f"{CHOOSE}?building={building.code}").content.decode()

    assert page.index("6 层") < page.index("3 层") < page.index("1 层")
    assert "有 1 人" in page
    assert (
        f"building={building.code}&amp;floor=3&amp;room_no=302&amp;like={resident.residencies.get().housing_id}" in page
    )
    assert "room_no=401&amp;like=" in page


def test_a_room_says_whether_it_is_empty_or_not_seen_for_long(
    desk: Client, resident: Record, building: Building
) -> None:
    Residency.objects.update(verified_at=timezone.now() - timedelta(days=91))
    stale = desk.get(f"{CHOOSE}?building={building.code}").content.decode()
    Residency.objects.update(is_open=False)
    empty = desk.get(f"{CHOOSE}?building={building.code}").content.decode()

    assert "1 人，待核实" in stale
    assert "tile empty" in empty


def test_of_a_large_building_the_floor_is_chosen_first(
    desk: Client, flat: Record, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "WHOLE", 0)

    page = desk.get(f"{CHOOSE}?building={building.code}").content.decode()

    assert f"?building={building.code}&amp;floor=3" in page
    assert "?housing=" not in page
    assert "空 1" in page


def test_a_demolished_room_is_nobodys_home(desk: Client, flat: Record, building: Building) -> None:
    Record.objects.filter(pk=flat.pk).update(closed_at=timezone.now())

    living = desk.get(f"{CHOOSE}?building={building.code}").content.decode()
    looking = desk.get(f"/entries/choose/housing/?building={building.code}").content.decode()

    assert "已注销" in living
    assert str(flat.id) not in living
    assert f"/records/{flat.id}/" in looking


def test_a_large_building_costs_as_many_statements_as_a_small_one(worker: User, building: Building) -> None:
    there = [Record(kind="housing", grid_code=building.grid_code, building=building, floor_no=one, room_no=f"{one}01")
             for one in range(1, 7)]  # fmt: skip
    Record.objects.bulk_create(there)

    with CaptureQueriesContext(connection) as seen:
        found = rooms.steps(worker, building_code=building.code)

    assert [len(one.rooms) for one in found.floors] == [1] * 6
    assert len([one for one in seen if "registry_" in one["sql"]]) == 2


def test_a_new_room_begins_like_its_neighbour_and_is_saved_with_one_tap(
    desk: Client, flat: Record, building: Building
) -> None:
    address = f"/entries/new/housing/?building={building.code}&floor=3&room_no=302&like={flat.id}"

    opened = desk.get(address)
    values = opened.context["draft"].values
    saved = desk.post("/entries/new/housing/", {**values, **dict(opened.context["page"].hidden)})

    assert "已按 301 房填好" in opened.content.decode()
    assert (values["housing.house_form"], values["housing.is_rental"]) == ("1", "true")
    assert saved.status_code == 302
    assert Record.objects.filter(building=building, room_no="302").exists()


def test_who_owns_the_neighbour_is_not_copied(desk: Client, flat: Record, building: Building) -> None:
    address = f"/entries/new/housing/?building={building.code}&floor=3&room_no=302&like={flat.id}"

    values = desk.get(address).context["draft"].values

    assert not any(name.startswith(("housing.owner_name", "housing.owner_phone", "tenancy.")) for name in values)


@pytest.mark.parametrize("like", ["x", "", "6f2f4f0e-0000-4000-8000-000000000000"])
def test_an_unknown_neighbour_is_none(desk: Client, flat: Record, building: Building, like: str) -> None:
    page = desk.get(f"/entries/new/housing/?building={building.code}&floor=3&room_no=302&like={like}")

    assert page.status_code == 200
    assert page.context["draft"].neighbour is None


@pytest.mark.parametrize(
    ("wanted_for", "onward"), [("", "/records/{}/"), ("resident", "/entries/new/resident/?housing={}")]
)
def test_a_room_that_is_on_file_is_not_entered_again(
    desk: Client, flat: Record, building: Building, wanted_for: str, onward: str
) -> None:
    address = f"/entries/new/housing/?building={building.code}&floor=3&room_no=301&for={wanted_for}"

    answer = desk.get(address, follow=True)

    assert answer.redirect_chain[0][0] == onward.format(flat.id)
    assert "301 房已经登记过" in answer.content.decode()
