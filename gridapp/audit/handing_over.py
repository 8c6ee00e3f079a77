"""Gives each anchor's line to the operator's command, which takes it where the database's administrators do not reach.

A line that was not taken is given again, before any later one: what stands elsewhere has no gap. One whose taking could
not be written down is given twice; that is no fault.
"""

from __future__ import annotations

import logging
import shlex
import subprocess
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from .models import Anchor, Taken

logger = logging.getLogger(__name__)

WITHIN = 60.0
"""Seconds that the command has for a line; then it is ended."""
_MOST = 100
_WAITING = """
SELECT count(*), min(at) FROM audit_anchor AS a WHERE NOT EXISTS (SELECT FROM audit_taken AS t WHERE t.anchor_id = a.id)
"""


class NotTaken(Exception):
    """The command failed, hung or could not be started; the anchor stands, and its line waits."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many lines the command has not taken, and when the oldest was written; None where none waits."""

    count: int
    since: datetime | None


def waiting() -> Waiting:
    if not settings.AUDIT_ANCHOR_COMMAND:
        return Waiting(0, None)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return Waiting(*cursor.fetchone())


def hand_over() -> None:
    """Gives the lines that wait, the oldest first, up to the first that is not taken.

    Raises NotTaken.
    """
    if not settings.AUDIT_ANCHOR_COMMAND:
        return
    taken = Taken.objects.values("anchor_id")
    for anchor in Anchor.objects.exclude(pk__in=taken).order_by("id")[:_MOST]:
        _give(anchor.line)
        # The clock and manage.py audit_anchor may both have given it: then it was taken twice.
        Taken.objects.bulk_create([Taken(anchor_id=anchor.pk)], ignore_conflicts=True)
        logger.info("audit: the command took anchor %d", anchor.pk)


def _give(line: str) -> None:
    try:
        command = shlex.split(settings.AUDIT_ANCHOR_COMMAND)
        subprocess.run(command, input=f"{line}\n".encode(), check=True, capture_output=True, timeout=WITHIN)  # noqa: S603 - the operator's own command
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise NotTaken(type(error).__name__) from error
