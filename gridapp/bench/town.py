"""A district of many grids, each with its worker, and every target of the catalogue connected."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from gridapp.catalogue import targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.profiles import district
from gridapp.org.models import Area, GridMapping, Role, User

RESIDENTS_OF_A_GRID = 500
_TREES = "梅兰竹菊松柏桃李杏荷桂枫榕樟柳杨榆槐桐棠"


@dataclass(frozen=True)
class Grid:
    """One grid; `number` from 0."""

    number: int
    code: str
    road: str
    worker_id: int


def town(residents: int) -> list[Grid]:
    """As many grids as so many residents need, ten to a community, a hundred to a street; and who is above them."""
    count = -(-residents // RESIDENTS_OF_A_GRID)
    codes = [
        f"{settings.DISTRICT}{number // 100 + 1:03d}{number // 10 % 10 + 1:03d}{number % 10 + 1:03d}"
        for number in range(count)
    ]
    areas = {code[:size] for code in codes for size in (6, 9, 12, 15)}
    Area.objects.bulk_create(
        (Area(code=code, name=f"测试{code[6:] or '区'}") for code in sorted(areas)), ignore_conflicts=True
    )
    workers = User.objects.bulk_create(
        User(username=f"w{number}", first_name="压测网格员", staff_no=f"W{number:05d}") for number in range(count)
    )
    User.areas.through.objects.bulk_create(
        User.areas.through(user_id=worker.pk, area_id=code) for worker, code in zip(workers, codes, strict=True)
    )
    for role, name, area in (
        (Role.SUPERVISOR, "community", 12),
        (Role.SUPERVISOR, "supervisor", 9),
        (Role.SUPERVISOR, "chief", 6),
        (Role.ADMINISTRATOR, "administrator", 6),
    ):
        above = User.objects.create(username=name, first_name="压测", staff_no=name[:8], role=role)
        above.areas.add(Area.objects.get(pk=codes[0][:area]))
    return [
        Grid(number, code, road(number), worker.pk)
        for number, (code, worker) in enumerate(zip(codes, workers, strict=True))
    ]


def road(number: int) -> str:
    """A road of this grid and few others: a district has hundreds."""
    return f"{_TREES[number % len(_TREES)]}{_TREES[number // len(_TREES) % len(_TREES)]}路"


def connect(grids: list[Grid]) -> None:
    """Every target of the catalogue takes everything at any hour, and knows every grid by a code of its own."""
    targets.seed()
    Target.objects.update(enabled=True, window={"opens": "00:00", "closes": "00:00"})
    systems = {
        source.removeprefix("mapped.")
        for profile in district()
        for layout in profile.layouts.values()
        for source in layout.sources
        if source.startswith("mapped.")
    }
    GridMapping.objects.bulk_create(
        (GridMapping(grid_id=one.code, system=system, code=one.code[:12]) for one in grids for system in systems),
        batch_size=5000,
    )
