"""Housing units: in which building, one per room and per code, and nobody in a flat that is gone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from gridapp import registry
from gridapp.org.models import User
from gridapp.registry import OutOfScope, Refused
from gridapp.registry.models import Building, Record
from tests import factories
from tests.factories import GRID, OTHER_GRID, BuildingFactory, act, flat_body, submit

pytestmark = pytest.mark.django_db
ON = date(2024, 3, 15)


def refused(by: User, body: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as error:
        submit(by, body)
    return {(one.field, one.code) for one in error.value.refusals}


def seen(record: Record) -> dict[str, Any]:
    return registry.views.view(Record.objects.get(pk=record.pk), on=ON)


@pytest.fixture
def building(worker: User) -> Building:
    return BuildingFactory.create(road="测试路", door_no="12号")


@pytest.mark.parametrize("name", ["room_no", "house_form", "housing_status", "owner_type", "is_rental"])
def test_what_is_always_required_is_missed_by_name(worker: User, building: Building, name: str) -> None:
    assert refused(worker, flat_body(building, **{name: None})) == {(f"housing.{name}", "missing")}


def test_a_flat_has_from_its_building_what_nobody_types(worker: User, building: Building) -> None:
    flat = submit(worker, flat_body(building, room_no="３０１ａ")).record

    known = seen(flat)
    assert known["housing.address"] == "测试省测试区测试路12号幸福花园3栋2单元301A室"
    assert (known["housing.longitude"], known["housing.latitude"]) == (Decimal("114.05000000"), Decimal("22.55000000"))
    assert (known["housing.building_use"], known["housing.house_structure"]) == ("01", "3")
    assert (known["housing.building_code"], known["housing.grid_code"]) == (building.code, GRID)
    assert "housing.housing_code" not in known
    assert (flat.building, flat.floor_no, flat.room_no, flat.housing_code) == (building, 3, "301A", None)


def test_what_is_said_of_the_flat_itself_stands(worker: User, building: Building) -> None:
    flat = submit(worker, flat_body(building, building_use="02", house_structure="5")).record

    assert (seen(flat)["housing.building_use"], seen(flat)["housing.house_structure"]) == ("02", "5")


@pytest.mark.parametrize(
    "parts",
    [
        {"road": "测试路", "door_no": "12号"},
        {"road": "测试路", "door_no": "12"},
        {"road": "测试路", "door_no": "12", "building_no": "3幢", "unit_no": "2"},
    ],
)
def test_a_building_is_found_by_the_parts_of_its_address(
    worker: User, building: Building, parts: dict[str, str]
) -> None:
    BuildingFactory.create(road="测试路", door_no="13号")
    BuildingFactory.create(road="测试路", door_no="12号", grid_code=OTHER_GRID)

    flat = submit(worker, flat_body(building, building_code="", **parts)).record

    assert flat.building == building
    assert seen(flat)["housing.door_no"] == "12号"


def test_an_address_of_two_buildings_is_asked_about(worker: User, building: Building) -> None:
    BuildingFactory.create(road="测试路", door_no="12号", unit_no="1单元")

    body = flat_body(building, building_code="", road="测试路", door_no="12号")

    assert refused(worker, body) == {("housing.building_code", "which_building")}


def test_the_parts_of_an_address_agree_with_the_building(worker: User, building: Building) -> None:
    body = flat_body(building, road="别的路", door_no="12", unit_no="3单元")

    assert refused(worker, body) == {("housing.road", "building_says"), ("housing.unit_no", "building_says")}


def test_a_flat_is_in_a_building_of_the_grid(worker: User, building: Building) -> None:
    theirs = BuildingFactory.create(grid_code=OTHER_GRID)

    assert refused(worker, flat_body(building, building_code=theirs.code)) == {
        ("housing.building_code", "no_such_building")
    }
    assert refused(worker, flat_body(building, building_code="")) == {("housing.building_code", "missing")}


def test_a_building_nobody_knows_needs_use_and_place(worker: User, building: Building) -> None:
    body = flat_body(building, building_code="", road="新开路", door_no="8号")

    assert refused(worker, body) == {
        ("housing.building_code", "no_such_building"),
        ("housing.building_use", "missing"),
        ("housing.longitude", "missing"),
        ("housing.latitude", "missing"),
    }


def test_a_new_building_has_no_code_until_the_department_gives_one(worker: User, building: Building) -> None:
    place = {"road": "新开路", "door_no": "8号", "building_use": "01", "longitude": "114.05", "latitude": "22.55"}
    first = submit(worker, flat_body(building, building_code="", **place)).record
    second = submit(worker, flat_body(building, building_code="", **place)).record

    assert first.building == second.building
    assert "housing.building_code" not in seen(first)
    registry.receive(first, {"housing.building_code": "9901010010010000099"}, source="FWBM")
    assert seen(first)["housing.building_code"] == "9901010010010000099"


def test_a_room_is_registered_once_and_the_refusal_names_the_other(worker: User, building: Building) -> None:
    flat = submit(worker, flat_body(building, room_no="301")).record

    with pytest.raises(Refused) as error:
        submit(worker, flat_body(building, room_no="３０１"))

    (one,) = error.value.refusals
    assert (one.field, one.code) == ("housing.room_no", "room_taken")
    assert str(flat.id) in one.zh and str(flat.id) in one.en


def test_a_code_fits_the_building_and_is_given_once(worker: User, building: Building) -> None:
    code = f"{building.code}000301"
    submit(worker, flat_body(building, housing_code=code))
    another = (int(building.code[-1]) + 1) % 10
    elsewhere = f"{building.code[:18]}{another}000301"

    assert refused(worker, flat_body(building, housing_code=code)) == {("housing.housing_code", "code_taken")}
    assert {field for field, _ in refused(worker, flat_body(building, housing_code=elsewhere))} == {
        "housing.building_code"
    }
    body = flat_body(building, housing_code=elsewhere, building_code="", road=building.road, door_no=building.door_no)
    assert refused(worker, body) == {("housing.housing_code", "code_elsewhere")}


def test_the_grid_of_a_flat_is_the_entrys(worker: User, building: Building) -> None:
    assert refused(worker, flat_body(building, grid_code=OTHER_GRID)) == {("housing.grid_code", "housing_elsewhere")}
    assert submit(worker, flat_body(building, grid_code=GRID, division_code=GRID[:12])).is_new


def test_nothing_new_is_demolished(worker: User, building: Building) -> None:
    body = flat_body(building, housing_status="4", is_rental=False)

    assert refused(worker, body) == {("housing.housing_status", "closed_at_once")}


def test_a_flat_lies_in_ones_own_grid(worker: User, far_home: Record) -> None:
    for action in ("change", "correct", "close", "verify"):
        with pytest.raises(OutOfScope):
            submit(worker, act(far_home, action, grid_code=GRID))


def test_a_change_touches_what_it_names(worker: User, home: Record) -> None:
    before = seen(home)

    changed = submit(worker, act(home, "change", owner_phone="13912349999", rental_rooms=2, floor_area=None))

    after = seen(home)
    assert changed.record.version == 2
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert differing == {"housing.owner_phone", "housing.rental_rooms", "housing.floor_area"}


def test_the_whole_form_again_changes_nothing(worker: User, building: Building) -> None:
    body = flat_body(building)
    home = submit(worker, body).record
    whole = {name: value for name, value in body["fields"].items() if "." not in name}

    again = submit(worker, act(home, "change", **whole, road="测试路", door_no="12"))

    assert again.record.version == 1


def test_a_lease_is_of_the_flat(worker: User, home: Record) -> None:
    body = act(home, "change") | {"tenancy": {"lease_start": "2024-03-10", "lease_end": "2025-03-09"}}

    submit(worker, body)

    assert seen(home)["tenancy.known"] is True
    assert refused(worker, body | {"id": str(home.id), "tenancy": {"lease_end": "2024-01-01"}}) == {
        ("tenancy.lease_end", "not_after_other")
    }


def test_a_flat_walks_only_by_correction(worker: User, building: Building, home: Record) -> None:
    there = {"building_code": building.code}

    assert refused(worker, act(home, "change", **there)) == {("housing.building_code", "use_correct")}
    submit(worker, act(home, "correct", **there))

    assert seen(home)["housing.door_no"] == "12号"
    assert Record.objects.get(pk=home.pk).building == building


def test_a_room_number_is_not_changed_to_a_neighbours(worker: User, building: Building) -> None:
    first, second = (submit(worker, flat_body(building, room_no=number)).record for number in ("301", "302"))

    assert refused(worker, act(second, "change", room_no="301")) == {("housing.room_no", "room_taken")}
    submit(worker, act(first, "change", room_no="303"))
    assert submit(worker, act(second, "change", room_no="301")).record.room_no == "301"


@pytest.mark.parametrize("status", ["2", "4"])
def test_a_flat_that_is_lived_in_is_neither_vacant_nor_gone(worker: User, home: Record, status: str) -> None:
    factories.resident(worker, home)

    body = act(home, "change", housing_status=status, is_rental=False)

    assert refused(worker, body) == {("housing.housing_status", "occupied")}
    assert refused(worker, act(home, "close")) == {("housing.housing_status", "occupied")}


def test_a_demolished_flat_is_closed_and_can_be_corrected(worker: User, home: Record) -> None:
    closed = submit(worker, act(home, "close"))

    assert (closed.record.closed_at, closed.record.version) == (closed.entry.made_at, 2)
    assert (seen(home)["housing.housing_status"], seen(home)["housing.is_rental"]) == ("4", False)
    assert refused(worker, act(home, "change", owner_phone="13912349999")) == {("record", "housing_closed")}
    assert refused(worker, act(home, "close")) == {("record", "housing_closed")}

    reopened = submit(worker, act(home, "correct", housing_status="1"))
    assert reopened.record.closed_at is None


@pytest.mark.parametrize("fields", [{"housing_status": "2"}, {"owner_name": "测试乙"}])
def test_closing_says_nothing_else(worker: User, home: Record, fields: dict[str, str]) -> None:
    (name,) = fields

    assert refused(worker, act(home, "close", **fields)) == {(f"housing.{name}", "not_now")}


def test_two_tablets_that_changed_the_same_of_a_flat_are_told(worker: User, home: Record) -> None:
    submit(worker, act(home, "change", owner_phone="13912349999", base_version=1))
    submit(worker, act(home, "change", owner_name="测试乙", base_version=1))

    late = act(home, "change", owner_phone="13912348888", base_version=1)

    assert refused(worker, late) == {("housing.owner_phone", "changed_meanwhile")}


def test_a_flat_does_not_move(worker: User, home: Record) -> None:
    assert refused(worker, act(home, "move")) == {("action", "wrong_shape")}
