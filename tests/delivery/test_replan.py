"""Planning everything again: what is found at night, and a target that is connected later."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.delivery import replan
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.plan import outdated
from gridapp.registry.models import Record

from .conftest import PROFILE, elsewhere

pytestmark = pytest.mark.django_db
Make = Callable[..., Record]


def test_a_house_without_records_has_nothing_to_plan() -> None:
    assert replan.replan() == (None, 0, 0)


def test_records_from_before_a_target_was_connected_are_filled_in(
    scripted: Any, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replan, "SLICE", 2)
    records = {make_record().pk for _ in range(5)}
    said = io.StringIO()

    call_command("replan", stdout=said)
    call_command("replan", stdout=said)

    assert set(Delivery.objects.values_list("record_id", flat=True)) == records
    assert said.getvalue().splitlines()[-1] == "done: 5 records, 0 deliveries changed"


def test_what_waits_for_a_target_that_was_removed_goes_on(
    scripted: Any, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    needing = Configured(scripted.target, dataclasses.replace(PROFILE, needs=("GIVER",)), scripted)
    row = Target(pk=4711, key="GIVER", connector="giver", enabled=False)
    profile = dataclasses.replace(PROFILE, key="GIVER", gives={"no": "GIVER.no"})
    both = [needing, Configured(row, profile, scripted)]
    monkeypatch.setattr(configured_targets, "targets", lambda: both)
    make_record()
    replan.replan()
    waiting = Delivery.objects.get().waits_for, replan.orphaned()

    both.pop()
    changed = replan.orphaned()

    assert waiting == ("GIVER", 0), "switched off is not removed"
    assert (changed, Delivery.objects.get().status) == (1, Status.WAITING)
    assert replan.orphaned() == 0


@pytest.mark.django_db(transaction=True)
def test_the_plan_of_the_night_waits_for_nobody_and_nobody_for_it(scripted: Any, make_record: Make) -> None:
    for _ in range(3):
        make_record()
    replan.replan()
    seen: list[Any] = []

    with transaction.atomic():  # somebody enters something, and takes his time
        list(Record.objects.select_for_update().values_list("pk"))
        list(Delivery.objects.select_for_update().values_list("pk"))
        elsewhere(lambda: seen.append(replan.replan()[1:]))

    assert seen == [(3, 0)]


@pytest.mark.django_db(transaction=True)
def test_only_what_is_out_of_date_is_written(scripted: Any, make_record: Make) -> None:
    records = [make_record() for _ in range(3)]
    replan.replan()
    Delivery.objects.filter(record=records[1]).update(wanted_digest=b"o" * 20)

    assert outdated([one.pk for one in records]) == [records[1].pk]
    assert replan.replan()[1:] == (3, 1)
