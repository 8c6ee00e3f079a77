"""Planning everything again: what is found at night, and a target that is connected later."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

from gridapp.delivery import replan
from gridapp.delivery.models import Delivery
from gridapp.registry.models import Record

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
