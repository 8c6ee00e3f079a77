"""A record that kills whatever sends it, at a target that can be asked: asking in between does not clear its count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from gridapp.contract import Delivered
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.settle import Owned, Settled, settle
from gridapp.delivery.transitions import Move, move

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def in_doubt(make_delivery: Callable[..., Delivery]) -> Delivery:
    """Two workers died with it in hand."""
    return make_delivery(
        status="uncertain", due_at=None, maybe_sent=True, crashes=2, sent_version=1, sent_digest=b"x" * 20,
        sent_generation=1,
    )  # fmt: skip


def _found(row: Delivery, moved: Move) -> None:
    found = Settled(row.pk, row.record_id, moved, "notyet", "read", str(Status.UNCERTAIN), 1)
    assert settle([found], source="TEST", owned=Owned.STANDING, started_at=timezone.now()) == 1
    row.refresh_from_db()


def test_what_is_not_there_goes_out_again_and_its_crashes_still_count(in_doubt: Delivery) -> None:
    _found(in_doubt, Move(Status.WAITING, "not_there", wait=timedelta(0), counts=False))

    assert (in_doubt.status, in_doubt.crashes) == (Status.WAITING, 2)


def test_what_is_there_is_nobodys_poison(in_doubt: Delivery) -> None:
    _found(in_doubt, move(Delivered(), attempts=1, resend_safe=True))

    assert (in_doubt.status, in_doubt.crashes) == (Status.DELIVERED, 0)
