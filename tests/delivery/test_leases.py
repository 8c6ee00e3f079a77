"""What a lane does with time that passed under it, and with a pace that an operator set."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from gridapp.contract import Outcome, Parcel
from gridapp.delivery import claim as claiming
from gridapp.delivery import lane
from gridapp.delivery.models import Delivery, Lane, Status
from gridapp.delivery.plan import plan
from gridapp.registry.models import Record

from .conftest import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Record]


@pytest.fixture(autouse=True)
def _brief(settings: Settings) -> None:
    settings.LANE_LINGER = 0


@pytest.fixture
def two(make_record: Make, scripted: Any) -> list[Delivery]:
    records = [make_record(), make_record()]
    with transaction.atomic():
        plan([record.id for record in records])
    return list(Delivery.objects.order_by("pk"))


def test_a_worker_that_slept_through_its_claim_sends_nothing(
    two: list[Delivery], scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that was stopped while the database answered: by its own watch the lease has just begun."""
    slept, claim = [0.0], claiming.claim

    def slowly(*given: Any, **named: Any) -> Any:
        claimed = claim(*given, **named)
        slept[0] += lane.lease_of(scripted)
        return claimed

    monkeypatch.setattr(lane, "claim", slowly)
    monkeypatch.setattr(lane, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + slept[0]))

    lane.serve(scripted.target.pk)

    assert scripted.seen == []
    assert {row.status for row in Delivery.objects.all()} == {Status.WAITING}
    assert not Delivery.objects.filter(maybe_sent=True).exists()


def test_a_lane_that_is_let_out_slowly_sends_what_the_operator_allows(two: list[Delivery], scripted: Any) -> None:
    Lane.objects.create(target=scripted.target, slowly=0.5)

    lane.serve(scripted.target.pk)

    rest = Lane.objects.get(target=scripted.target).next_call_at
    assert len(scripted.seen) == 1
    assert rest is not None
    assert 1 < (rest - timezone.now()).total_seconds() < 2


def test_a_lease_that_was_lost_is_counted(two: list[Delivery], scripted: Any) -> None:
    said: Callable[[Parcel], Outcome] = scripted.script

    def while_another_has_it(parcel: Parcel) -> Outcome:
        taken = {"status": Status.DELIVERED, "lease_until": None, "token": None}
        elsewhere(lambda: Delivery.objects.filter(pk=two[0].pk).update(**taken))
        return said(parcel)

    scripted.script = staticmethod(while_another_has_it)

    lane.serve(scripted.target.pk)

    assert Lane.objects.get(target=scripted.target).leases_lost == 1
