"""The person who looks: ends doubts at departments that cannot be asked, by what stands in their ledgers."""

from __future__ import annotations

from collections.abc import Sequence

from gridapp.delivery import doubts
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.wishes import key_of
from gridapp.org.models import User

from .stack_departments import Department


def decide(departments: Sequence[Department], *, user_id: int) -> int:
    """Says of each doubt whether it arrived; how many were ended. What is sent again may be in doubt again."""
    by = User.objects.get(pk=user_id)
    applied = {(one.key, line["key"]) for one in departments for line in one.requests() if line["effect"] == "applied"}
    mute = [one.key for one in departments if one.kind == "neither"]
    ended = 0
    for row in Delivery.objects.filter(status=Status.UNCERTAIN, target__key__in=mute).select_related("target"):
        sent = row.sent_generation or 0
        if (row.target.key, key_of(row.pk, sent)) in applied:
            ended += doubts.arrived(row, reference="seen", generation=sent, by=by)
        else:
            ended += doubts.not_there(row, generation=sent, by=by)
    return ended
