"""What a bench works on: one grid, one coded flat, N synthetic residents, M plain targets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from gridapp.catalogue import profiles
from gridapp.catalogue.fingerprint import fingerprint
from gridapp.catalogue.models import Target
from gridapp.contract import Kind
from gridapp.delivery.models import Lane
from gridapp.delivery.submit import submit
from gridapp.dictionary.documents import check_digit
from gridapp.org.models import Area, User
from gridapp.registry.entries import EntryForm
from gridapp.registry.models import Building

from .at_once import OWN

GRID = f"{settings.DISTRICT}001001001"
BATCH = 200
HOUSEHOLD = 4


@dataclass(frozen=True)
class Scene:
    """Who enters, and the flats, one for each `HOUSEHOLD` people."""

    worker: User
    flats: list[str]


def scene(entries: int) -> Scene:
    """The grid, its worker and flats that have their codes already. Goes through the same door as any entry."""
    for code, name in ((GRID[:6], "测试区"), (GRID[:9], "测试街道"), (GRID[:12], "测试社区"), (GRID, "001网格")):
        Area.objects.create(code=code, name=name)
    worker = User.objects.create(username="bench", first_name="压测网格员", staff_no="B0001")
    worker.areas.add(Area.objects.get(pk=GRID))
    Building.objects.create(
        code=f"{GRID[:12]}0000001", grid_code=GRID, road="测试路", door_no="1号", building_no="1栋", floors=30,
        longitude="114.05000000", latitude="22.55000000", building_use="01", house_structure="3",
    )  # fmt: skip
    return Scene(worker, [_flat(worker, number) for number in range(1 + (entries - 1) // HOUSEHOLD)])


def _flat(worker: User, number: int) -> str:
    form = EntryForm.parse(
        {
            "id": str(uuid.uuid4()),
            "kind": "housing",
            "action": "create",
            "grid_code": GRID,
            "fields": {
                "building_code": f"{GRID[:12]}0000001", "housing_code": f"{GRID[:12]}0000001{number:06d}",
                "floor_no": 3, "room_no": f"A{number}", "house_form": "1", "housing_status": "1", "owner_type": "1",
                "is_rental": True,
                "owner_name": "测试房主", "owner_phone": "13912345670", "rental_use": "02", "rental_mode": "1",
                "hidden_danger_types": ["00"], "security_letter_signed": True,
            },
        }
    )  # fmt: skip
    return str(submit(form, by=worker).record.id)


def targets(urls: Sequence[str], connector: str = "plain_json", *, first: int = 0) -> list[Target]:
    """A target of this connector for each address, numbered from `first`."""
    made = [
        Target(
            key=f"BENCH{number:02d}", connector=connector, zh=f"压测系统{number}", en=f"Bench {number}", enabled=True,
            batch=BATCH, position=number,
        )
        for number in range(first, first + len(urls))
    ]  # fmt: skip
    for target, url in zip(made, urls, strict=True):
        target.seal_settings(_settings(url))
        target.save()
    _planned(made)
    return made


def numbers() -> list[int]:
    """Of the targets there are."""
    return list(Target.objects.order_by("position").values_list("position", flat=True))


def readdress(urls: Sequence[str], connector: str = "plain_json", *, batch: int | None = BATCH) -> list[int]:
    """The same targets at other addresses, as a copy of a database needs it; their ids. More addresses are no harm.

    `batch`: None leaves it to the connector.
    """
    made = list(Target.objects.order_by("position"))
    for target, url in zip(made, urls, strict=False):
        target.connector, target.batch = connector, batch
        target.seal_settings(_settings(url))
        target.save(update_fields=["connector", "batch", "sealed_settings"])
    _planned(made)
    return [target.pk for target in made]


def _planned(made: Sequence[Target]) -> None:
    """No back-fill for these: every record there is was planned for them, or is in this moment by other means."""
    for target in made:
        speaks = profiles.connector(target.connector) or OWN[target.connector]
        Lane.objects.update_or_create(target=target, defaults={"planned_with": fingerprint(speaks)})


def paced(target_id: int, url: str, *, per_second: int) -> None:
    """A target with a limit of its own, four batches a second, told the delivery's key instead of the person's."""
    target = Target.objects.get(pk=target_id)
    target.per_second, target.batch = per_second, max(1, per_second // 4)
    target.seal_settings(_settings(url, key_from=""))
    target.save(update_fields=["per_second", "batch", "sealed_settings"])


def _settings(url: str, *, key_from: str = "occupation") -> dict[str, str]:
    return {"url": url, "key_from": key_from, "success": "2xx"}


def people(count: int, flats: Sequence[str], *, first: int = 0) -> Iterator[dict[str, Any]]:
    """Entries of residents k000000 …, numbered from `first`, each with a document number of the fictitious division."""
    for number in range(first, first + count):
        born = date(1950, 1, 1) + timedelta(days=number % 18_000)
        first17 = f"{settings.DISTRICT}{born:%Y%m%d}{number // 18_000:02d}{1 + 2 * (number % 5)}"
        yield {
            "id": str(uuid.uuid4()),
            "kind": str(Kind.RESIDENT),
            "action": "create",
            "grid_code": GRID,
            "fields": {
                "id_type": "111", "id_number": first17 + check_digit(first17), "name": _name(number),
                "ethnicity": "01", "phone": f"139{12_340_000 + number:08d}", "hukou_division": "430102",
                "hukou_address": "测试大道一百二十八号测试花园三栋二单元五零二室", "native_place": "430102",
                "marital_status": "20", "political_status": "13", "education": "30", "occupation_category": "60000",
                "occupation": f"k{number:06d}", "employer_name": "测试电子科技股份有限公司第三生产基地",
                "employer_uscc": "9199010100000001AQ", "inflow_reason": "01", "hukou_type": "1",
            },
            "housing": flats[number // HOUSEHOLD % len(flats)],
            "residency": {
                "residency_kind": "2", "start_date": "2024-03-10", "relation_to_owner": "5", "relation_to_head": "02",
            },
        }  # fmt: skip


_GIVEN = "伟芳娜秀英敏静丽强磊洋勇艳杰娟涛明超兰霞平刚桂"


def _name(number: int) -> str:
    return "测" + _GIVEN[number % len(_GIVEN)] + _GIVEN[number // len(_GIVEN) % len(_GIVEN)]


def submit_one(entry: dict[str, Any], scene: Scene) -> uuid.UUID:
    """One entry through the real door: parsed, validated, sealed, planned, committed. The record's id."""
    return submit(EntryForm.parse(entry), by=scene.worker).record.id
