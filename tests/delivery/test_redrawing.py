"""Grids drawn anew: buildings go to another grid with their records, once, whatever is killed on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridapp.catalogue import profiles
from gridapp.catalogue import targets as configured
from gridapp.delivery import counts_full, redrawing
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.plan import outdated
from gridapp.delivery.submit import submit
from gridapp.org import areas, grids, scope
from gridapp.org.areas import Unfit
from gridapp.org.models import Area, Redrawing, RedrawnPart, Role, User
from gridapp.registry import EntryForm, Refused, regridding, set_aside
from gridapp.registry.models import Building, Entry, Record, Residency
from tests import factories
from tests.factories import COMMUNITY, GRID, BuildingFactory, UserFactory
from tests.setting_aside import kept

pytestmark = pytest.mark.django_db(transaction=True)
NEXT = f"{COMMUNITY}002"


@pytest.fixture
def cast() -> factories.Cast:
    """With a second grid in the community, and every system of the district switched on."""
    made = factories.cast()
    for code in (COMMUNITY, NEXT):
        factories.AreaFactory.create(code=code)
    for code in (GRID, NEXT):
        grids.map_grid(code, "police_grid", f"9901010010{code[-2:]}")
        grids.map_grid(code, "provincial_grid", f"测试省/测试市/测试区/{code[-3:]}网格")
    for row in configured.seed():
        row.enabled = profiles.connector(row.connector) is not None
        row.save(update_fields=["enabled"])
    return made


@pytest.fixture
def worker(cast: factories.Cast) -> User:
    return cast.worker


@pytest.fixture
def supervisor(cast: factories.Cast) -> User:
    return cast.supervisor


def entered(by: User, body: dict[str, Any]) -> Record:
    return submit(EntryForm.parse(body), by=by).record


@pytest.fixture
def building(worker: User) -> Building:
    return BuildingFactory.create()


def household(by: User, building: Building, people: int = 2) -> tuple[Record, list[Record]]:
    flat = entered(by, factories.flat_body(building))
    return flat, [entered(by, factories.resident_body(flat)) for _ in range(people)]


def carried_on() -> None:
    while redrawing.due():
        redrawing.go_on(5)


def grid_of(record: Record) -> str:
    return Record.objects.get(pk=record.pk).grid_code


def held_everywhere() -> None:
    with connection.cursor() as cursor:  # as if every system had taken what it was sent
        cursor.execute(
            "UPDATE delivery_delivery SET status = 'delivered', hold = '', waits_for = '', due_at = NULL, "
            "held_digest = wanted_digest, held_version = wanted_version, reason_code = '', fields = '{}' "
            "WHERE wanted_digest IS NOT NULL"
        )


def test_records_follow_their_building_and_only_who_carries_the_grid_is_told(
    worker: User, supervisor: User, building: Building
) -> None:
    flat, people = household(worker, building)
    other_flat, others = household(worker, BuildingFactory.create())
    held_everywhere()
    entries, versions = Entry.objects.count(), dict(Record.objects.values_list("pk", "version"))

    run = redrawing.begin_move([building.pk], NEXT, by=supervisor, why="居民建议")
    carried_on()

    run.refresh_from_db()
    assert run.finished_at is not None
    assert {grid_of(one) for one in (flat, *people)} == {NEXT}
    assert {grid_of(one) for one in (other_flat, *others)} == {GRID}
    assert Building.objects.get(pk=building.pk).grid_code == NEXT
    assert (Entry.objects.count(), dict(Record.objects.values_list("pk", "version"))) == (entries, versions)
    told = Delivery.objects.exclude(status=Status.DELIVERED)
    assert set(told.values_list("record_id", flat=True)) == {flat.pk, *(one.pk for one in people)}
    assert {"WG", "JZDJ"} <= set(told.values_list("target__key", flat=True))
    assert not told.filter(status=Status.FAILED).exists()
    assert outdated([flat.pk, *(one.pk for one in people)]) == []
    assert counts_full.differing() == []


def test_who_oversees_a_grid_sees_what_came_and_not_what_went(
    worker: User, supervisor: User, building: Building
) -> None:
    flat, (person,) = household(worker, building, people=1)
    newcomer = UserFactory.create(areas=[NEXT])

    redrawing.begin_move([building.pk], NEXT, by=supervisor)
    carried_on()

    assert {row.pk for row in scope.within(Record.objects.all(), newcomer)} == {flat.pk, person.pk}
    assert not scope.within(Record.objects.all(), worker).exists()
    entered(newcomer, factories.resident_body(Record.objects.get(pk=flat.pk)))
    with pytest.raises(Refused):
        entered(worker, factories.resident_body(flat))


def test_broken_off_it_goes_on_and_does_nothing_twice(
    worker: User, supervisor: User, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    households = [household(worker, building, people=1) for _ in range(5)]
    monkeypatch.setattr(redrawing, "FLATS", 2)
    taken_along, calls = regridding.take_along, []

    def broken(code: str, to_code: str, most: int) -> list[UUID]:
        calls.append(code)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return taken_along(code, to_code, most)

    monkeypatch.setattr(regridding, "take_along", broken)  # nothing real can be killed at this very line
    run = redrawing.begin_move([building.pk], NEXT, by=supervisor)
    with pytest.raises(KeyboardInterrupt):
        redrawing.go_on(5)
    between = Record.objects.filter(grid_code=NEXT).count()
    carried_on()

    part = RedrawnPart.objects.get(redrawing=run)
    assert between == 4
    assert {grid_of(one) for flat, people in households for one in (flat, *people)} == {NEXT}
    assert part.records == 10
    assert redrawing.go_on(1) == 0


def test_who_moved_away_stays_where_they_went(worker: User, supervisor: User, building: Building) -> None:
    _flat, (person,) = household(worker, building, people=1)
    there = entered(worker, factories.flat_body(BuildingFactory.create()))
    moving = factories.act(
        person, "move", housing=str(there.pk), residency__residency_kind="2", residency__start_date="2026-01-01"
    )
    entered(worker, moving)

    redrawing.begin_move([building.pk], NEXT, by=supervisor)
    carried_on()

    assert grid_of(person) == GRID


def test_who_lived_there_last_goes_along(worker: User, supervisor: User, building: Building) -> None:
    _flat, (person,) = household(worker, building, people=1)
    Residency.objects.filter(resident=person).update(is_open=False)

    redrawing.begin_move([building.pk], NEXT, by=supervisor)
    carried_on()

    assert grid_of(person) == NEXT


def test_forms_that_wait_about_a_record_go_along(worker: User, supervisor: User, building: Building) -> None:
    flat, _people = household(worker, building)
    form = kept(worker, f"/records/{flat.pk}/correct/", {}, record=flat, grid_code=GRID, is_conflict=True)
    newcomer = UserFactory.create(role=Role.SUPERVISOR, areas=[NEXT])

    redrawing.begin_move([building.pk], NEXT, by=supervisor)
    carried_on()

    assert list(set_aside.conflicts(newcomer)) == [form]


def test_a_merged_grid_is_closed_when_it_is_empty(worker: User, supervisor: User, building: Building) -> None:
    household(worker, building)
    BuildingFactory.create()

    with pytest.raises(Unfit, match="全部调走"):
        redrawing.begin_move([building.pk], NEXT, by=supervisor, closes=True)
    every = list(Building.objects.values_list("pk", flat=True))
    redrawing.begin_move(every, NEXT, by=supervisor, closes=True, why="合并")
    carried_on()

    assert Area.objects.get(pk=GRID).closed_at is not None
    assert areas.next_code(COMMUNITY) == f"{COMMUNITY}003"
    with pytest.raises(Refused):
        entered(worker, factories.flat_body(building) | {"grid_code": GRID})


def test_a_grid_in_which_something_was_founded_meanwhile_stays_open(
    worker: User, supervisor: User, building: Building
) -> None:
    run = redrawing.begin_move([building.pk], NEXT, by=supervisor, closes=True)
    BuildingFactory.create()
    carried_on()

    assert Redrawing.objects.get(pk=run.pk).finished_at is not None
    assert Area.objects.get(pk=GRID).closed_at is None


def test_a_grid_stays_open_where_whoever_began_may_no_more(worker: User, supervisor: User, building: Building) -> None:
    household(worker, building)
    run = redrawing.begin_move([building.pk], NEXT, by=supervisor, closes=True)
    User.objects.filter(pk=supervisor.pk).update(role=Role.WORKER)

    carried_on()

    run.refresh_from_db()
    assert run.finished_at is not None
    assert Area.objects.get(pk=GRID).closed_at is None


def test_what_is_not_done(cast: factories.Cast, building: Building) -> None:
    far, by = BuildingFactory.create(grid_code=factories.OTHER_GRID), cast.supervisor
    stranger = UserFactory.create(role=Role.SUPERVISOR, areas=[NEXT])
    refused = [
        ([building.pk], GRID, by, "已经在这个网格"),
        ([building.pk], "990101001009009", by, "您范围内的网格"),
        ([building.pk], COMMUNITY, by, "您范围内的网格"),
        ([building.pk], NEXT, stranger, "您范围内的网格"),
        ([building.pk, far.pk], NEXT, by, "同一个网格"),
        (["nothing"], NEXT, by, "同一个网格"),
        ([], NEXT, by, "同一个网格"),
        ([building.pk], factories.OTHER_GRID, by, "属于另一个社区"),
    ]

    for codes, to_code, who, why in refused:
        with pytest.raises(Unfit, match=why):
            redrawing.begin_move(codes, to_code, by=who)

    assert not Redrawing.objects.exists()


def test_a_building_goes_one_way_at_a_time(supervisor: User, building: Building) -> None:
    redrawing.begin_move([building.pk], NEXT, by=supervisor)

    with pytest.raises(Unfit, match="正在调整"):
        redrawing.begin_move([building.pk], NEXT, by=supervisor)
    carried_on()
    redrawing.begin_move([building.pk], GRID, by=supervisor)
    carried_on()

    assert Building.objects.get(pk=building.pk).grid_code == GRID


def test_changed_codes_are_told_once_no_process_remembers_the_old(
    worker: User, supervisor: User, building: Building, settings: Any
) -> None:
    _flat, (person,) = household(worker, building, people=1)
    held_everywhere()
    settings.MAPPING_KEPT = 3600.0
    grids.map_grid(GRID, "police_grid", "990101001099")

    redrawing.begin_planning([GRID], by=supervisor)
    too_early = redrawing.due()
    Redrawing.objects.update(made_at=timezone.now() - timedelta(hours=2))
    settings.MAPPING_KEPT = 0.0
    carried_on()

    assert not too_early
    told = Delivery.objects.exclude(status=Status.DELIVERED)
    assert set(told.values_list("record_id", "target__key")) == {(person.pk, "JZDJ")}
    assert RedrawnPart.objects.get().records == 2


def test_a_slice_costs_the_same_for_many_flats(worker: User, supervisor: User, settings: Any) -> None:
    settings.MAPPING_KEPT = 3600.0
    few, many = BuildingFactory.create(), BuildingFactory.create()
    cost: list[int] = []
    household(worker, few, people=1)
    for _ in range(6):
        household(worker, many, people=1)

    for building in (few, few, many):
        redrawing.begin_move([building.pk], NEXT if not cost or building == many else GRID, by=supervisor)
        with CaptureQueriesContext(connection) as found:
            redrawing._slice()
        cost.append(len(found))
        carried_on()

    assert cost[1] == cost[2] <= 30
