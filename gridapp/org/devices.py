"""The tablets: what each last reported, and the word to a lost one to wipe itself.

Nothing here says where a tablet is or what its worker does: last contact and how much waits, so that nothing is
forgotten on one that lies in a drawer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone

from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from . import scope, sessions
from .models import Device, User

_FRESH = timedelta(seconds=60)
"""A report that says nothing new is written down at most this often: tablets ask every few seconds."""


def seen(
    device_id: UUID, *, user: User, session_key: str, waiting: int, oldest: timedelta | None, at: datetime | None = None
) -> None:
    """Notes what a tablet reports. One statement where nothing is new. `oldest`: how long the first form has waited."""
    now = at or timezone.now()
    known = Device.objects.filter(pk=device_id).first()
    oldest_at = now - oldest if waiting and oldest is not None else None
    told = {"user": user, "session_key": session_key, "waiting": waiting, "oldest_at": oldest_at, "seen_at": now}
    if known is None:
        Device.objects.get_or_create(pk=device_id, defaults=told)
        return
    same = (known.user_id, known.session_key, known.waiting) == (user.pk, session_key, waiting)
    if not same or now - known.seen_at > _FRESH:
        Device.objects.filter(pk=device_id, lost_at=None).update(**told)


def tried(device_id: UUID, found: Mapping[str, list[str]]) -> bool:
    """Keeps what a tablet found out about itself; False for one that was never heard of, or is lost."""
    known = Device.objects.filter(pk=device_id, lost_at=None)
    return bool(known.update(tried=dict(found), tried_at=timezone.now()))


def is_lost(device_id: UUID) -> bool:
    return lost(device_id) is not None


def lost(device_id: UUID) -> Device | None:
    """The tablet, where it was reported lost."""
    return Device.objects.filter(pk=device_id, lost_at__isnull=False).first()


def told(device_id: UUID) -> None:
    """A lost tablet came and was told to wipe itself; the first time counts."""
    Device.objects.filter(pk=device_id, lost_at__isnull=False, told_at=None).update(told_at=timezone.now())


def listed(by: User) -> QuerySet[Device]:
    """The tablets last used by somebody of the user's areas: those with something waiting first, longest first."""
    mine = Device.objects.filter(user__in=User.objects.filter(scope.condition(by, "areas__code")))
    known = mine.select_related("user", "lost_by", "key__asked_by")
    return known.order_by(F("oldest_at").asc(nulls_last=True), "-seen_at", "pk")


def report_lost(device_id: UUID, *, by: User) -> bool:
    """Has the tablet wiped when it next asks, and ends its session now; False where it is nobody's of the user's areas
    or was reported before."""
    row = listed(by).filter(pk=device_id).first()
    if row is None or not Device.objects.filter(pk=row.pk, lost_at=None).update(lost_at=timezone.now(), lost_by=by):
        return False
    # whoever holds the tablet must not go on in an open session while it has not asked yet
    sessions.end_tablet(row.pk, row.session_key, by=by)
    note(Act.TABLET_LOST, by=by.pk, about=f"tablet:{row.pk}", did="lost")
    return True


def found_again(device_id: UUID, *, by: User) -> bool:
    """Takes the report back, as long as the tablet was not told; False where there is nothing to take back."""
    row = listed(by).filter(pk=device_id).first()
    lost = Device.objects.filter(pk=row.pk, told_at=None).exclude(lost_at=None) if row else None
    if not lost or not lost.update(lost_at=None, lost_by=None):
        return False
    note(Act.TABLET_LOST, by=by.pk, about=f"tablet:{device_id}", did="found")
    return True
