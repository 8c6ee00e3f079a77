"""A record as everybody else reads it: typed, with what follows and what is linked, in a fixed number of queries."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gridapp import registry, sealing
from gridapp.org.models import User
from gridapp.registry.documents import opened, stored
from gridapp.registry.models import Record
from tests import factories
from tests.factories import GRID, act, submit

pytestmark = pytest.mark.django_db
ON = date(2024, 3, 15)


def test_nothing_is_seen_of_no_records() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert registry.views.views([], on=ON) == {}

    assert len(queries) == 0


def test_values_have_their_python_types(worker: User, home: Record) -> None:
    person = factories.resident(worker, home, children_count=2)
    submit(worker, act(home, "change", hidden_danger_types=["01"], hidden_danger_note="楼道堆放电动车"))

    seen = registry.views.view(person, on=ON)

    assert seen["residency.start_date"] == date(2024, 3, 10)
    assert seen["housing.floor_area"] == Decimal("45.50")
    assert (seen["children_count"], seen["housing.is_rental"]) == (2, True)
    assert seen["housing.hidden_danger_types"] == ["01"]
    assert isinstance(seen["residency.verified_at"], datetime)
    assert all(value not in (None, "", []) for value in seen.values())


def test_what_follows_is_there(worker: User, home: Record) -> None:
    seen = registry.views.view(factories.resident(worker, home, id_number="990101199202290010"), on=ON)

    assert (seen["birth_date"], seen["sex"], seen["age"]) == (date(1992, 2, 29), "1", 32)
    assert (seen["resident_category"], seen["hukou_consistency"]) == ("LD", "02")
    assert (seen["residency.days"], seen["residency.months"], seen["residency.dwelling_type"]) == (5, 0, "02")
    assert (seen["housing.grid_code"], seen["housing.division_code"]) == (GRID, GRID[:12])


def test_time_is_an_argument(worker: User, home: Record) -> None:
    person = factories.resident(worker, home)

    months = [registry.views.view(person, on=day)["residency.months"] for day in (ON, date(2024, 9, 15))]

    assert months == [0, 6]


def test_the_flats_own_affairs_are_not_its_residents(worker: User, home: Record) -> None:
    body = act(home, "change") | {"tenancy": {"lease_start": "2024-03-10", "lease_end": "2025-03-09"}}
    submit(worker, body | {"premises": {"name": "测试商店"}})
    person = factories.resident(worker, home)

    seen = registry.views.view(person, on=ON)

    assert not [name for name in seen if name.startswith("premises.") or name == "tenancy.lease_start"]
    assert registry.views.view(Record.objects.get(pk=home.pk), on=ON)["premises.name"] == "测试商店"


def test_numbers_of_departments_are_seen_by_flat_and_residents(worker: User, home: Record) -> None:
    person = factories.resident(worker, home)
    registry.receive(home, {"housing.housing_code": "9901010010010000001000301", "ZLBA.filingNo": "B-7"}, source="ZLBA")
    registry.receive(person, {"JZDJ.DJBH": "R-12"}, source="JZDJ")

    flat, resident = (registry.views.view(record, on=ON) for record in (home, person))

    assert flat["housing.housing_code"] == resident["housing.housing_code"] == "9901010010010000001000301"
    assert flat["ZLBA.filingNo"] == resident["ZLBA.filingNo"] == "B-7"
    assert resident["JZDJ.DJBH"] == "R-12"
    assert "JZDJ.DJBH" not in flat


def test_a_flat_counts_who_lives_there_now(worker: User, home: Record) -> None:
    first, _ = (factories.resident(worker, home) for _ in range(2))
    assert registry.views.view(home, on=ON)["housing.occupant_count"] == 2

    submit(worker, act(first, "close", residency__end_reason="2"))

    assert registry.views.view(home, on=ON)["housing.occupant_count"] == 1


def test_who_left_is_seen_at_the_home_that_ended_last(worker: User, home: Record) -> None:
    last = factories.flat(worker)
    person = factories.resident(worker, home)
    into = {"residency__residency_kind": "2", "residency__start_date": "2024-05-01"}
    submit(worker, act(person, "move", housing=str(last.id), **into))
    submit(worker, act(person, "close", residency__end_reason="2", residency__end_date="2024-06-01"))

    seen = registry.views.view(person, on=ON)

    assert (seen["housing.room_no"], seen["residency.end_date"]) == (last.room_no, date(2024, 6, 1))


@pytest.mark.parametrize("count", [1, 12])
def test_the_number_of_queries_does_not_depend_on_the_number_of_records(worker: User, count: int) -> None:
    homes = [factories.flat(worker) for _ in range(count)]
    people = [factories.resident(worker, home, relation_to_head="02") for home in homes]

    with CaptureQueriesContext(connection) as queries:
        found = registry.views.views([*people, *homes], on=ON)

    assert len(found) == 2 * count
    assert len(queries) == 3


def test_a_view_is_the_callers_own(worker: User, home: Record) -> None:
    person = factories.resident(worker, home)
    registry.views.view(person, on=ON)["name"] = "别人"

    assert registry.views.view(person, on=ON)["name"] == "测试甲"


def test_a_change_is_seen_at_once(worker: User, home: Record) -> None:
    person = factories.resident(worker, home)
    registry.views.view(person, on=ON)

    changed = submit(worker, act(person, "change", phone="13912349999")).record
    submit(worker, act(home, "change", owner_name="测试乙"))

    assert registry.views.view(changed, on=ON)["phone"] == "13912349999"
    assert registry.views.view(changed, on=ON)["housing.owner_name"] == "测试乙"


def test_a_document_moved_to_another_row_does_not_open(worker: User, home: Record) -> None:
    first, second = (factories.resident(worker, home) for _ in range(2))
    registry.views.views([first, second], on=ON)
    Record.objects.filter(pk=second.pk).update(sealed=first.sealed)

    with pytest.raises(sealing.Unsealable):
        registry.views.view(Record.objects.get(pk=second.pk), on=ON)


def test_what_was_opened_with_a_key_is_not_shown_without_it(settings: pytest.FixtureRequest) -> None:
    bound_to = f"record:{uuid4()}"
    sealed = sealing.seal_json({"name": "测试甲"}, bound_to=bound_to)
    assert opened(sealed, bound_to) == {"name": "测试甲"}

    settings.SEALING_KEYS = f"9:aes:{'0' * 64}"  # type: ignore[attr-defined]

    with pytest.raises(sealing.Unsealable):
        opened(sealed, bound_to)


def test_what_is_stored_opens_as_it_was() -> None:
    values = {
        "residency.start_date": date(2024, 3, 10),
        "housing.floor_area": Decimal("45.50"),
        "housing.is_rental": False,
        "children_count": 0,
        "housing.hidden_danger_types": ["01"],
        "name": "𠮷田",
    }
    bound_to = f"record:{uuid4()}"

    sealed = sealing.seal_json(stored({**values, "phone": "", "former_name": None}), bound_to=bound_to)

    assert opened(sealed, bound_to) == values
