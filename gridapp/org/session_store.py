"""The session engine: Django's in the database, keyed by a digest, with who is signed in where in the same row.

So asking whether a session was ended, or lay idle too long, costs no statement of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import IntegrityError, transaction
from django.utils import timezone

from . import sessions
from .models import Ended, OpenSession, User

_TOLD = timedelta(seconds=60)
"""An act of a person is written down at most this often."""


@dataclass(frozen=True, slots=True)
class Came:
    """Where a request came from, as far as it says."""

    device: UUID | None = None
    address: str | None = None
    agent: str = ""


class SessionStore(DatabaseStore):
    """`came` is given by the middleware; `ended_why`: why the session that the cookie names is none any more."""

    came = Came()
    ended_why = ""
    _row: OpenSession | None = None
    _is_renewed = False

    @classmethod
    def get_model_class(cls) -> type[OpenSession]:
        return OpenSession

    def load(self) -> dict[str, Any]:
        row = OpenSession.objects.filter(pk=sessions.digest(self.session_key or "")).first()
        if row is None or not self._is_open(row):
            self._session_key = None
            return {}
        self._row = row
        loaded: dict[str, Any] = self.decode(row.session_data)
        return loaded

    def exists(self, session_key: str) -> bool:
        return OpenSession.objects.filter(pk=sessions.digest(session_key)).exists()

    def save(self, must_create: bool = False) -> None:
        """Inserts or updates the row; a session that was ended meanwhile stays ended. Raises UpdateError."""
        if self.session_key is None:
            self.create()
            return
        held = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # of Django's base class
        user_id = int(held[SESSION_KEY]) if SESSION_KEY in held else None
        with transaction.atomic():
            if must_create:
                self._insert(held, user_id)
            else:
                self._update(held, user_id)

    def cycle_key(self) -> None:
        """The same session under another key: it goes on as long as it would have."""
        self.get(SESSION_KEY)  # so that it is loaded
        old, self._is_renewed = self._row, True
        super().cycle_key()
        self._is_renewed = False
        if old is not None and old.user_id is not None and self._row is not None:
            kept = {name: getattr(old, name) for name in ("started_at", "expire_date")}
            kept["device"] = self._row.device or old.device
            OpenSession.objects.filter(pk=self._row.pk).update(**kept)
            OpenSession.objects.filter(pk=old.pk).delete()

    def delete(self, session_key: str | None = None) -> None:
        """Signing out: who was signed in where stays known."""
        row = OpenSession.objects.filter(pk=sessions.digest(session_key or self.session_key or ""))
        row.filter(user=None).delete()
        row.filter(ended_at=None).update(ended_at=timezone.now(), ended_why=Ended.OUT, session_data="")

    @property
    def begins(self) -> bool:
        """Whether somebody has just signed in, in the request that is being answered."""
        return SESSION_KEY in self and (self._row is None or self._row.user_id != int(self[SESSION_KEY]))

    @property
    def began_at(self) -> datetime | None:
        """When somebody signed in with it; None where nobody did, or just now."""
        return self._row.started_at if self._row is not None and not self.begins else None

    def touch(self) -> None:
        """A person did something: the time of doing nothing begins anew. Written at most once a minute."""
        row, now = self._row, timezone.now()
        if row is None or row.user_id is None or row.seen_at is None or now - row.seen_at < _TOLD:
            return
        ends = _expires(row.started_at or now, now, timedelta(seconds=row.idle))
        told: dict[str, Any] = {"seen_at": now, "expire_date": ends}
        told |= {"address": self.came.address, "device": self.came.device or row.device}
        OpenSession.objects.filter(pk=row.pk, ended_at=None).update(**told)

    @classmethod
    def clear_expired(cls) -> None:
        """Those of nobody at once, the others when nobody asks any more who was signed in where."""
        gone = OpenSession.objects.filter(expire_date__lt=timezone.now())
        gone.filter(user=None).delete()
        gone.filter(expire_date__lt=timezone.now() - timedelta(days=settings.SESSIONS_KEPT_DAYS)).delete()

    def _is_open(self, row: OpenSession) -> bool:
        if row.ended_at is None and row.expire_date > timezone.now():
            return True
        if row.ended_at is None and row.user_id is not None and row.started_at is not None:
            is_old = row.expire_date >= row.started_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)
            row.ended_why = Ended.LIMIT if is_old else Ended.IDLE
            sessions.lapsed(row, Ended(row.ended_why))
        self.ended_why = row.ended_why
        return False

    def _insert(self, held: dict[str, Any], user_id: int | None) -> None:
        key = sessions.digest(self.session_key or "")
        row = OpenSession(pk=key, session_data=self.encode(held), expire_date=self.get_expiry_date(), user_id=user_id)
        whose = _whose(user_id)
        if whose is not None:
            vars(row).update(self._begun(whose))
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise CreateError from error
        self._row = row
        if whose is not None and not self._is_renewed:
            sessions.too_many(whose.pk, whose.role, key)

    def _update(self, held: dict[str, Any], user_id: int | None) -> None:
        key = sessions.digest(self.session_key or "")
        told: dict[str, Any] = {"session_data": self.encode(held), "user_id": user_id}
        gained = user_id if self._row is None or self._row.user_id != user_id else None
        whose = _whose(gained)
        if whose is not None:
            told |= self._begun(whose)
        if not OpenSession.objects.filter(pk=key, ended_at=None).update(**told):
            raise UpdateError
        if whose is not None:
            self._row = OpenSession.objects.get(pk=key)
            sessions.too_many(whose.pk, whose.role, key)

    def _begun(self, whose: User) -> dict[str, Any]:
        now, idle, came = timezone.now(), sessions.idle_of(whose.role), self.came
        return {
            "started_at": now,
            "seen_at": now,
            "expire_date": _expires(now, now, idle),
            "idle": int(idle.total_seconds()),
            "device": came.device,
            "address": came.address,
            "agent": came.agent[:80],
        }


def _whose(user_id: int | None) -> User | None:
    return User.objects.filter(pk=user_id).only("role").first() if user_id is not None else None


def _expires(started: datetime, seen: datetime, idle: timedelta) -> datetime:
    return min(started + timedelta(seconds=settings.SESSION_COOKIE_AGE), seen + idle)


def forget() -> int:
    """Throws away the sessions that nobody asks about any more; how many."""
    before = OpenSession.objects.count()
    SessionStore.clear_expired()
    return max(0, before - OpenSession.objects.count())
