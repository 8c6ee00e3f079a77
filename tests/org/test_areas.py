"""Areas with versions: named, opened, renamed, closed, and what they were before."""

from __future__ import annotations

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from gridapp.org import area_codes, areas, grids, scope
from gridapp.org.areas import Unfit
from gridapp.org.models import Area, AreaVersion, Role, User
from tests.factories import COMMUNITY, DISTRICT, GRID, OTHER_GRID, AreaFactory, Cast, UserFactory, cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    AreaFactory.create(code=COMMUNITY)
    return cast()


@pytest.fixture
def supervisor(people: Cast) -> User:
    return people.supervisor


def states(code: str) -> list[tuple[int, str, bool, bool]]:
    """(number, name, open, known since when) of each version, oldest first."""
    rows = AreaVersion.objects.filter(area=code).order_by("number")
    return [(row.number, row.name, row.is_open, row.since is not None) for row in rows]


def test_a_new_name_is_a_version_and_the_old_one_stays_readable(supervisor: User) -> None:
    before = Area.objects.get(pk=GRID).name

    done = areas.rename(GRID, "东苑网格", by=supervisor, why="居民建议")

    newest = AreaVersion.objects.get(area=GRID, number=2)
    assert done
    assert states(GRID) == [(1, before, True, False), (2, "东苑网格", True, True)]
    assert (newest.by, newest.why) == (supervisor, "居民建议")
    assert Area.objects.get(pk=GRID).version == 2


def test_the_same_name_is_no_version(supervisor: User) -> None:
    name = Area.objects.get(pk=GRID).name

    assert not areas.rename(GRID, f" {name} ", by=supervisor)
    assert Area.objects.get(pk=GRID).version == 1


def test_a_new_grid_takes_the_lowest_number_that_was_never_used(supervisor: User) -> None:
    first = areas.add(areas.next_code(COMMUNITY), "新网格", by=supervisor)
    areas.close(first.pk, by=supervisor)

    assert first.pk == f"{COMMUNITY}002"
    assert areas.next_code(COMMUNITY) == f"{COMMUNITY}003"
    with pytest.raises(Unfit, match="已经用过"):
        areas.add(first.pk, "再来一次", by=supervisor)
    assert states(first.pk) == [(1, "新网格", True, True), (2, "新网格", False, True)]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("990101001001", "街道和社区由管理员设置"),
        ("99010100100100", "代码为"),
        ("99010100100100x", "代码为"),
        ("990101002001001", "不在您的范围内"),
        ("990101001009001", "上一级还没有设置"),
    ],
)
def test_what_a_supervisor_may_not_add(supervisor: User, code: str, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        areas.add(code, "测试", by=supervisor)

    assert not AreaVersion.objects.exists()


def test_an_administrator_adds_what_is_above_grids(people: Cast) -> None:
    AreaFactory.create(code=DISTRICT)

    areas.add("990101002", "新街道", by=people.administrator)
    areas.add("990101002001", "新社区", by=people.administrator)

    assert areas.next_code("990101002001") == "990101002001001"


def test_nothing_is_added_inside_a_closed_area(supervisor: User) -> None:
    Area.objects.filter(pk=COMMUNITY).update(closed_at="2026-01-01T00:00Z")

    with pytest.raises(Unfit, match="已撤销"):
        areas.add(f"{COMMUNITY}009", "测试", by=supervisor)


def test_an_area_that_holds_open_ones_is_not_closed(people: Cast) -> None:
    with pytest.raises(Unfit, match="还有没有撤销的区域"):
        areas.close(COMMUNITY, by=people.administrator)

    assert Area.objects.get(pk=COMMUNITY).closed_at is None
    assert not AreaVersion.objects.exists()


def test_nobody_changes_an_area_of_others(people: Cast) -> None:
    stranger = UserFactory.create(role=Role.SUPERVISOR, areas=[OTHER_GRID])

    for who in (stranger, people.worker):
        with pytest.raises(Unfit, match="不在您的范围内"):
            areas.rename(GRID, "别人的", by=who)
        with pytest.raises(Unfit, match="不在您的范围内"):
            areas.close(GRID, by=who)
    assert not areas.seen_by(stranger).filter(pk=GRID).exists()


def test_codes_are_set_in_bulk_and_each_change_is_a_version(supervisor: User) -> None:
    grids.map_grid(GRID, "police_grid", "J-01")
    wanted = {(GRID, "police_grid"): "J-02", (GRID, "fire_grid"): "F-1", (OTHER_GRID, "fire_grid"): "F-2"}

    changed = area_codes.put(wanted, by=supervisor, why="公安换码")
    again = area_codes.put(wanted, by=supervisor)

    assert (changed, again) == ([GRID, OTHER_GRID], [])
    assert [row.mapped for row in AreaVersion.objects.filter(area=GRID).order_by("number")] == [
        {"police_grid": "J-01"},
        {"police_grid": "J-02", "fire_grid": "F-1"},
    ]
    assert area_codes.put({(GRID, "fire_grid"): ""}, by=supervisor) == [GRID]
    assert grids.mapped([GRID]) == {GRID: {"police_grid": "J-02"}}


def test_many_codes_cost_as_many_statements_as_one(
    supervisor: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    codes = [AreaFactory.create(code=f"{COMMUNITY}{number:03d}").pk for number in range(10, 40)]

    scope.prefixes(supervisor)
    with django_assert_num_queries(12):
        area_codes.put({(codes[0], "police_grid"): "J"}, by=supervisor)
    with django_assert_num_queries(12):
        area_codes.put({(code, "police_grid"): f"J-{code}" for code in codes}, by=supervisor)


def test_codes_of_grids_of_others_are_not_touched(people: Cast) -> None:
    stranger = UserFactory.create(role=Role.SUPERVISOR, areas=[OTHER_GRID])
    wanted = {(GRID, "police_grid"): "X", (OTHER_GRID, "police_grid"): "Y", ("990101009009009", "police_grid"): "Z"}

    found = area_codes.compare(wanted, stranger)

    assert found.unknown == [GRID, "990101009009009"]
    assert found.added == {(OTHER_GRID, "police_grid"): "Y"}
    assert area_codes.put(wanted, by=stranger) == [OTHER_GRID]
    assert grids.mapped_code(GRID, "police_grid") is None


def test_a_table_is_compared_and_empty_cells_take_nothing_away(supervisor: User) -> None:
    grids.map_grid(GRID, "police_grid", "J-01")
    grids.map_grid(GRID, "fire_grid", "F-1")

    found = area_codes.compare(
        {(GRID, "police_grid"): "J-02", (GRID, "fire_grid"): "", (OTHER_GRID, "fire_grid"): "F-2"}, supervisor
    )

    assert found.changed == {(GRID, "police_grid"): ("J-01", "J-02")}
    assert found.wanted == {(GRID, "police_grid"): "J-02", (OTHER_GRID, "fire_grid"): "F-2"}


def test_what_is_missing_is_counted_and_listed(supervisor: User, people: Cast) -> None:
    grids.map_grid(GRID, "police_grid", "J-01")

    assert area_codes.missing(supervisor, ["police_grid", "fire_grid"]) == {"police_grid": 1, "fire_grid": 2}
    assert [one.pk for one in area_codes.lacking(supervisor, "police_grid")] == [OTHER_GRID]
    areas.close(OTHER_GRID, by=supervisor)
    assert area_codes.missing(supervisor, ["police_grid"]) == {"police_grid": 0}


def test_why_not_is_said_in_english_too(supervisor: User) -> None:
    with translation.override("en"), pytest.raises(Unfit, match="This code is outside your areas"):
        areas.add("990101002001001", "x", by=supervisor)
