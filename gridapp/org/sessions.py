"""Who is signed in where: begun, listed, ended. A session that ended says why to who comes back with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from gridapp.audit import origin
from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from . import desks
from .models import Ended, OpenSession, Role, User

_PAST = 5
_WATCHED = frozenset({Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR})


def begin(request: HttpRequest, user: User, *, how: str = "password", backend: str | None = None) -> None:
    """Signs somebody in who has shown who they are: a new key, an open session, a note of it.

    `how`: password, or what else they showed. Others of theirs end where there are too many: see session_store.
    Raises PermissionDenied where they may not sign in from there.
    """
    if not desks.lets_in(user, origin.address_of(request.META)):
        raise PermissionDenied
    with transaction.atomic():
        login(request, user, backend=backend)
        note(Act.SIGNED_IN, by=user.pk, about=f"account:{user.pk}", how=how)


def digest(session_key: str) -> str:
    """What the table knows a session by."""
    return hashlib.sha256(b"session\0" + session_key.encode()).hexdigest()[:40] if session_key else ""


def listed(user: User) -> QuerySet[OpenSession]:
    """Where the account is signed in now, the last used first."""
    return OpenSession.objects.filter(user=user, ended_at=None, expire_date__gt=timezone.now()).order_by("-seen_at")


def past(user: User) -> QuerySet[OpenSession]:
    """The last that ended, newest first."""
    return OpenSession.objects.filter(user=user).exclude(ended_at=None).order_by("-ended_at")[:_PAST]


def end(user: User, digests: list[str], *, why: Ended, by: User | None = None) -> int:
    """Ends those of an account's sessions; says how many were open."""
    return _end(OpenSession.objects.filter(user=user, pk__in=digests), user.pk, why, by)


def end_all(user: User, *, why: Ended, by: User | None = None, but: str = "") -> int:
    """Ends all sessions of an account, `but` the one with that key; says how many were open."""
    return _end(OpenSession.objects.filter(user=user).exclude(pk=digest(but)), user.pk, why, by)


def end_tablet(device_id: UUID, last: str, *, by: User) -> None:
    """Ends whatever is signed in on a lost tablet, whose ever it is, and the session that was last seen there."""
    found = OpenSession.objects.filter(Q(device=device_id) | Q(pk=last), ended_at=None).exclude(user=None)
    for row in found.select_related("user"):
        _end(found.filter(pk=row.pk), row.user_id, Ended.LOST, by)


def lapsed(row: OpenSession, why: Ended) -> None:
    """Writes down that a session ended by itself, when somebody comes with it."""
    _end(OpenSession.objects.filter(pk=row.pk), row.user_id, why, None)


def idle_of(role: str) -> timedelta:
    """How long somebody of that role may do nothing."""
    times: Mapping[str, int] = {Role.WORKER: settings.SESSION_IDLE_WORKERS}
    usual = settings.SESSION_IDLE_ADMINISTRATORS if role in _WATCHED else settings.SESSION_IDLE
    return timedelta(seconds=times.get(role, usual))


def at_once(role: str) -> int:
    """How many sessions an account of that role may have at once."""
    most: int = settings.SESSIONS_AT_ONCE_ADMINISTRATORS if role in _WATCHED else settings.SESSIONS_AT_ONCE
    return most


def too_many(user_id: int, role: str, newest: str) -> None:
    """Ends the longest unused ones beyond the rule; the newest stays."""
    now = timezone.now()
    rows = OpenSession.objects.filter(user_id=user_id, ended_at=None, expire_date__gt=now).exclude(pk=newest)
    over = list(rows.order_by("-seen_at").values_list("pk", flat=True)[max(0, at_once(role) - 1) :])
    if over:
        _end(OpenSession.objects.filter(pk__in=over), user_id, Ended.ELSEWHERE, None)


def _end(rows: QuerySet[OpenSession], user_id: int | None, why: Ended, by: User | None) -> int:
    """What a session held goes with it."""
    with transaction.atomic():
        count = rows.filter(ended_at=None).update(ended_at=timezone.now(), ended_why=why, ended_by=by, session_data="")
        if count:
            note(
                Act.SESSION_ENDED,
                by=by.pk if by else None,
                about=f"account:{user_id}",
                why=str(why),
                sessions=count,
            )
    return count
