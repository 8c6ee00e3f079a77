"""What waits at a target, counted to a limit, and whose move that makes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridapp.catalogue.targets import Configured
from gridapp.delivery import backlog
from gridapp.delivery.backlog import Backlog
from gridapp.delivery.models import Delivery, Rank, Status

Make = Callable[..., Delivery]


@pytest.mark.parametrize(
    ("state", "counts", "move"),
    [
        ("open", {}, "nobody"),
        ("open", {"waiting": 3, "returned": 1}, "system"),
        ("open", {"returned": 1, "submitted": 4}, "worker"),
        ("open", {"manual": 1}, "clerk"),
        ("resting", {"waiting": 1}, "system"),
        ("open", {"waiting": 9, "failed": 1}, "operator"),
        ("paused", {}, "operator"),
        ("stopped", {"waiting": 1}, "operator"),
    ],
)
def test_whose_move_it_is(state: str, counts: dict[str, int], move: str) -> None:
    assert backlog.whose_move(state, Backlog(dict.fromkeys(backlog.WORDS, 0) | counts)) == move


@pytest.mark.django_db
def test_what_waits_is_counted_to_a_limit_with_the_date_of_the_oldest(
    served: Configured, make_delivery: Make, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(backlog, "COUNTED", 2)
    oldest = timezone.now() - timedelta(hours=5)
    for due_at in (oldest, *[oldest + timedelta(hours=hours) for hours in (1, 2, 30)]):
        make_delivery(due_at=due_at, rank=Rank.BACKLOG)
    make_delivery(status=Status.FAILED, due_at=None)

    with django_assert_num_queries(1):
        found = backlog.of([served])["TEST"]

    assert (found.counts["waiting"], found.counts["failed"], found.counts["held"]) == (3, 1, 0)
    assert found.since == oldest
