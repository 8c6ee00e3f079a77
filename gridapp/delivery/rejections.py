"""A target that begins to reject nearly everything has changed: it is paused before ten thousand records are burned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from . import alarms, gates
from .models import Alarm

REMEMBERED = 50
KNOWN = 25
"""Answers that must be known before they are judged."""
SHARE = 0.2
LEAST = 5
_SEEN_BY_NOW = 2.0
"""Seconds beyond CATALOGUE_KEPT until every process has read that the target is paused."""
_SAYS = {"rejected": "x", "delivered": ".", "submitted": ".", "alreadythere": ".", "notapplicable": "."}

_PAUSE = """
WITH ours AS (
    UPDATE delivery_lane SET closed_until = GREATEST(closed_until, now() + make_interval(secs => %(seen)s))
    WHERE target_id = %(target)s AND token = %(token)s RETURNING target_id)
UPDATE catalogue_target SET paused_at = now(), paused_why = %(why)s
WHERE id IN (SELECT target_id FROM ours) AND paused_at IS NULL
"""


def remembered(lately: str, outcomes: Iterable[str]) -> str:
    """The last fifty answers with these behind them; words of attempts, of which only some are answers about a record.

    A record that needs a decision or another number first says nothing about the others.
    """
    return (lately + "".join(_SAYS.get(outcome, "") for outcome in outcomes))[-REMEMBERED:]


def too_many(lately: str) -> bool:
    """More than a fifth of the answers, and enough of both. `lately`: "." taken, "x" rejected, newest last."""
    rejected = lately.count("x")
    return len(lately) >= KNOWN and rejected >= LEAST and rejected > SHARE * len(lately)


def note(target_id: int, token: UUID, lately: str) -> bool:
    """True where too many of the last answers were rejections: the target is paused then and the lane must stop.

    What waits is held until an operator resumes it. Only the lane that holds `token` may say so.
    """
    if not too_many(lately):
        return False
    told: dict[str, Any] = {
        "target": target_id,
        "token": token,
        "why": gates.REJECTIONS,
        "seen": settings.CATALOGUE_KEPT + _SEEN_BY_NOW,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PAUSE, told)
        if cursor.rowcount:
            alarms.raise_alarm(target_id, Alarm.Kind.REJECTIONS, f"{lately.count('x')}/{len(lately)}")
    return True
