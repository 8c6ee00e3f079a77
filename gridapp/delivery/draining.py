"""Letting a target's lane run empty before it is paused: what waits goes out first, also what waits for its hours.

What is entered meanwhile still goes out; the pause comes at the first moment at which nothing waits.
"""

from __future__ import annotations

import logging

from django.db import connection

from gridapp.catalogue import settling
from gridapp.catalogue.models import Target, TargetChange
from gridapp.org.models import User

from . import clock

logger = logging.getLogger(__name__)

_EMPTY = """
UPDATE catalogue_target t
SET paused_at = now(), paused_why = draining_why, draining_at = NULL, draining_why = ''
WHERE draining_at IS NOT NULL AND paused_at IS NULL
    AND NOT EXISTS (SELECT FROM delivery_delivery d
        WHERE d.target_id = t.id AND d.status = 'waiting' AND d.rank IN (0, 1))
    AND NOT EXISTS (SELECT FROM delivery_delivery d WHERE d.target_id = t.id AND d.status = 'sending')
    AND NOT EXISTS (SELECT FROM delivery_delivery d
        WHERE d.target_id = t.id AND d.status = 'held' AND d.hold IN ('window', 'limit'))
RETURNING t.key
"""


def begin(target: Target, why: str, *, by: User) -> bool:
    """Pauses the target once it is empty. False where it is paused, or told so already."""
    rows = Target.objects.filter(pk=target.pk, paused_at=None, draining_at=None)
    done = rows.update(draining_at=clock.now(), draining_why=why[:200])
    if done:
        settling.note(target, TargetChange.What.DRAIN, by=by, why=why)
    return bool(done)


def go_on(target: Target) -> bool:
    """It is not to be paused after all. False where it was not going to be."""
    rows = Target.objects.filter(pk=target.pk, draining_at__isnull=False)
    return bool(rows.update(draining_at=None, draining_why=""))


def end() -> list[str]:
    """The clock's look: pauses the targets that are empty now; their keys."""
    if not Target.objects.filter(draining_at__isnull=False).exists():
        return []
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY)
        keys = [row[0] for row in cursor.fetchall()]
    for key in keys:
        logger.warning("%s is empty and paused now", key, extra={"target": key})
    return keys
