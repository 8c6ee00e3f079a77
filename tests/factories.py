"""Synthetic areas, accounts, buildings and records of the test division 990101, and the small cast of most tests.

Records come from entries, as in the product: `flat(by)` and `resident(by, housing)` make one, with any field set by its
canonical name. Numbers are counted up, so two people or rooms of one test never are the same by chance.
"""

# mypy: disable-error-code="attr-defined, no-untyped-call, untyped-decorator"
# factory-boy says that it is typed, but its declarations are not.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any
from uuid import uuid4

import factory
from django.db import transaction
from stdnum.cn import ric

from gridapp.org.models import Area, Role, User
from gridapp.registry import EntryForm, enter
from gridapp.registry.entries import Entered
from gridapp.registry.models import Building, Record

DISTRICT = "990101"
COMMUNITY = "990101001001"
GRID = "990101001001001"
OTHER_GRID = "990101001002001"

_numbers = count(1)
_people: dict[tuple[date, bool], count[int]] = defaultdict(count)


class AreaFactory(factory.django.DjangoModelFactory[Area]):
    class Meta:
        model = Area
        django_get_or_create = ("code",)

    code = GRID
    name = factory.LazyAttribute(lambda area: f"测试区域{area.code[6:]}")


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"worker{number}")
    first_name = "李测试"
    role = Role.WORKER
    staff_no = factory.Sequence(lambda number: f"W{number:04d}")
    password = factory.django.Password("a long pass phrase")

    @factory.post_generation
    def areas(self: User, create: bool, codes: Iterable[str] | None) -> None:
        if create:
            self.areas.set([AreaFactory.create(code=code) for code in codes or [GRID]])


class BuildingFactory(factory.django.DjangoModelFactory[Building]):
    class Meta:
        model = Building

    grid_code = GRID
    code = factory.LazyAttributeSequence(lambda building, number: f"{building.grid_code[:12]}{number + 1:07d}")
    road = "测试路"
    door_no = factory.Sequence(lambda number: f"{number + 1}号")
    estate_name = "幸福花园"
    building_no = "3栋"
    unit_no = "2单元"
    floors = 18
    building_use = "01"
    house_structure = "3"
    longitude = Decimal("114.05000000")
    latitude = Decimal("22.55000000")


@dataclass(frozen=True)
class Cast:
    """Whom most tests are about. `other_worker` has another grid; supervisor and administrator have both."""

    worker: User
    other_worker: User
    supervisor: User
    administrator: User


def cast() -> Cast:
    """The small cast, with their areas."""
    for code in (GRID, OTHER_GRID):
        AreaFactory.create(code=code)
    return Cast(
        worker=UserFactory.create(username="worker"),
        other_worker=UserFactory.create(username="other_worker", areas=[OTHER_GRID]),
        supervisor=UserFactory.create(username="supervisor", role=Role.SUPERVISOR, areas=["990101001"]),
        administrator=UserFactory.create(username="administrator", role=Role.ADMINISTRATOR, areas=[DISTRICT]),
    )


def id_number(birth: date = date(1992, 2, 29), *, female: bool = False) -> str:
    """A new valid identity number of the test division; after 500 of a day, of the days before it."""
    number = next(_people[birth, female])
    day, sequence = birth - timedelta(days=number // 500), number % 500 * 2 + (0 if female else 1)
    return _with_check_digit(f"{DISTRICT}{day:%Y%m%d}{sequence:03d}")


@lru_cache(maxsize=4096)
def _with_check_digit(first: str) -> str:
    return first + str(ric.calc_check_digit(first + "0"))


def phone() -> str:
    """A new mobile number."""
    return f"139{10000000 + next(_numbers):08d}"


def resident_body(housing: Record | str, **fields: Any) -> dict[str, Any]:
    """A whole entry of golden case G1's kind as a client sends it: from elsewhere, employed, renting since 2024-03-10.

    `fields`: canonical names; __ stands for the dot (residency__start_date).
    """
    at = housing if isinstance(housing, str) else str(housing.id)
    grid = GRID if isinstance(housing, str) else housing.grid_code
    values = {
        "id_type": "111",
        "id_number": id_number(),
        "name": "测试甲",
        "ethnicity": "01",
        "phone": phone(),
        "native_place": "430102",
        "marital_status": "20",
        "political_status": "13",
        "education": "30",
        "occupation_category": "60000",
        "occupation": "焊工",
        "employer_name": "测试电子厂",
        "employer_uscc": "9199010100000001AQ",
        "hukou_division": "430102",
        "hukou_address": "测试大道128号",
        "hukou_type": "1",
        "inflow_reason": "01",
        "inflow_date": "2024-03-01",
        "residency.residency_kind": "2",
        "residency.start_date": "2024-03-10",
        **_dotted(fields),
    }
    return _body("resident", "create", grid, values) | {"housing": at}


def flat_body(building: Building, **fields: Any) -> dict[str, Any]:
    """A whole entry of a rented flat in a building, as a client sends it."""
    values = {
        "building_code": building.code,
        "floor_no": 3,
        "room_no": str(300 + next(_numbers)),
        "house_form": "1",
        "housing_status": "1",
        "ownership_kind": "1",
        "owner_type": "1",
        "owner_name": "测试房主",
        "owner_phone": "13912345670",
        "floor_area": "45.5",
        "is_rental": True,
        "rental_use": "02",
        "rental_mode": "1",
        **_dotted(fields),
    }
    return _body("housing", "create", building.grid_code, values)


def act(record: Record, action: str, /, **fields: Any) -> dict[str, Any]:
    """A later entry of a record: change, correct, verify, move or close."""
    keys = {name: fields.pop(name) for name in ("housing", "base_version", "made_at", "grid_code") if name in fields}
    body = _body(record.kind, action, keys.pop("grid_code", record.grid_code), _dotted(fields))
    return body | {"record": str(record.id)} | keys


def submit(by: User, body: dict[str, Any]) -> Entered:
    """Enters one body, in a transaction of its own."""
    with transaction.atomic():
        return enter(EntryForm.parse(body), by=by)


def flat(by: User, building: Building | None = None, **fields: Any) -> Record:
    """A flat of the account's first grid."""
    grid = by.areas.order_by("-code").values_list("code", flat=True)[0]
    return submit(by, flat_body(building or BuildingFactory.create(grid_code=grid), **fields)).record


def resident(by: User, housing: Record | None = None, **fields: Any) -> Record:
    """A resident of a flat, by default a new one."""
    return submit(by, resident_body(housing or flat(by), **fields)).record


def _dotted(fields: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("__", "."): value for name, value in fields.items()}


def _body(kind: str, action: str, grid_code: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(uuid4()), "kind": kind, "action": action, "grid_code": grid_code, "fields": fields}


LEASE = {
    "owner_id_type": "111",
    "owner_id_number": id_number(date(1970, 5, 6)),
    "lessee_name": "测试租客",
    "lessee_id_number": id_number(),
    "lessee_phone": "13912340001",
    "tenancy__lessee_id_type": "111",
    "tenancy__lease_start": "2024-03-01",
    "tenancy__lease_end": "2025-02-28",
    "tenancy__monthly_rent": "25000",
}
"""A rent for which the window wants to see the page with the signature."""
