"""The province's platform as a real server, and let flats that wait for its workbook."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from connectors.provincial_governance.sandbox import DEPARTMENT, ProvincialPlatform
from gridapp.catalogue import targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.org.grids import map_grid
from gridapp.org.models import User
from gridapp.registry.models import Record, Reference
from tests import factories


@pytest.fixture
def platform(db: None) -> Iterator[ProvincialPlatform]:
    department = DEPARTMENT()
    department.start()
    targets.seed()
    row = Target.objects.get(key="SZZ")
    row.enabled, row.window = True, {"opens": "00:00", "closes": "00:00"}
    row.seal_settings(department.settings())
    row.save()
    yield department
    department.stop()


@pytest.fixture
def supervisor(platform: ProvincialPlatform) -> User:
    cast = factories.cast()
    map_grid(factories.GRID, "provincial_grid", "测试省/测试市/测试区/测试街道/测试社区/001网格")
    return cast.supervisor


def waiting_flats(supervisor: User, number_of: int) -> list[Record]:
    """Let flats that wait for a clerk."""
    building = factories.BuildingFactory.create(grid_code=factories.GRID)
    made = [
        factories.flat(supervisor, building, room_no=f"{number + 1000}", owner_phone=factories.phone(),
                       hidden_danger_types=["00"], owner_id_type="111", owner_id_number=factories.id_number(),
                       owner_address="测试大道1号", rental_use="02")
        for number in range(number_of)
    ]  # fmt: skip
    for number, flat in enumerate(made):
        code = f"{building.code}{number:06}"
        Record.objects.filter(pk=flat.pk).update(housing_code=code)
        Reference.objects.create(record=flat, name="WG.houseId", value=f"H{number:09}", source="WG")
    with transaction.atomic():
        plan([flat.pk for flat in made])
    waiting = Delivery.objects.filter(target__key="SZZ", status=Status.WAITING)
    waiting.update(status=Status.MANUAL, due_at=None, reason_code="by_hand")
    return made


def province() -> Configured:
    return next(one for one in targets.targets() if one.target.key == "SZZ")


def delivery_of(flat: Record) -> Delivery:
    return Delivery.objects.get(record=flat, target__key="SZZ")
