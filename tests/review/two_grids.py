"""A person whom two grids claim: kept in the first, entered in the second as living there."""

from __future__ import annotations

from uuid import uuid4

import pytest

from gridapp.delivery.submit import submit
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry import EntryForm
from gridapp.registry.models import Entry, Objection, Record
from tests.desk.cast import GRID, OTHER_GRID, RESIDENT

FAR = {
    "housing.road": "测试二路", "housing.door_no": "8号", "housing.building_use": "01", "housing.floor_no": 2,
    "housing.room_no": "202", "housing.longitude": "113.2", "housing.latitude": "22.2", "housing.house_form": "1",
    "housing.housing_status": "1", "housing.owner_type": "1", "housing.is_rental": "true",
    "housing.house_structure": "3",
}  # fmt: skip


@pytest.fixture
def far_flat(other_worker: User, flat: Record) -> Record:
    """Room 202 of the other grid."""
    form = EntryForm(uuid4(), Record.Kind.HOUSING, Entry.Action.CREATE, OTHER_GRID, FAR)
    return submit(form, by=other_worker).record


@pytest.fixture
def claimed(resident: Record, far_flat: Record, other_worker: User) -> Objection:
    """The other grid's worker enters the resident in room 202."""
    fields = RESIDENT | {"residency.start_date": "20240401"}
    form = EntryForm(
        uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, OTHER_GRID, fields, housing=far_flat.pk
    )  # fmt: skip
    submit(form, by=other_worker)
    return Objection.objects.select_related("record").get(residency__housing=far_flat)


@pytest.fixture
def both(areas: dict[str, Area]) -> dict[str, User]:
    """A supervisor of each of the two grids, who does not oversee the other."""
    return {
        name: create_account(name, name=f"测试{name}", role=Role.SUPERVISOR, areas=[areas[grid]])
        for name, grid in (("first", GRID), ("second", OTHER_GRID))
    }
