"""The register was not taken over in an hour: the entries came in over the working days of four weeks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gridapp.delivery import counts_full
from gridapp.demo import places
from gridapp.registry.models import Entry, Record

from . import FIRST

_WEEKS = 4
_UNSEEN = timedelta(days=120)
"""What nobody has verified for long, as supervisors look for it; every fifth grid."""


@transaction.atomic
def spread() -> None:
    """Moves what was loaded for all grids but the first worker's to the days before, and counts it there.

    While nothing else is at work: it changes every record.
    """
    grids = [code for code in places.grid_codes() if code != FIRST]
    today = timezone.localdate()
    if Entry.objects.filter(grid_code=grids[-1], received_at__date__lt=today).exists():
        return
    days = list(_working_days(today))
    for place, grid in enumerate(grids):
        earlier = today - days[place % len(days)]
        entries = Entry.objects.filter(grid_code=grid)
        entries.update(received_at=F("received_at") - earlier, made_at=F("made_at") - earlier)
        seen = earlier + (_UNSEEN if place % 5 == 0 else timedelta(0))
        Record.objects.filter(grid_code=grid).update(created_at=F("created_at") - seen)
        Record.objects.filter(grid_code=grid, verified_at__isnull=False).update(verified_at=F("verified_at") - seen)
    counts_full.recount()


def _working_days(today: date) -> Iterator[date]:
    before = (today - timedelta(days=back) for back in range(1, 7 * _WEEKS + 1))
    return (day for day in before if day.weekday() < 5)
