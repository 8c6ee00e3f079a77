"""B12: one tablet submit sent twice is one entry, also when both arrive at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import close_old_connections, connection, connections

from gridapp.org.models import Role, User
from gridapp.registry import EntryForm, Refused, SameIdOtherContent, enter
from gridapp.registry.models import Building, Entry, Record, Residency
from tests import factories
from tests.factories import act, flat_body, resident_body, submit


@pytest.mark.django_db
def test_the_same_form_again_is_the_same_entry(worker: User, home: Record) -> None:
    body = resident_body(home)

    first, again = submit(worker, body), submit(worker, body)

    assert (first.is_new, again.is_new) == (True, False)
    assert first.entry.number == again.entry.number
    assert first.record == again.record
    assert Entry.objects.filter(record=first.record).count() == 1


@pytest.mark.django_db
def test_it_is_the_same_whatever_the_time_the_order_or_the_block(worker: User, home: Record) -> None:
    body = resident_body(home)
    fields = dict(reversed(body["fields"].items()))
    start = fields.pop("residency.start_date")
    other = body | {
        "fields": fields,
        "residency": {"start_date": start},
        "made_at": "2024-03-15T09:30:00+08:00",
        "confirmed": ["x"],
    }

    submit(worker, body)

    assert not submit(worker, other).is_new


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"grid_code": factories.OTHER_GRID}, {"action": "change"}, {"base_version": 1}])
def test_the_same_id_with_other_content_is_refused(
    supervisor: User, worker: User, home: Record, change: dict[str, Any]
) -> None:
    body = resident_body(home)
    first = submit(supervisor, body)
    other = body | {"record": str(first.record.id)} | change

    with pytest.raises(SameIdOtherContent) as error:
        submit(supervisor, other)

    assert error.value.entry == first.entry


@pytest.mark.django_db
def test_the_same_id_with_another_value_is_refused(worker: User, home: Record) -> None:
    body = resident_body(home)
    submit(worker, body)
    body["fields"]["occupation"] = "电工"

    with pytest.raises(SameIdOtherContent):
        submit(worker, body)


@pytest.mark.django_db
def test_the_id_of_another_account_is_taken(worker: User, supervisor: User, home: Record) -> None:
    body = resident_body(home)
    submit(worker, body)

    with pytest.raises(SameIdOtherContent):
        submit(supervisor, body)


@pytest.mark.django_db
def test_an_entry_is_the_same_after_the_record_went_on(worker: User, home: Record) -> None:
    body = resident_body(home)
    first = submit(worker, body)
    submit(worker, act(first.record, "change", phone=factories.phone()))

    again = submit(worker, body)

    assert not again.is_new
    assert (again.entry.version, again.record.version) == (1, 2)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OFFICER])
def test_some_roles_enter_nothing(role: Role, home: Record) -> None:
    with pytest.raises(Refused) as error:
        submit(factories.UserFactory.create(role=role), resident_body(home))

    assert error.value.refusals[0].code == "role"


@pytest.mark.django_db
def test_nobody_enters_for_a_grid_of_others(worker: User, home: Record) -> None:
    with pytest.raises(Refused) as error:
        submit(worker, resident_body(home) | {"grid_code": factories.OTHER_GRID})

    assert [(one.field, one.code) for one in error.value.refusals] == [("grid_code", "other_grid")]


@pytest.mark.django_db(transaction=True)
def test_an_entry_needs_the_transaction_of_its_caller(worker: User, home: Record) -> None:
    with pytest.raises(RuntimeError, match="atomic"):
        enter(EntryForm.parse(resident_body(home)), by=worker)


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """The results or exceptions of `count` threads that start at the same moment, each with its own connection."""
    barrier = Barrier(count)

    def one(number: int) -> Any:
        close_old_connections()
        barrier.wait()
        try:
            return work(number)
        except (Refused, SameIdOtherContent) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_of_one_entry_at_once_are_one_entry(worker: User, home: Record) -> None:
    body = resident_body(home)

    results = together(20, lambda _: submit(worker, body))

    assert sum(result.is_new for result in results) == 1
    assert len({result.entry.number for result in results}) == 1
    assert Record.objects.filter(kind="resident").count() == 1
    assert Residency.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_person_entered_by_ten_at_once_is_one_person(worker: User, home: Record) -> None:
    number = factories.id_number()

    results = together(10, lambda _: submit(worker, resident_body(home, id_number=number)))

    refused = [result for result in results if isinstance(result, Refused)]
    assert len(refused) == 9
    assert {one.code for result in refused for one in result.refusals} == {"lives_here"}
    assert Record.objects.filter(kind="resident").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_room_entered_by_ten_at_once_is_one_room(worker: User) -> None:
    building = factories.BuildingFactory.create()

    results = together(10, lambda _: submit(worker, flat_body(building, room_no="301")))

    assert sum(isinstance(result, Refused) for result in results) == 9
    assert Record.objects.filter(kind="housing").count() == 1


@pytest.mark.django_db(transaction=True)
def test_rooms_of_a_building_nobody_knew_found_it_once(worker: User) -> None:
    known = {
        "building_code": "", "road": "新开路", "door_no": "8号", "building_use": "01", "longitude": "114.05",
        "latitude": "22.55",
    }  # fmt: skip
    building = factories.BuildingFactory.create()

    results = together(6, lambda number: submit(worker, flat_body(building, **known, room_no=f"30{number % 3}")))

    assert sum(isinstance(result, Refused) for result in results) == 3
    assert Building.objects.filter(road="新开路").count() == 1
    assert Building.objects.get(road="新开路").rooms.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_refused_entry_leaves_nothing_and_may_be_sent_again(worker: User, home: Record) -> None:
    body = resident_body(home, phone="12345678901")
    rows = [Entry.objects.count(), Record.objects.count(), Residency.objects.count()]
    with pytest.raises(Refused):
        submit(worker, body)

    assert rows == [Entry.objects.count(), Record.objects.count(), Residency.objects.count()]
    body["fields"]["phone"] = factories.phone()
    assert submit(worker, body).is_new


@pytest.mark.django_db
def test_entries_are_numbered_in_the_order_they_came(worker: User, home: Record) -> None:
    numbers = [submit(worker, resident_body(home) | {"id": str(uuid4())}).entry.number for _ in range(3)]

    assert numbers == sorted(set(numbers))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM registry_entry WHERE number = ANY(%s)", [numbers])
        assert cursor.fetchone() == (3,)
