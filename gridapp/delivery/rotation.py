"""A new sealing key: every sealed value is taken over to it beside everything else, and it is known how far that is.

A slice and how far it has come are one transaction: whatever is killed goes on where it was. One process at a time has
a slice in hand; a second one finds it taken and leaves. What comes next is `keys_known.count`: when an old key has
sealed nothing any more, it may be taken out of SEALING_KEYS.
"""

from __future__ import annotations

import logging
import time

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from gridapp import resealing, sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from . import keys_known, wake
from .models import Rotation

logger = logging.getLogger(__name__)

PASSES = 3
"""Looks at one column, for rows that somebody else had in hand."""
LONGEST_REST = 1.0
"""Seconds between two slices at most."""
_LOCK = 990107  # any number, the same for all who rotate


def begin(*, by: int | None = None) -> int:
    """Begins for every column in which an older key has sealed something, also after a run; values to be sealed."""
    key, number = sealing.newest(), 0
    for column in resealing.columns():
        if not (remaining := resealing.remaining(column)):
            continue
        number += remaining
        with transaction.atomic():
            row, new = Rotation.objects.get_or_create(key=key, column=str(column))
            again = Rotation.objects.filter(pk=row.pk, finished_at__isnull=False)
            again.update(after="", passes=1, unreadable=0, left=0, finished_at=None)
            if new:
                note(Act.KEY_ROTATION, by=by, about=f"key:{key}", column=str(column), values=remaining)
    return number


def due() -> bool:
    """Whether there is something to go on with."""
    return Rotation.objects.filter(key=sealing.newest(), finished_at=None).exists()


def go_on(seconds: float) -> None:
    """Slice after slice for so long; it rests as long as each took, so that half a core at most is its own."""
    end = time.monotonic() + seconds
    while not wake.stopping() and time.monotonic() < end:
        began = time.monotonic()
        if not carry():
            break
        time.sleep(min(time.monotonic() - began, LONGEST_REST))


@transaction.atomic
def carry(*, size: int = resealing.SLICE) -> bool:
    """One slice; False where nothing is left to do or another process has it in hand."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return False
    row = Rotation.objects.filter(key=sealing.newest(), finished_at=None).order_by("pk").first()
    if row is None:
        return False
    column = next((one for one in resealing.columns() if str(one) == row.column), None)
    done = column and resealing.step(column, column.model._meta.pk.to_python(row.after or None), size=size)
    if not done:
        _end(row)
        return True
    after, came = done
    Rotation.objects.filter(pk=row.pk).update(
        after=str(after), resealed=F("resealed") + came.resealed, unreadable=F("unreadable") + came.unreadable,
        left=F("left") + came.left,
    )  # fmt: skip
    return True


def _end(row: Rotation) -> None:
    """Of a pass; another one follows where somebody had rows in hand."""
    if row.left and row.passes < PASSES:
        Rotation.objects.filter(pk=row.pk).update(after="", passes=F("passes") + 1, unreadable=0, left=0)
        return
    Rotation.objects.filter(pk=row.pk).update(finished_at=Now())
    logger.info("%s: %d sealed anew with key %d", row.column, row.resealed, row.key)
    if not Rotation.objects.filter(key=row.key, finished_at=None).exists():
        note(Act.KEY_ROTATED, about=f"key:{row.key}")
        transaction.on_commit(keys_known.count)
