"""What tests of counters ask: how many stand where, what today brought, and that all of it equals a full count."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator

import pytest
from django.utils import timezone

from gridapp.contract import Outcome
from gridapp.delivery import counts, counts_folding, counts_full
from gridapp.delivery.claim import Claimed
from gridapp.delivery.counts import Extent
from gridapp.delivery.models import Delivery, Step
from gridapp.delivery.settle import Settled, settle
from gridapp.delivery.transitions import move

from .conftest import claim_as

GRID, OTHER = "990101001001001", "990101001002001"
COMMUNITY, SUBDISTRICT, DISTRICT = "990101001001", "990101001", "990101"


@pytest.fixture
def and_equal_a_full_count(db: None) -> Iterator[None]:
    """Whatever a test did."""
    yield
    assert counts_full.differing() == []
    counts_folding.fold()
    assert counts_full.differing() == []
    assert not Step.objects.exists()


def standing(area: str = DISTRICT) -> dict[str, int]:
    """Word -> how many deliveries stand so."""
    found: Counter[str] = Counter()
    for row in counts.standings(Extent((area,)), today=timezone.localdate()):
        if row.target_id is not None:
            found[row.standing] += row.number
    return dict(found)


def flowed(area: str = DISTRICT) -> counts.Flowed:
    today = timezone.localdate()
    return counts.together(counts.flows(Extent((area,)), first=today, last=today))


def answered(claimed: list[Claimed], token: uuid.UUID, outcome: Outcome) -> None:
    """The target says the same of all of them, in one batch."""
    moved = move(outcome, attempts=1, resend_safe=True)
    rows = [Settled(one.id, one.record_id, moved, "delivered", one.action) for one in claimed]
    assert settle(rows, source="TEST", token=token, started_at=timezone.now()) == len(claimed)


def sent(delivery: Delivery, outcome: Outcome) -> None:
    token = uuid.uuid4()
    answered(claim_as(token, delivery.target_id), token, outcome)
