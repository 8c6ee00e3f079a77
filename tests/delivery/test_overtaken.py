"""A correction that comes between the claim and the sending: the key that a target sees says one content, for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from pytest_django import Settings

from gridapp import sealing
from gridapp.delivery import dispatch, lane
from gridapp.delivery import settle as settling
from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.delivery.wishes import key_of
from gridapp.registry.models import Record

from .conftest import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
OLD, NEW = "13912345678", "13912345679"


@pytest.fixture(autouse=True)
def _brief(settings: Settings) -> None:
    settings.LANE_LINGER = 0


def _correct(record: Record, phone: str) -> None:
    with transaction.atomic():
        record.version += 1
        record.sealed = sealing.seal_json({"name": "测试甲", "phone": phone}, bound_to=record.bound_to)
        record.save(update_fields=["version", "sealed"])
        plan([record.id])


@pytest.fixture
def overtaken(scripted: Any, make_record: Callable[..., Record], monkeypatch: pytest.MonkeyPatch) -> Iterator[Delivery]:
    """A delivery whose record is corrected after it was claimed and before it is opened for sending."""
    record, prepare = make_record(), dispatch.prepare
    with transaction.atomic():
        plan([record.id])

    def corrected_before(*given: Any, **options: Any) -> dispatch.Prepared:
        monkeypatch.setattr(dispatch, "prepare", prepare)
        elsewhere(lambda: _correct(record, NEW))
        return prepare(*given, **options)

    monkeypatch.setattr(dispatch, "prepare", corrected_before)
    yield Delivery.objects.get(record=record)


def test_it_is_sent_once_and_under_the_key_of_the_new_content(scripted: Any, overtaken: Delivery) -> None:
    lane.serve(scripted.target.pk)

    overtaken.refresh_from_db()
    assert [(parcel.key, parcel.fields["phone"]) for parcel in scripted.seen] == [(key_of(overtaken.id, 2), NEW)]
    assert (overtaken.status, overtaken.held_version, overtaken.attempts) == (Status.DELIVERED, 2, 0)
    assert Attempt.objects.count() == 1


def test_what_is_then_changed_back_is_told_and_not_taken_for_told(
    scripted: Any, overtaken: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = settling.settle

    def changed_back_after(*given: Any, **options: Any) -> int:
        settled = settle(*given, **options)
        monkeypatch.setattr(lane, "settle", settle)
        elsewhere(lambda: _correct(Record.objects.get(pk=overtaken.record_id), OLD))
        return settled

    monkeypatch.setattr(lane, "settle", changed_back_after)
    lane.serve(scripted.target.pk)

    overtaken.refresh_from_db()
    assert overtaken.status == Status.DELIVERED
    assert scripted.seen[-1].fields["phone"] == OLD, "what we call delivered is what the target was told last"
