"""Counters that are wrong are found and made anew; what is past goes; a record may move while it is counted."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from gridapp.contract import Delivered
from gridapp.delivery import counts_folding, counts_full
from gridapp.delivery.models import Count, Delivery, Flow
from gridapp.registry.models import Entry, Record
from tests.conftest import Until
from tests.delivery.counting import (  # noqa: F401 - fixture
    COMMUNITY,
    DISTRICT,
    GRID,
    OTHER,
    SUBDISTRICT,
    and_equal_a_full_count,
    answered,
    flowed,
    sent,
    standing,
)

from .conftest import claim_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("and_equal_a_full_count")]
Make = Callable[..., Delivery]


def test_a_counter_that_is_wrong_is_found_and_counted_anew(make_delivery: Make) -> None:
    sent(make_delivery(), Delivered("1"))
    counts_folding.fold()
    Count.objects.filter(area=GRID, standing="delivered").update(number=7)
    Flow.objects.filter(target=None).update(entered=9)
    said = StringIO()

    with pytest.raises(CommandError, match="differ"):
        call_command("recount", check=True, stdout=said)

    assert "counted 7, found 1" in said.getvalue()
    call_command("recount", stdout=said)
    assert (standing(), flowed().entered, flowed().created) == ({"delivered": 1}, 1, 1)
    call_command("recount", check=True, stdout=said)
    assert "every counter equals" in said.getvalue()


def test_counting_anew_loses_nothing_that_is_not_folded_yet(make_delivery: Make) -> None:
    sent(make_delivery(), Delivered("1"))
    before = standing(), flowed()

    counts_full.recount()

    assert (standing(), flowed()) == before


def test_a_count_of_nothing_is_thrown_away(make_delivery: Make) -> None:
    delivery = make_delivery(status="returned", due_at=None)
    counts_folding.fold()
    Delivery.objects.filter(pk=delivery.pk).update(status="manual")
    counts_folding.fold()

    assert counts_folding.tidy() == 4  # one a level

    assert standing() == {"manual": 1}


def test_a_single_grids_days_go_after_a_while_and_all_others_stay(make_record: Callable[..., Record]) -> None:
    make_record()
    Entry.objects.update(received_at=timezone.now() - timedelta(days=200))
    counts_full.recount()
    counts_folding.fold()

    counts_folding.tidy()

    assert sorted(Flow.objects.values_list("area", flat=True)) == [DISTRICT, SUBDISTRICT, COMMUNITY]


def test_what_is_deleted_stands_nowhere(make_delivery: Make) -> None:
    make_delivery().delete()

    assert standing() == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("the_lane_is_first", [True, False])
def test_a_record_that_moves_while_its_delivery_is_settled_is_counted_once(
    the_lane_is_first: bool, make_delivery: Make, until: Until
) -> None:
    """Whoever comes second waits, and counts what the first has left."""
    delivery, token = make_delivery(), uuid.uuid4()
    claimed = claim_as(token, delivery.target_id)
    acts: list[Callable[[], object]] = [
        lambda: answered(claimed, token, Delivered("1")),
        lambda: Record.objects.filter(pk=delivery.record_id).update(grid_code=OTHER),
    ]
    first, second = acts if the_lane_is_first else acts[::-1]

    with transaction.atomic():
        first()
        other = threading.Thread(target=then_hang_up, args=(second,))
        other.start()
        until(somebody_waits)
    other.join()

    assert (standing(GRID), standing(OTHER)) == ({}, {"delivered": 1})


def then_hang_up(act: Callable[[], object]) -> None:
    try:
        act()
    finally:
        connection.close()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
