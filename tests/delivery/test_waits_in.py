"""What waits for somebody says in which grid, whoever wrote it, so that lists of a district read an index alone."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from gridapp.contract import Delivered, Rejected
from gridapp.delivery import causes
from gridapp.delivery.models import Delivery, Status
from gridapp.org.models import Role, User
from gridapp.registry.models import Record
from gridapp.review import dashboard_returned
from tests.delivery.conftest import claim_as
from tests.delivery.counting import GRID, OTHER, answered

pytestmark = pytest.mark.django_db
Make = Callable[..., Delivery]
RETURNED = {"status": Status.RETURNED, "due_at": None, "reason_code": "R07"}


def waits_in(*rows: Delivery) -> list[str | None]:
    return [Delivery.objects.values_list("waits_in", flat=True).get(pk=row.pk) for row in rows]


def test_what_a_target_sends_back_waits_in_the_grid_of_its_record(make_delivery: Make) -> None:
    row, taken = make_delivery(), make_delivery()
    assert waits_in(row) == [None]

    token = uuid.uuid4()
    for claimed in claim_as(token, row.target_id):
        answered([claimed], token, Rejected("R07", "no") if claimed.id == row.pk else Delivered("1"))

    assert waits_in(row, taken) == [GRID, None]


@pytest.mark.parametrize(
    ("status", "where"),
    [
        ("returned", GRID), ("conflict", GRID), ("manual", GRID), ("uncertain", GRID), ("failed", GRID),
        ("delivered", None), ("withheld", None), ("cancelled", None),
    ],
)  # fmt: skip
def test_only_what_is_someones_move_waits_anywhere(make_delivery: Make, status: str, where: str | None) -> None:
    born = make_delivery(status=status, due_at=None)
    become = make_delivery()
    Delivery.objects.filter(pk=become.pk).update(status=status, due_at=None)

    assert waits_in(born, become) == [where, where]


def test_what_goes_out_again_waits_nowhere(make_delivery: Make) -> None:
    row = make_delivery(**RETURNED)

    Delivery.objects.filter(pk=row.pk).update(status="cancelled")

    assert waits_in(row) == [None]


def test_it_moves_with_its_record_and_what_waits_for_nobody_stays_as_it_is(make_delivery: Make) -> None:
    row, delivered = make_delivery(**RETURNED), make_delivery(status="delivered", due_at=None)

    Record.objects.filter(pk__in=[row.record_id, delivered.record_id]).update(grid_code=OTHER)

    assert waits_in(row, delivered) == [OTHER, None]


def test_nobody_can_write_another_grid(make_delivery: Make) -> None:
    row, delivered = make_delivery(**RETURNED), make_delivery(status="delivered", due_at=None)

    Delivery.objects.filter(pk=row.pk).update(waits_in=OTHER)
    Delivery.objects.filter(pk=delivered.pk).update(waits_in=OTHER)

    assert waits_in(row, delivered) == [GRID, None]


@pytest.mark.django_db(transaction=True)
def test_what_is_settled_while_its_record_moves_waits_in_the_new_grid(make_delivery: Make) -> None:
    row = make_delivery()
    token = uuid.uuid4()
    claimed = claim_as(token, row.target_id)

    def settle() -> None:
        answered(claimed, token, Rejected("R07", "no"))
        connection.close()

    lane = threading.Thread(target=settle)
    with transaction.atomic():
        Record.objects.filter(pk=row.record_id).update(grid_code=OTHER)
        lane.start()  # it waits for us, or comes later
    lane.join()

    assert waits_in(row) == [OTHER]


def test_the_list_of_causes_reads_no_record(make_delivery: Make) -> None:
    make_delivery(**RETURNED)
    administrator = User.objects.create(username="above", staff_no="A0001", role=Role.ADMINISTRATOR)
    administrator.areas.create(code="990101", name="测试区")

    with CaptureQueriesContext(connection) as captured:
        (seen,) = causes.every(administrator)

    assert (seen.number, seen.cause.code) == (1, "R07")
    assert not any("registry_record" in one["sql"] for one in captured.captured_queries)


def test_what_is_talked_over_is_read_in_its_order_from_an_index() -> None:
    street = Q(waits_in__startswith="990101001")
    with CaptureQueriesContext(connection) as captured:
        dashboard_returned.older_than(3, today=date(2026, 3, 2), inside=street)

    (asked,) = [one["sql"] for one in captured.captured_queries]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "using delivery_talked_over" in plan
    assert re.search(r"Index Cond: .*waits_in.* ~>=~ '990101001'", plan)
