"""A small cast for the pages: a worker and a flat of one grid, a worker of another, the supervisor above both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from gridapp.catalogue import profiles
from gridapp.catalogue import targets as configured
from gridapp.delivery.submit import submit
from gridapp.org.grids import map_grid
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry import EntryForm
from gridapp.registry.models import Building, Entry, Record

GRID, OTHER_GRID = "990101001001001", "990101001002001"
PASSWORD = "一次录入-2026"

RESIDENT = {
    "id_type": "111",
    "id_number": "990101199202290010",
    "name": "测试甲",
    "ethnicity": "01",
    "phone": "13912345678",
    "residency.residency_kind": "2",
    "residency.start_date": "20240310",
    "hukou_division": "440305",
    "hukou_address": "测试路1号",
}
HOUSING = {
    "housing.house_form": "1",
    "housing.housing_status": "1",
    "housing.owner_type": "1",
    "housing.is_rental": "true",
}


@pytest.fixture(scope="session", autouse=True)
def static_root() -> None:
    """Whitenoise warns of a folder that is not there, and warnings are errors."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def targets(db: None) -> None:
    """Every system of the district, those that can be spoken to switched on."""
    for row in configured.seed():
        row.enabled = profiles.connector(row.connector) is not None
        row.save(update_fields=["enabled"])


@pytest.fixture
def areas(db: None) -> dict[str, Area]:
    names = {"990101": "测试区", "990101001": "测试街道", GRID: "第一网格", OTHER_GRID: "第二网格"}
    found = {code: Area.objects.create(code=code, name=name, name_en=f"Area {code}") for code, name in names.items()}
    map_grid(GRID, "police_grid", "990101001001")
    map_grid(GRID, "provincial_grid", "S省/S市/测试区/测试街道/测试社区/001网格")
    return found


@pytest.fixture
def worker(areas: dict[str, Area]) -> User:
    return create_account("worker", name="王秀英", role=Role.WORKER, areas=[areas[GRID]], password=PASSWORD)


@pytest.fixture
def other_worker(areas: dict[str, Area]) -> User:
    return create_account("other", name="李强", role=Role.WORKER, areas=[areas[OTHER_GRID]], password=PASSWORD)


@pytest.fixture
def auditor(areas: dict[str, Area]) -> User:
    return create_account(
        "auditor", name="陈审", role=Role.AUDITOR, staff_no="A-1", areas=[areas["990101"]], password=PASSWORD
    )


@pytest.fixture
def building(areas: dict[str, Area]) -> Building:
    return Building.objects.create(
        code="9901010010010000001",
        grid_code=GRID,
        road="测试路",
        door_no="12号",
        estate_name="芳草园",
        building_no="3栋",
        unit_no="2单元",
        floors=6,
        building_use="01",
        house_structure="3",
        longitude="113.12345678",
        latitude="22.12345678",
    )


@pytest.fixture
def flat(worker: User, building: Building, targets: None) -> Record:
    """Room 301 of the worker's grid."""
    fields = HOUSING | {"housing.building_code": building.code, "housing.floor_no": 3, "housing.room_no": "301"}
    form = EntryForm(uuid4(), Record.Kind.HOUSING, Entry.Action.CREATE, GRID, fields)
    return submit(form, by=worker).record


@pytest.fixture
def resident(worker: User, flat: Record) -> Record:
    """A tenant of room 301."""
    form = EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, GRID, RESIDENT, housing=flat.id)
    return submit(form, by=worker).record


@pytest.fixture
def desk(worker: User) -> Client:
    """The worker's browser."""
    client = Client()
    client.force_login(worker)
    return client


@pytest.fixture
def form_of(flat: Record) -> Callable[..., dict[str, Any]]:
    """What the browser posts for a resident of room 301; fields given replace or add."""

    def filled(**changed: Any) -> dict[str, Any]:
        posted = {"entry_id": str(uuid4()), "housing": str(flat.id), **RESIDENT}
        return {**posted, **{name.replace("__", "."): value for name, value in changed.items()}}

    return filled
