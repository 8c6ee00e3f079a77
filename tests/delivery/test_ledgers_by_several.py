"""Several workers take one ledger part by part: nobody waits for another's part, nobody is entered twice."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from gridapp.delivery import ledgers as carrying
from gridapp.delivery.models import Delivery
from gridapp.org.models import User
from gridapp.registry import ledgers
from gridapp.registry.models import Entry, Ledger, LedgerPart, Record
from tests.conftest import Until
from tests.delivery.conftest import elsewhere
from tests.delivery.test_ledgers import begun, counts, fresh, home_code, people, supervisor  # noqa: F401 - fixtures
from tests.registry.ledger_books import person

# ruff: noqa: F811
LONG = 60.0
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("scripted")]


def test_a_part_in_other_hands_is_left_there(supervisor: User, home_code: str) -> None:
    ledger = begun(supervisor, *[person(home_code) for _ in range(ledgers.SLICE + 5)])

    with transaction.atomic():
        LedgerPart.objects.select_for_update().order_by("number")[:1].get()
        elsewhere(lambda: carrying.go_on(LONG))
        meanwhile = fresh(ledger).done, ledger.stage
    carrying.go_on(LONG)

    assert meanwhile == (5, Ledger.Stage.RUNNING)
    assert (counts(ledger)[1], ledger.stage) == (ledgers.SLICE + 5, Ledger.Stage.DONE)


def test_one_at_a_time_in_a_process(supervisor: User, home_code: str) -> None:
    begun(supervisor, person(home_code))
    with carrying._hand:
        elsewhere(lambda: carrying.go_on(LONG))

    assert LedgerPart.objects.count() == 1


def test_many_at_once_double_nobody(supervisor: User, home_code: str) -> None:
    rows = [person(home_code) for _ in range(3 * ledgers.SLICE)]
    ledger = begun(supervisor, *rows, *rows)

    def take() -> None:
        try:
            while carrying._next_of(ledger.pk, {}):
                continue
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    carrying.go_on(LONG)

    assert counts(ledger) == (len(rows) * 2, len(rows), len(rows), 0, 0)
    assert ledger.stage == Ledger.Stage.DONE
    assert Record.objects.filter(kind="resident").count() == Delivery.objects.count() == len(rows)
    assert Entry.objects.filter(record__kind="resident").count() == len(rows)


def test_what_is_stopped_ends_with_the_part_in_hand(supervisor: User, home_code: str, until: Until) -> None:
    ledger = begun(supervisor, *[person(home_code) for _ in range(2 * ledgers.SLICE)])
    stopped = threading.Thread(target=_drop, args=[ledger])

    with transaction.atomic():
        part = LedgerPart.objects.select_for_update().order_by("number")[:1].get()
        stopped.start()
        until(lambda: fresh(ledger).stage == Ledger.Stage.DROPPED)
        part.delete()
    stopped.join()

    assert not LedgerPart.objects.exists()
    assert carrying.go_on(LONG) == 0


def _drop(ledger: Ledger) -> None:
    try:
        ledgers.drop(ledger)
    finally:
        connection.close()
