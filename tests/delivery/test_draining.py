"""A lane runs empty and is paused then: nothing that waits is left behind, nothing that comes later is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from gridapp.catalogue.models import Target, TargetChange
from gridapp.catalogue.targets import Configured
from gridapp.delivery import draining, operating
from gridapp.delivery.models import Delivery, Hold, Status
from gridapp.delivery.sweep import sweep
from gridapp.org.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh")]
Make = Callable[..., Delivery]


def standing(target: Target) -> tuple[bool, bool, str]:
    """Paused, about to be, and why."""
    row = Target.objects.get(pk=target.pk)
    return row.paused_at is not None, row.draining_at is not None, row.paused_why


def look_of_the_clock() -> None:
    sweep()
    draining.end()


def stand(row: Delivery, status: Status, **columns: Any) -> None:
    Delivery.objects.filter(pk=row.pk).update(status=status, due_at=None, **columns)


def test_it_is_paused_at_the_first_moment_at_which_nothing_waits(
    served: Configured, operator: User, make_delivery: Make
) -> None:
    row = make_delivery()
    begun = [draining.begin(served.target, why, by=operator) for why in ("对方换系统", "再说一遍")]
    draining.end()
    while_it_waits = standing(served.target)
    stand(row, Status.DELIVERED, held_digest=b"x" * 20)

    ended = [draining.end(), draining.end()]

    assert begun == [True, False]
    assert while_it_waits == (False, True, "")
    assert ended == [["TEST"], []]
    assert standing(served.target) == (True, False, "对方换系统")
    assert [(one.what, one.why, one.by) for one in TargetChange.objects.all()] == [("drain", "对方换系统", operator)]


@pytest.mark.parametrize("columns", [{"hold": Hold.WINDOW}, {"hold": Hold.LIMIT}])
def test_what_waits_for_its_hours_is_waited_for(
    served: Configured, operator: User, make_delivery: Make, columns: dict[str, Any]
) -> None:
    stand(make_delivery(), Status.HELD, **columns)
    draining.begin(served.target, "对方换系统", by=operator)

    assert draining.end() == []


@pytest.mark.parametrize(
    ("status", "columns"),
    [(Status.RETURNED, {}), (Status.HELD, {"hold": Hold.DEPENDENCY, "waits_for": "FWBM"}), (Status.MANUAL, {})],
)
def test_what_is_somebody_elses_move_is_not(
    served: Configured, operator: User, make_delivery: Make, status: Status, columns: dict[str, Any]
) -> None:
    stand(make_delivery(), status, **columns)
    draining.begin(served.target, "对方换系统", by=operator)

    assert draining.end() == ["TEST"]


def test_what_comes_after_is_held_and_goes_out_when_it_is_resumed(
    served: Configured, operator: User, make_delivery: Make
) -> None:
    draining.begin(served.target, "对方换系统", by=operator)
    look_of_the_clock()
    make_delivery()
    look_of_the_clock()
    held = list(Delivery.objects.values_list("status", "hold"))

    operating.resume(served.target, operator)
    look_of_the_clock()

    assert held == [(Status.HELD, Hold.PAUSED)]
    assert list(Delivery.objects.values_list("status", flat=True)) == [Status.WAITING]
    assert standing(served.target) == (False, False, "")


def test_it_is_thought_better_of(served: Configured, operator: User) -> None:
    draining.begin(served.target, "对方换系统", by=operator)

    assert (draining.go_on(served.target), draining.go_on(served.target)) == (True, False)
    assert draining.end() == []


def test_a_pause_at_once_ends_it(served: Configured, operator: User) -> None:
    draining.begin(served.target, "对方换系统", by=operator)
    operating.pause(served.target, "马上停", operator)
    operating.resume(served.target, operator)

    assert draining.end() == []
    assert standing(served.target) == (False, False, "")


def test_what_is_paused_is_empty_already(served: Configured, operator: User) -> None:
    Target.objects.filter(pk=served.target.pk).update(paused_at=timezone.now())

    assert not draining.begin(served.target, "对方换系统", by=operator)
