"""A correction from a tablet beside the one that came first: which fields collide, and which do not."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from gridapp.org.models import User
from gridapp.registry import collisions
from gridapp.registry.collisions import Collided
from gridapp.registry.models import Record, SetAside
from tests import factories
from tests.factories import act, submit
from tests.setting_aside import collision, kept

pytestmark = pytest.mark.django_db
OLD, FIRST, SECOND = "13912340001", "13912340002", "13912340003"


@pytest.fixture
def person(worker: User, home: Record) -> Record:
    return factories.resident(worker, home, phone=OLD, occupation="焊工", hukou_address="测试大道1号")


def compared(row: SetAside) -> Collided:
    (found,) = collisions.of([SetAside.objects.get(pk=row.pk)])
    return found


def sides(found: Collided) -> dict[str, tuple[Any, Any, Any]]:
    return {one.name: (one.was, one.ours, one.theirs) for one in found.fields}


@pytest.mark.parametrize(
    ("first", "typed", "collide", "rest"),
    [
        ({}, {"phone": OLD}, set(), {}),
        ({"phone": FIRST}, {"phone": OLD, "occupation": "焊工"}, set(), {}),
        ({"phone": FIRST}, {"phone": FIRST}, set(), {}),
        ({"phone": FIRST}, {"phone": f" {FIRST[:3]} {FIRST[3:7]} {FIRST[7:]}"}, set(), {}),
        ({"phone": FIRST}, {"phone": ""}, set(), {}),  # sensitive, so not shown: empty means unchanged
        ({"phone": FIRST}, {"occupation": "电工"}, set(), {"occupation": "电工"}),
        ({"occupation": "木工"}, {"occupation": ""}, {"occupation"}, {}),
        ({"phone": FIRST}, {"phone": SECOND}, {"phone"}, {}),
        ({"phone": FIRST}, {"phone": SECOND, "occupation": "电工"}, {"phone"}, {"occupation": "电工"}),
        ({"marital_status": None}, {"marital_status": "10"}, {"marital_status"}, {}),
        ({"hukou_division": "430103"}, {"hukou_division": "430104 湖南省长沙市岳麓区"}, {"hukou_division"}, {}),
    ],
)
def test_what_both_touched_collides_and_nothing_else(
    worker: User, person: Record, first: dict[str, Any], typed: dict[str, Any], collide: set[str], rest: dict[str, Any]
) -> None:
    if first:
        submit(worker, act(person, "correct", **first))

    found = compared(collision(worker, person, **typed))

    assert set(sides(found)) == collide
    assert found.rest == rest


def test_both_values_stand_beside_the_one_before_with_who_and_when(
    worker: User, people: factories.Cast, person: Record
) -> None:
    entry = submit(people.supervisor, act(person, "correct", phone=FIRST)).entry

    found = compared(collision(worker, person, phone=SECOND))

    (one,) = found.fields
    assert (one.was, one.ours, one.theirs) == (OLD, FIRST, SECOND)
    assert (one.by, one.at) == (people.supervisor.display_name, entry.received_at)
    assert (found.base_version, found.version) == (1, 2)


def test_a_value_of_the_home_collides_like_one_of_the_person(worker: User, person: Record) -> None:
    submit(worker, act(person, "correct", residency__relation_to_owner="5"))

    found = compared(collision(worker, person, residency__relation_to_owner="3"))

    assert sides(found) == {"residency.relation_to_owner": (None, "5", "3")}


def test_a_flat_collides_too(worker: User, home: Record) -> None:
    submit(worker, act(home, "correct", housing__floor_area="50"))

    found = compared(collision(worker, home, housing__floor_area="60.5", housing__hidden_danger_types=["01"]))

    assert sides(found) == {"housing.floor_area": ("45.50", "50.00", "60.50")}
    assert found.rest == {"housing.hidden_danger_types": ["01"]}


def test_what_does_not_pass_stays_as_it_was_typed(worker: User, person: Record) -> None:
    submit(worker, act(person, "correct", phone=FIRST))

    assert sides(compared(collision(worker, person, phone="1391")))["phone"][2] == "1391"


def test_what_was_decided_meanwhile_collides_no_more(worker: User, person: Record) -> None:
    submit(worker, act(person, "correct", phone=FIRST))
    row = collision(worker, person, phone=SECOND)

    submit(worker, act(person, "correct", phone=SECOND))

    assert compared(row).fields == ()


def test_a_form_without_a_version_or_a_record_has_nothing_to_compare(worker: User, person: Record) -> None:
    nowhere = kept(worker, "/entries/new/resident/", {"phone": SECOND}, is_conflict=True)
    blind = kept(worker, f"/records/{person.pk}/correct/", {"phone": SECOND}, is_conflict=True, record=person)

    assert [compared(row).fields for row in (nowhere, blind)] == [(), ()]


def test_many_are_compared_in_three_statements(
    worker: User, home: Record, person: Record, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = [person, *(factories.resident(worker, home, phone=OLD) for _ in range(3))]
    for one in people:
        submit(worker, act(one, "correct", phone=FIRST))
        collision(worker, one, phone=SECOND)
    rows = list(SetAside.objects.select_related("owner"))

    with django_assert_num_queries(3):
        found = collisions.of(rows)

    assert [len(one.fields) for one in found] == [1, 1, 1, 1]
