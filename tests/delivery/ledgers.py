"""Departments with books of their own, which no restore of ours reaches, and a database that is dumped and read in."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from gridapp import sealing
from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import (
    Action,
    AlreadyThere,
    Capabilities,
    Connector,
    Delivered,
    Differs,
    Kind,
    Layout,
    NotYet,
    Outcome,
    Parcel,
    Profile,
    Row,
    Unavailable,
)
from gridapp.delivery import lane, reconcile, restored
from gridapp.delivery.models import Delivery, Timeline
from gridapp.delivery.plan import plan
from gridapp.delivery.sweep import sweep
from gridapp.embedded import postgresql
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record


class Ledger(Connector):
    """A department with books of its own, which no restore of ours reaches: person -> phone, and every key it saw."""

    keeps_keys: ClassVar[bool] = False
    holds: ClassVar[dict[str, str]]
    keys: ClassVar[list[str]]
    created: ClassVar[list[str]]
    away: ClassVar[bool] = False

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return [self._take(parcel) for parcel in parcels]

    def _take(self, parcel: Parcel) -> Outcome:
        own, name = type(self), str(parcel.fields["name"])
        known = parcel.key in own.keys
        own.keys.append(parcel.key)
        if known and own.keeps_keys:
            return AlreadyThere(name)
        if parcel.action is Action.CREATE:
            own.created.append(name)
        own.holds[name] = str(parcel.fields["phone"])
        return Delivered(name)

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        if type(self).away:
            raise Unavailable("away", maybe_sent=False)
        return [self._look_up(parcel) for parcel in parcels]

    def _look_up(self, parcel: Parcel) -> Outcome:
        phone = type(self).holds.get(str(parcel.fields["name"]))
        if phone is None:
            return NotYet("nothing of it")
        return AlreadyThere("R") if phone == parcel.fields["phone"] else Differs("R", ("phone",))


LAYOUT = Layout(rows=(Row("name", "XM"), Row("phone", "DH")), actions=frozenset(Action))
CAN = Capabilities(batch=2, batch_is_one_call=True, deadline=20)
KINDS = {
    "KEYED": replace(CAN, resend_safe=True),
    "ASKED": replace(CAN, can_read_back=True),
    "MUTE": CAN,
}


@pytest.fixture
def departments(settings: Any, monkeypatch: pytest.MonkeyPatch, db: None) -> dict[str, type[Ledger]]:
    """One of each kind: keys on our key, can be asked, neither."""
    settings.LANE_LINGER = 0.2
    monkeypatch.setattr(restored, "_looked_at", None)
    monkeypatch.setattr(reconcile, "REST", 0.0)
    made: dict[str, type[Ledger]] = {}
    for key, can in KINDS.items():
        profile = Profile(key, key.lower(), key, key, owner="", basis="", layouts={Kind.RESIDENT: LAYOUT})
        books = {"holds": {}, "keys": [], "created": [], "keeps_keys": key == "KEYED"}
        made[key] = type(key, (Ledger,), {"profile": profile, "capabilities": can, **books})
        Target.objects.create(key=key, connector=key.lower(), zh=key, en=key, enabled=True)

    def configured() -> list[Configured]:
        return [Configured(row, made[row.key].profile, made[row.key]) for row in Target.objects.all()]

    monkeypatch.setattr(configured_targets, "targets", configured)
    by_id = "target"
    monkeypatch.setattr(
        configured_targets, by_id, lambda pk: next((one for one in configured() if one.target.pk == pk), None)
    )
    restored.check()
    return made


def enter(name: str, phone: str = "13900000001", record: Record | None = None) -> Record:
    """What an entry does to a record and its deliveries, without the registry's rules."""
    by, _ = User.objects.get_or_create(username="worker", defaults={"staff_no": "W0001"})
    if record is None:
        record = Record(id=uuid.uuid4(), kind=Record.Kind.RESIDENT, grid_code="990101001001001", version=0)
    record.version += 1
    record.sealed = sealing.seal_json({"name": name, "phone": phone}, bound_to=record.bound_to)
    record.save()
    Entry.objects.create(
        id=uuid.uuid4(), record=record, action="create", version=record.version, digest=b"", sealed=b"", by=by,
        grid_code=record.grid_code, made_at=timezone.now(),
    )  # fmt: skip
    with transaction.atomic():
        plan([record.id])
    return record


def serve_all() -> None:
    """What the clock and the workers do, until nobody has anything to do."""
    for _ in range(12):
        restored.check()
        restored.go_on()
        for target_id in sweep():
            lane.serve(target_id)


def statuses(record: Record) -> dict[str, str]:
    return dict(Delivery.objects.filter(record=record).values_list("target__key", "status"))


@pytest.fixture
def backup(tmp_path: Path) -> Iterator[Callable[[], Callable[[], None]]]:
    """`restore = backup()` dumps the database as it is; `restore()` puts it there again, in a database made anew."""

    def dump() -> Callable[[], None]:
        reached = connection.cursor().connection.info
        name, where = reached.dbname, {"host": reached.host, "port": reached.port, "user": reached.user}
        file, programs = tmp_path / "dump", postgresql._programs()
        line = ["-h", str(where["host"]), "-p", str(where["port"]), "-U", str(where["user"])]
        subprocess.run([programs / "pg_dump", *line, "-Fc", "-f", file, name], check=True)

        def restore() -> None:
            connection.close()
            with psycopg.connect(**where, dbname="postgres", autocommit=True) as admin:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
                admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            subprocess.run([programs / "pg_restore", *line, "-d", name, file], check=True)

        return restore

    yield dump


def as_restored(**columns: Any) -> None:
    """Another copy of the database than the one that was known, as far as can be seen."""
    Timeline.objects.update(timeline=4711, **columns)
    assert restored.check()
