"""A new index key: every index is made anew with it beside everything else, and it is known how far that is.

A slice and how far it has come are one transaction: whatever is killed goes on where it was. One process at a time has
a slice in hand; a second one finds it taken and leaves.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import connection, models, transaction
from django.db.models import F
from django.db.models.functions import Now

from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from . import index_keys
from .models import IndexKey
from .reindexed import PARTS

logger = logging.getLogger(__name__)

SLICE = 200
"""Rows that are read and written at a time."""
PASSES = 3
"""Looks at everything, for rows that somebody else had in hand."""
LONGEST_REST = 1.0
"""Seconds between two slices at most."""
_LOCK = 990110  # any number, the same for all who make indexes anew


class KeyMissing(Exception):
    """A key that indexes were made with is not at hand: nothing is begun."""


def begin(*, by: int | None = None) -> int:
    """Begins where another key has made something, also after a run; how many indexes. Raises KeyMissing."""
    number = index_keys.count()
    if number is None:
        raise KeyMissing
    row = index_keys.current()
    if number == 0:
        IndexKey.objects.filter(pk=row.pk, finished_at=None).update(finished_at=Now())
        return 0
    with transaction.atomic():
        under_way = IndexKey.objects.filter(pk=row.pk, begun_at__isnull=False, finished_at=None).exists()
        if not under_way:
            again = {"part": 0, "after": "", "passes": 1, "left": 0, "unreadable": 0, "finished_at": None}
            IndexKey.objects.filter(pk=row.pk).update(begun_at=Now(), **again)
            note(Act.INDEX_ROTATION, by=by, about=f"index:{row.mark}", values=number)
    return number


def due() -> bool:
    """Whether there is something to go on with."""
    return _under_way().exists()


def go_on(seconds: float, *, stopping: Callable[[], bool] = bool) -> None:
    """Slice after slice for so long; it rests as long as each took, so that half a core at most is its own."""
    end = time.monotonic() + seconds
    while not stopping() and time.monotonic() < end:
        began = time.monotonic()
        if not carry():
            break
        time.sleep(min(time.monotonic() - began, LONGEST_REST))


@transaction.atomic
def carry(*, size: int = SLICE) -> bool:
    """One slice; False where nothing is left to do or another process has it in hand."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return False
    row = _under_way().first()
    if row is None:
        return False
    done = PARTS[row.part].step(row.after, size)
    mine = IndexKey.objects.filter(pk=row.pk)
    if done is None:
        _next(row)
        return True
    after, made, left, unreadable = done
    mine.update(after=str(after), made=F("made") + made, left=F("left") + left, unreadable=F("unreadable") + unreadable)
    return True


def _next(row: IndexKey) -> None:
    """The next part; after the last one another pass, where somebody had rows in hand."""
    mine = IndexKey.objects.filter(pk=row.pk)
    if row.part + 1 < len(PARTS):
        mine.update(part=F("part") + 1, after="")
    elif row.left and row.passes < PASSES:
        mine.update(part=0, after="", passes=F("passes") + 1, left=0, unreadable=0)
    else:
        mine.update(finished_at=Now())
        logger.info("%d indexes made anew", row.made)
        note(Act.INDEX_ROTATED, about=f"index:{row.mark}")
        transaction.on_commit(index_keys.count)


def _under_way() -> models.QuerySet[IndexKey]:
    return IndexKey.objects.filter(mark=index_keys.at_hand()[0], begun_at__isnull=False, finished_at=None)
