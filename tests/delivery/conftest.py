"""What the engine's tests stand on: targets, records, and a connector that answers from a script.

The script replaces a department here on purpose: these tests need exact answers in an exact order, which the sandbox's
departments (used by tests/connectors and tests/stack) give only by chance.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.utils import timezone

from gridapp import sealing
from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import (
    Action,
    Capabilities,
    Connector,
    Delivered,
    Kind,
    Layout,
    Outcome,
    Parcel,
    Profile,
    Row,
)
from gridapp.delivery.claim import Claimed, claim
from gridapp.delivery.models import Delivery, Lane
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record
from tests.delivery.operators import fresh, operator, served  # noqa: F401 - fixtures
from tests.delivery.receiver import backlog, receiver, wired  # noqa: F401 - fixtures

from .ledgers import backup, departments  # noqa: F401 - fixtures for whoever restores a database

PROFILE = Profile(
    key="TEST",
    slug="scripted",
    zh="测试系统",
    en="Test system",
    owner="测试",
    basis="测试",
    layouts={Kind.RESIDENT: Layout(rows=(Row("name", "XM"), Row("phone", "DH")), actions=frozenset(Action))},
)


class Scripted(Connector):
    """Answers what `script` says, parcel by parcel; remembers what it was handed."""

    target: ClassVar[Target]
    profile = PROFILE
    capabilities = Capabilities(batch=10, batch_is_one_call=True, resend_safe=True, deadline=20)
    script: ClassVar[Callable[[Parcel], Outcome]] = staticmethod(lambda parcel: Delivered(f"R-{parcel.key[:6]}"))
    seen: ClassVar[list[Parcel]] = []

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        type(self).seen.extend(parcels)
        return [type(self).script(parcel) for parcel in parcels]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[type[Scripted]]:
    """One live target served by a scripted connector; `scripted.target` is its row."""

    class Fresh(Scripted):
        seen: ClassVar[list[Parcel]] = []

    Fresh.target = Target.objects.create(
        key="TEST", connector="scripted", zh="测试系统", en="Test system", enabled=True
    )
    one = Configured(Fresh.target, PROFILE, Fresh)
    monkeypatch.setattr(configured_targets, "targets", lambda: [one])
    monkeypatch.setattr(configured_targets, "target", lambda target_id: one if target_id == Fresh.target.pk else None)
    yield Fresh


def claim_as(
    token: uuid.UUID, target_id: int, *, lease: float = 60, limit: int = 10, alone: bool = False
) -> list[Claimed]:
    """Takes the lane under this token, whoever had it, and claims."""
    ours = {"token": token, "lease_until": timezone.now() + timedelta(hours=1)}
    Lane.objects.update_or_create(target_id=target_id, defaults=ours)
    return claim(target_id, token=token, limit=limit, lease=lease, alone=alone)[1]


@pytest.fixture
def make_record(db: None) -> Callable[..., Record]:
    """A resident with these canonical fields, written without the registry's rules."""
    user = User.objects.create(username="worker", staff_no="W0001")

    def make(**fields: Any) -> Record:
        record = Record(id=uuid.uuid4(), kind=Kind.RESIDENT, grid_code="990101001001001")
        record.sealed = sealing.seal_json(
            {"name": "测试甲", "phone": "13912345678", **fields}, bound_to=record.bound_to
        )
        record.save()
        Entry.objects.create(
            id=uuid.uuid4(), record=record, action="create", version=1, digest=b"", sealed=b"", by=user,
            grid_code=record.grid_code, made_at=timezone.now(),
        )  # fmt: skip
        return record

    return make


@pytest.fixture
def make_delivery(scripted: type[Scripted], make_record: Callable[..., Record]) -> Callable[..., Delivery]:
    """A waiting delivery of a new record to the scripted target."""

    def make(**columns: Any) -> Delivery:
        values = {
            "status": "waiting",
            "wanted_version": 1,
            "wanted_digest": b"x" * 20,
            "due_at": timezone.now() - timedelta(hours=1),
        }
        return Delivery.objects.create(record=make_record(), target=scripted.target, **{**values, **columns})

    return make


def elsewhere(act: Callable[[], Any]) -> None:
    """As another process would, on a connection of its own, while the lane waits for its target."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    other = threading.Thread(target=run)
    other.start()
    other.join()
