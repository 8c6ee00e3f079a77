"""Deadlocks made on purpose, with two real transactions."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, transaction

from gridapp.delivery.models import Delivery
from gridapp.delivery.retrying import after_deadlock

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Delivery]


def _crossing(first: int, second: int, meet: threading.Barrier) -> Callable[[], None]:
    """Locks one row, waits for the other transaction to do likewise the first time, then locks the second."""

    def cross() -> None:
        with transaction.atomic():
            Delivery.objects.select_for_update().get(pk=first)
            if not meet.broken:
                with contextlib.suppress(threading.BrokenBarrierError):
                    meet.wait(5)
            Delivery.objects.select_for_update().get(pk=second)
            Delivery.objects.filter(pk__in=[first, second]).update(ticket="done")

    return cross


def test_the_one_that_was_ended_begins_anew_and_both_get_through(make_delivery: Make) -> None:
    one, other = make_delivery().pk, make_delivery().pk
    meet = threading.Barrier(2)
    troubles: list[BaseException] = []

    def run(function: Callable[[], None]) -> None:
        try:
            after_deadlock(function)()
        except OperationalError as error:
            troubles.append(error)
        finally:
            meet.abort()
            connection.close()

    threads = [threading.Thread(target=run, args=[_crossing(*pair, meet)]) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert troubles == []


def test_other_troubles_are_not_tried_again() -> None:
    calls = []

    @after_deadlock
    def fails() -> None:
        calls.append(1)
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError, match="full"):
        fails()

    assert len(calls) == 1
