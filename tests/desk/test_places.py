"""The building tree that a tablet keeps: the worker's own grids, no personal data, asked for again at no cost."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridapp.desk import places
from gridapp.org.models import User
from gridapp.registry.models import Building, Record, Residency
from tests.desk.cast import GRID


def tree(client: Client) -> dict[str, Any]:
    response = client.get("/places/")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def test_it_names_buildings_floors_and_rooms_with_their_state(desk: Client, resident: Record, flat: Record) -> None:
    (building,) = tree(desk)["buildings"]

    assert (building["label"], building["floors"], building["grid"]) == ("测试路12号芳草园3栋2单元", 6, GRID)
    room = {"id": str(flat.id), "room_no": "301", "floor": 3, "state": "occupied"}
    assert building["rooms"] == [room]


def test_a_door_is_known_by_the_last_digits_of_its_code(desk: Client, flat: Record) -> None:
    Record.objects.filter(pk=flat.pk).update(housing_code="9901010010010000001000301")

    assert tree(desk)["buildings"][0]["rooms"][0]["short"] == "01000301"


def test_a_room_is_empty_lived_in_or_not_seen_for_long(desk: Client, flat: Record, resident: Record) -> None:
    def state() -> str:
        return str(tree(desk)["buildings"][0]["rooms"][0]["state"])

    lived_in = state()
    Residency.objects.update(verified_at=timezone.now() - timedelta(days=91))
    stale = state()
    Residency.objects.update(is_open=False)

    assert (lived_in, stale, state()) == ("occupied", "stale", "empty")


def test_a_demolished_room_is_not_in_it(desk: Client, flat: Record) -> None:
    Record.objects.filter(pk=flat.pk).update(closed_at=timezone.now())

    assert tree(desk)["buildings"][0]["rooms"] == []


def test_it_holds_nothing_personal(desk: Client, resident: Record) -> None:
    body = desk.get("/places/").content.decode()

    assert not any(said in body for said in ("测试甲", "13912345678", "990101199202290010", str(resident.id)))


def test_nobody_is_told_of_other_grids(client: Client, other_worker: User, flat: Record) -> None:
    client.force_login(other_worker)

    assert tree(client) == {"is_cut": False, "buildings": []}


def test_larger_areas_are_looked_up_on_the_server(client: Client, auditor: User, worker: User, flat: Record) -> None:
    worker.areas.set(auditor.areas.all())
    client.force_login(worker)

    assert tree(client)["buildings"] == []


def test_what_has_not_changed_is_not_sent_again(desk: Client, flat: Record) -> None:
    first = desk.get("/places/", headers={"accept-encoding": "gzip"})

    again = desk.get("/places/", headers={"if-none-match": first["ETag"], "accept-encoding": "gzip"})
    Record.objects.filter(pk=flat.pk).update(room_no="302")
    changed = desk.get("/places/", headers={"if-none-match": first["ETag"]})

    assert json.loads(gzip.decompress(first.content))["buildings"] if first.has_header("Content-Encoding") else True
    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200


@pytest.mark.parametrize("who", ["nobody", "auditor"])
def test_who_enters_nothing_gets_nothing(client: Client, auditor: User, flat: Record, who: str) -> None:
    if who == "auditor":
        client.force_login(auditor)

    answer = client.get("/places/")

    assert (answer.status_code, answer.json()["ok"]) == (403 if who == "auditor" else 401, False)


def test_it_is_bounded_and_says_so(desk: Client, worker: User, flat: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_ROOMS", 0)

    assert tree(desk)["is_cut"]
    assert tree(desk)["buildings"][0]["rooms"] == []


def test_three_thousand_rooms_are_three_statements_and_less_than_a_photo(desk: Client, building: Building) -> None:
    rooms = [
        Record(
            kind=Record.Kind.HOUSING, grid_code=GRID, building=building, floor_no=floor, room_no=f"{floor}{which:02d}"
        )
        for floor in range(1, 101)
        for which in range(1, 31)
    ]
    Record.objects.bulk_create(rooms)

    with CaptureQueriesContext(connection) as seen:
        answer = desk.get("/places/", headers={"accept-encoding": "gzip"})

    assert len(json.loads(gzip.decompress(answer.content))["buildings"][0]["rooms"]) == 3000
    assert len(answer.content) < 100_000
    assert len([one for one in seen if "registry_" in one["sql"]]) == 2
