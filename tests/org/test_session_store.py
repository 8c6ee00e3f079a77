"""The rows of sessions: what nobody needs to know any more goes at night."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.delivery.retention_rules import RULES
from gridapp.org import session_store, throttle
from gridapp.org.models import OpenSession, Throttled
from gridapp.org.session_store import SessionStore
from tests import factories

pytestmark = pytest.mark.django_db


def test_what_is_over_is_cleared_in_time(settings: Any) -> None:
    worker = factories.UserFactory.create()
    Client().force_login(worker)
    nobodys = SessionStore()
    nobodys["x"] = 1
    nobodys.create()
    OpenSession.objects.update(expire_date=timezone.now() - timedelta(days=settings.SESSIONS_KEPT_DAYS - 1))

    SessionStore.clear_expired()
    assert OpenSession.objects.get().user == worker

    OpenSession.objects.update(expire_date=timezone.now() - timedelta(days=settings.SESSIONS_KEPT_DAYS + 1))
    SessionStore.clear_expired()
    assert not OpenSession.objects.exists()


def test_every_night_what_nobody_needs_is_thrown_away() -> None:
    throttle.take("code", "7", at=timezone.now() - timedelta(days=2))
    nobodys = SessionStore()
    nobodys["x"] = 1
    nobodys.create()
    OpenSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert session_store.forget() == 1
    assert throttle.forget() == 1

    assert not OpenSession.objects.exists() and not Throttled.objects.exists()
    thrown_away_by = {rule.by for rule in RULES}
    assert {"gridapp.org.session_store.forget", "gridapp.org.throttle.forget"} <= thrown_away_by
