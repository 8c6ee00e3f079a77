"""保存期限: residents who moved out or died so long ago that nothing is kept of them without need (PIPL 19, 47).

They are proposed, never deleted: a supervisor puts one up for deletion at the desk of residents' rights, where two
people decide.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp.org import scope
from gridapp.org.models import User

from . import locks, rights
from .models import Record, RightsRequest
from .rights import Kind, Status, Wish


def past(user: User) -> QuerySet[Record]:
    """Residents of the user's areas who are gone for RETENTION_YEARS, longest first.

    Not those for whom a deletion is asked for already, or was refused within the last year.
    """
    if not scope.may_decide(user):
        return Record.objects.none()
    gone = Record.objects.filter(kind=Record.Kind.RESIDENT, closed_at__lt=_years_ago(settings.RETENTION_YEARS))
    refused = Q(status__in=(Status.REFUSED, Status.TAKEN_BACK), ended_at__gte=_years_ago(1))
    asked = RightsRequest.objects.filter(Q(ended_at=None) | refused, kind=Kind.DELETE)
    gone = gone.exclude(grid_code="").exclude(pk__in=asked.values("record"))  # without a grid: an empty shell
    return scope.within(gone, user).order_by("closed_at", "pk")


@transaction.atomic
def propose(record: Record, *, by: User) -> RightsRequest | None:
    """Puts it up for deletion. None where it is not past its period, not in their area, or asked for by now."""
    locks.records(record.pk)
    if not past(by).filter(pk=record.pk).exists():
        return None
    wish = Wish(Kind.DELETE, RightsRequest.Seen.PERIOD, _("保存期限已经届满，由本单位提出删除。"), "")
    return rights.file(uuid4(), record, wish, by=by)


def _years_ago(years: int) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s - make_interval(years => %s)", [timezone.now(), years])
        found: datetime = cursor.fetchone()[0]
        return found
