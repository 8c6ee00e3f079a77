"""What failed in mid-call may have arrived: news of the record does not send it again to who would store it twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.registry.models import Record

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def failed(scripted: Any, make_record: Callable[..., Record]) -> Delivery:
    record = make_record()
    with transaction.atomic():
        plan([record.pk])
    Delivery.objects.update(
        status=Status.FAILED, due_at=None, maybe_sent=True, reason_code="connector", sent_version=1, sent_generation=1,
        sent_digest=b"x" * 20, wanted_digest=b"x" * 20,
    )  # fmt: skip
    return Delivery.objects.get()


@pytest.mark.parametrize(("safe", "stands"), [(True, Status.WAITING), (False, Status.UNCERTAIN)])
def test_a_correction_waits_until_the_doubt_is_over(scripted: Any, failed: Delivery, safe: bool, stands: str) -> None:
    scripted.capabilities = replace(scripted.capabilities, resend_safe=safe)

    with transaction.atomic():
        plan([failed.record_id])

    failed.refresh_from_db()
    assert (failed.status, failed.generation, failed.maybe_sent) == (stands, 2, True)


def test_an_end_waits_as_well(scripted: Any, failed: Delivery) -> None:
    scripted.capabilities = replace(scripted.capabilities, resend_safe=False)
    Record.objects.update(closed_at=timezone.now())

    with transaction.atomic():
        plan([failed.record_id])

    failed.refresh_from_db()
    assert failed.status in (Status.FAILED, Status.UNCERTAIN)
