"""The codes that other systems use for our grids, many at once: which are missing, which change, since when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from . import areas
from .grids import mapped
from .models import Area, GridMapping, User

LONGEST = 64
Wanted = Mapping[tuple[str, str], str]
"""(grid code, system) -> that system's code; "" takes it away."""


@dataclass(frozen=True)
class Line:
    """One grid and its codes in the order of the systems asked for; "" where one is missing."""

    grid: Area
    codes: list[str]

    @property
    def is_whole(self) -> bool:
        return all(self.codes)


@dataclass
class Compared:
    """What a table would change. `unknown`: grids that are not there, or none of the user's."""

    added: dict[tuple[str, str], str] = field(default_factory=dict)
    changed: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    same: int = 0
    unknown: list[str] = field(default_factory=list)

    @property
    def wanted(self) -> dict[tuple[str, str], str]:
        return self.added | {key: new for key, (_old, new) in self.changed.items()}


def systems_in_use() -> set[str]:
    """The systems of which any code is known."""
    return set(GridMapping.objects.order_by().values_list("system", flat=True).distinct())


def lines(grids: Sequence[Area], systems: Sequence[str]) -> list[Line]:
    """These grids with their codes. One statement."""
    known = mapped(grid.pk for grid in grids)
    return [Line(grid, [known.get(grid.pk, {}).get(system, "") for system in systems]) for grid in grids]


def lacking(by: User, system: str) -> QuerySet[Area]:
    """The open grids of the user's areas that have no code in a system."""
    return areas.open_grids(by).exclude(mappings__system=system)


def missing(by: User, systems: Collection[str]) -> dict[str, int]:
    """System -> how many open grids of the user's areas have no code there. A statement for each system."""
    return {system: lacking(by, system).count() for system in systems}


def compare(wanted: Wanted, by: User) -> Compared:
    """What these codes would change. Nothing is taken away by a table that leaves a cell empty. Two statements."""
    grids = {grid_code for grid_code, _ in wanted}
    ours = set(areas.open_grids(by).filter(pk__in=grids).values_list("code", flat=True))
    known, found = mapped(ours), Compared(unknown=sorted(grids - ours))
    for (grid_code, system), code in wanted.items():
        if grid_code not in ours or not code:
            continue
        old = known.get(grid_code, {}).get(system, "")
        if not old:
            found.added[grid_code, system] = code
        elif old != code:
            found.changed[grid_code, system] = (old, code)
        else:
            found.same += 1
    return found


def put(wanted: Wanted, *, by: User, why: str = "") -> list[str]:
    """Sets codes of grids of the user's areas; the grids of which any changed.

    Their records are planned anew by whoever calls this: gridapp.delivery.redrawing.begin_planning.
    """
    ours = set(areas.seen_by(by).filter(pk__in={grid_code for grid_code, _ in wanted}).values_list("code", flat=True))
    changed: set[str] = set()
    with areas.versioned(ours, by=by, why=why):
        known = mapped(ours)
        fresh = []
        for (grid_code, system), code in wanted.items():
            if grid_code not in ours or known.get(grid_code, {}).get(system, "") == code:
                continue
            changed.add(grid_code)
            fresh.append(GridMapping(grid_id=grid_code, system=system, code=code[:LONGEST]))
        gone = [one for one in fresh if not one.code]
        for one in gone:
            GridMapping.objects.filter(grid=one.grid_id, system=one.system).delete()
        GridMapping.objects.bulk_create(
            [one for one in fresh if one.code],
            update_conflicts=True,
            unique_fields=["grid", "system"],
            update_fields=["code"],
            batch_size=500,
        )
    return sorted(changed)
