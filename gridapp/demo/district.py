"""Loads the made-up district through the same door as every worker's entry; the same district every time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

from django.db import transaction

from gridapp import registry
from gridapp.delivery.models import Rank
from gridapp.delivery.plan import plan
from gridapp.org import grids
from gridapp.org.models import Area, User
from gridapp.registry.models import Building, Entry, Record

from . import accounts, places
from .people import People, Resident, leased_to, owned_by

_SEED = 990101
_AS_OF = date(2025, 1, 1)  # ages and stays are counted from here, so that an interrupted load can go on another day
_PER_TRANSACTION = 50
_LIVED_IN, _LET, _CODED, _KNOWN = 0.5, 0.5, 0.95, 0.5

Tell = Callable[[int, int], None]


def is_loaded() -> bool:
    """True when a load has come to its end before."""
    return Record.objects.filter(grid_code=places.grid_codes()[-1]).exists()


def load_places() -> None:
    """Areas, their codes in other systems, and buildings: what an administrator would have set up."""
    areas = [Area(code=one.code, name=one.zh, name_en=one.en) for one in places.areas()]
    Area.objects.bulk_create(areas, ignore_conflicts=True)
    stairwells = [Building(code=one.code, grid_code=one.grid_code, **one.columns) for one in places.buildings()]
    Building.objects.bulk_create(stairwells, ignore_conflicts=True)
    for code in places.grid_codes():
        for system, mapped in places.mapped_codes(code).items():
            grids.map_grid(code, system, mapped)


def load(tell: Tell, *, within: Collection[str] | None = None) -> tuple[int, int]:
    """Flats and the people in them, of all grids or of some; the numbers of both. `tell(done, all)` now and then.

    What a load that was interrupted has left is kept: an entry made again is the same entry.
    """
    by = {one.username: one for one in User.objects.all()}
    homes = [home for home in _homes() if within is None or home.flat.building.grid_code in within]
    residents = 0
    for start in range(0, len(homes), _PER_TRANSACTION):
        with transaction.atomic():
            for home in homes[start : start + _PER_TRANSACTION]:
                home.enter(_who(home.flat.building.grid_code, by))
                residents += len(home.residents)
        tell(start + _PER_TRANSACTION, len(homes))
    return len(homes), residents


def plan_first_grid() -> int:
    """Has the departments told of what is in the first worker's grid; the number of records."""
    with transaction.atomic():
        ids = list(Record.objects.filter(grid_code=places.grid_codes()[0]).values_list("id", flat=True))
        plan(ids, rank=Rank.BACKLOG)
    return len(ids)


class _Home:
    """One known flat and who lives in it, with entry ids that are the same every time."""

    def __init__(self, flat: places.Flat, residents: list[Resident], random: Random) -> None:
        self.flat, self.residents = flat, residents
        self._ids = [UUID(int=random.getrandbits(128), version=4) for _ in range(1 + len(residents))]

    def enter(self, by: User) -> None:
        housing = self._enter(self._ids[0], "housing", self.flat.fields, by)
        for entry_id, one in zip(self._ids[1:], self.residents, strict=True):
            fields = {**one.fields, **one.residency, **one.household}
            self._enter(entry_id, "resident", fields, by, housing=housing.pk)

    def _enter(
        self, entry_id: UUID, kind: str, fields: dict[str, Any], by: User, housing: UUID | None = None
    ) -> Record:
        form = registry.EntryForm(
            id=entry_id,
            kind=Record.Kind(kind),
            action=Entry.Action.CREATE,
            grid_code=self.flat.building.grid_code,
            fields={name: value for name, value in fields.items() if value != ""},
            housing=housing,
        )
        return registry.enter(form, by=by).record


def _who(grid_code: str, by: dict[str, User]) -> User:
    """The grid's own worker where the demo has one, else whoever took the district over from older registers."""
    for wanted in accounts.WANTED:
        if wanted.areas == (grid_code,):
            return by[wanted.username]
    return by[accounts.IMPORT]


def _homes() -> Iterator[_Home]:
    random = Random(_SEED)
    people = People(random, on=_AS_OF)
    for building in places.buildings():
        for flat in places.flats(building, random):
            if random.random() < _KNOWN:
                yield _home(flat, people, random)


def _home(flat: places.Flat, people: People, random: Random) -> _Home:
    lived_in = random.random() < _LIVED_IN
    let = lived_in and (flat.building.is_village_house or random.random() < _LET)
    residents = people.household(flat.address, renting=let) if lived_in else []
    owner = owned_by(residents[0].fields) if residents and not let else people.owner()
    flat.fields |= {
        "housing.building_code": flat.building.code,
        "housing.grid_code": flat.building.grid_code,
        "housing.housing_status": "1" if lived_in else "2",
        "housing.is_rental": let,
        **owner,
    }
    if random.random() < _CODED:
        flat.fields["housing.housing_code"] = flat.code
    if let:
        flat.fields |= leased_to(residents[0], random.randrange(900, 4000, 100))
        flat.fields |= {
            "housing.rental_use": "02",
            "housing.rental_mode": "2" if flat.building.is_village_house else "1",
            "housing.hidden_danger_types": ["01"] if random.random() < 0.1 else ["00"],
            "housing.security_letter_signed": True,
        }
        if flat.fields["housing.hidden_danger_types"] == ["01"]:
            flat.fields["housing.hidden_danger_note"] = "楼道堆放杂物，影响疏散"
    return _Home(flat, residents, random)
