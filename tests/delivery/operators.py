"""Who operates the lanes, and the one target of these tests as it is configured."""

from __future__ import annotations

from typing import Any

import pytest

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured
from gridapp.org.models import Area, Role, User


@pytest.fixture
def operator(db: None) -> User:
    user = User.objects.create(username="operator", staff_no="A0001", role=Role.ADMINISTRATOR)
    user.areas.add(Area.objects.create(code="990101", name="测试区"))
    return user


@pytest.fixture
def served(scripted: Any) -> Configured:
    return targets.targets()[0]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, served: Configured) -> None:
    """The target as its row says at this moment, as after CATALOGUE_KEPT."""

    def now() -> list[Configured]:
        served.target.refresh_from_db()
        return [served]

    monkeypatch.setattr(targets, "targets", now)
    monkeypatch.setattr(targets, "target", lambda target_id: now()[0])
