"""Who was signed in on a tablet when, as far as that is still known: sessions are kept for a time after they ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from .models import Device, OpenSession, User


@dataclass(frozen=True, slots=True)
class Used:
    """Somebody had a session on the tablet from `since` until `until`."""

    user: User
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Users:
    """`is_known` False: no session is known of that time, and whoever used the tablet last stands for all of it.

    `forgotten`: sessions that ended in the time that is asked for may be thrown away by now.
    """

    used: tuple[Used, ...]
    is_known: bool
    forgotten: bool


def between(tablet: Device, since: datetime, until: datetime) -> Users:
    """Everybody who was signed in there at some moment of that time, each for their own sessions."""
    rows = OpenSession.objects.filter(device=tablet.pk, started_at__lt=until).exclude(user=None).select_related("user")
    used = tuple(
        Used(row.user, max(row.started_at, since), min(row.ended_at or row.expire_date, until))
        for row in rows.order_by("started_at", "pk")
        if row.user is not None and row.started_at is not None and (row.ended_at or row.expire_date) > since
    )
    forgotten = since < timezone.now() - timedelta(days=settings.SESSIONS_KEPT_DAYS)
    return Users(used or (Used(tablet.user, since, until),), bool(used), forgotten)
