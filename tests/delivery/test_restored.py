"""After a restore from a backup: nothing is doubled where it can be helped, nothing older overwrites what is newer."""

from __future__ import annotations

import io
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from gridapp import sealing
from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import (
    Action,
    AlreadyThere,
    ByHand,
    Capabilities,
    Connector,
    Delivered,
    Differs,
    NotYet,
    Outcome,
    Parcel,
    Unavailable,
)
from gridapp.delivery import lane, reconcile, replan, restored
from gridapp.delivery.models import Alarm, Delivery, Lane, Reconciliation, Status, Timeline
from gridapp.delivery.plan import plan
from gridapp.delivery.standing import of
from gridapp.delivery.sweep import sweep
from gridapp.embedded import postgresql
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record

from .conftest import PROFILE

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)
Make = Callable[..., Record]


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


CAN = Capabilities(batch=2, batch_is_one_call=True, deadline=2)
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
        profile = replace(PROFILE, key=key, slug=key.lower())
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


def test_nothing_happens_in_the_database_that_was_known(departments: Any) -> None:
    enter("测试甲")

    assert not restored.check()
    assert restored.runs() == {}
    assert Timeline.objects.get().epoch == 0


def test_after_a_restore_nothing_is_doubled_and_nothing_older_overwrites(
    departments: dict[str, type[Ledger]], backup: Any
) -> None:
    quiet, corrected = enter("测试甲"), enter("测试乙")
    serve_all()
    sent_later, never_sent = enter("测试丙"), enter("测试丁")
    Delivery.objects.filter(record=never_sent).update(due_at=timezone.now() + timedelta(hours=1))
    restore = backup()
    enter("测试乙", "13900000002", corrected)
    serve_all()
    enter("测试戊")
    serve_all()
    keys_before = {key for one in departments.values() for key in one.keys}
    assert {one.holds["测试乙"] for one in departments.values()} == {"13900000002"}

    restore()
    Delivery.objects.filter(record=never_sent, status=Status.WAITING).update(due_at=timezone.now())
    serve_all()
    replan.replan()
    serve_all()

    doubled = {key: [name for name in one.created if one.created.count(name) > 1] for key, one in departments.items()}
    assert doubled == {"KEYED": [], "ASKED": [], "MUTE": []}
    assert {one.holds["测试乙"] for one in departments.values()} == {"13900000002"}
    assert statuses(quiet) == {"KEYED": "delivered", "ASKED": "delivered", "MUTE": "delivered"}
    assert statuses(corrected) == {"KEYED": "delivered", "ASKED": "conflict", "MUTE": "delivered"}
    assert statuses(sent_later) == {"KEYED": "delivered", "ASKED": "delivered", "MUTE": "uncertain"}
    assert statuses(never_sent) == {"KEYED": "delivered", "ASKED": "delivered", "MUTE": "uncertain"}
    _keys_are_new(departments, keys_before, quiet)


def _keys_are_new(departments: dict[str, type[Ledger]], before: set[str], quiet: Record) -> None:
    """A correction and a new record after the restore go out under keys that no department has seen."""
    for one in departments.values():
        one.keys.clear()
    newer, other = enter("测试己"), enter("测试甲", "13900000003", Record.objects.get(pk=quiet.pk))
    serve_all()

    after = {key for one in departments.values() for key in one.keys}
    assert len(after) == 6
    assert before.isdisjoint(after)
    assert set(statuses(newer).values()) == set(statuses(other).values()) == {"delivered"}
    assert {one.holds["测试甲"] for one in departments.values()} == {"13900000003"}


def test_a_restore_is_told_of_and_numbers_begin_where_none_were(departments: Any, backup: Any) -> None:
    before = enter("测试甲")
    serve_all()
    backup()()

    assert restored.check()
    after = enter("测试乙")

    assert Alarm.objects.get(kind=Alarm.Kind.RESTORED, target=None).ended_at is None
    ids = [Delivery.objects.filter(record=one).latest("pk").pk for one in (before, after)]
    assert ids[1] - ids[0] > 1_000_000
    assert Entry.objects.latest("number").number > 1_000_000
    assert not restored.check(), "once"


def test_a_second_restore_of_the_same_backup_uses_no_number_of_the_first(
    departments: Any, backup: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = enter("测试甲")
    serve_all()
    restore = backup()
    used: list[tuple[int, int]] = []

    for _ in range(2):
        restore()
        # A minute passes: the clock is the database's, so the beginning of time is moved instead.
        if used:
            _a_minute_later(monkeypatch)
        restored.check()
        enter("测试甲", "13900000002", Record.objects.get(pk=person.pk))
        enter("测试乙")
        newest = Delivery.objects.latest("pk")
        used.append((Delivery.objects.filter(record=person).latest("pk").generation, newest.pk))

    assert used[1][0] > used[0][0]
    assert used[1][1] > used[0][1]


def _a_minute_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restored, "SINCE", "2025-12-31 23:59+00")


def _as_restored(**columns: Any) -> None:
    """Another copy of the database than the one that was known, as far as can be seen."""
    Timeline.objects.update(timeline=4711, **columns)
    assert restored.check()


def test_a_target_that_can_be_asked_is_sent_nothing_before_it_was_compared(
    departments: dict[str, type[Ledger]],
) -> None:
    enter("测试甲")
    serve_all()
    asked = departments["ASKED"]
    asked.away = True
    _as_restored()
    enter("测试乙")

    serve_all()
    while_away = dict(asked.holds)
    run = Reconciliation.objects.get(target__key="ASKED", finished_at=None)
    asked.away = False
    serve_all()

    assert set(while_away) == {"测试甲"}
    assert run.trouble == ""
    assert set(asked.holds) == {"测试甲", "测试乙"}
    assert departments["KEYED"].holds.keys() == {"测试甲", "测试乙"}, "the others were not kept waiting"
    assert not Reconciliation.objects.filter(finished_at=None).exists()


def test_what_the_target_holds_no_longer_is_not_made_again_unasked(departments: dict[str, type[Ledger]]) -> None:
    person = enter("测试甲")
    serve_all()
    departments["ASKED"].holds.clear()

    _as_restored()
    serve_all()

    row = Delivery.objects.get(record=person, target__key="ASKED")
    assert (row.status, row.reason_code) == (Status.CONFLICT, "gone_there")
    assert departments["ASKED"].created == ["测试甲"]
    assert "备份" in next(one.reason for one in of(person) if one.target_key == "ASKED")


def test_a_dependency_that_is_missing_again_is_waited_for_again(
    departments: dict[str, type[Ledger]], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = enter("测试甲")
    row = Delivery.objects.get(record=person, target__key="ASKED")
    Delivery.objects.filter(pk=row.pk).update(
        status=Status.HELD, hold="dependency", waits_for="KEYED", due_at=None, reason_code="dependency"
    )

    _as_restored()
    restored.doubt(row.target_id, after=0)
    row.refresh_from_db()
    doubted = row.status
    serve_all()

    row.refresh_from_db()
    assert (doubted, row.status) == (Status.UNCERTAIN, Status.DELIVERED), "planned anew: nothing is missing now"


def test_what_is_new_of_a_compared_record_is_no_doubt(departments: dict[str, type[Ledger]]) -> None:
    person = enter("测试甲")
    serve_all()
    _as_restored()
    target = Target.objects.get(key="ASKED")
    run = Reconciliation.objects.get(target=target, finished_at=None)
    last = Delivery.objects.latest("pk").pk
    Reconciliation.objects.filter(pk=run.pk).update(after=last)
    enter("测试甲", "13900000002", Record.objects.get(pk=person.pk))

    assert restored.doubt(target.pk, after=last) == 0
    assert restored.doubt(target.pk, after=0) == 1


def test_a_worker_that_was_sending_when_it_happened_settles_nothing(departments: dict[str, type[Ledger]]) -> None:
    enter("测试甲")
    target = Target.objects.get(key="MUTE")
    Lane.objects.update_or_create(target=target, defaults={"token": uuid.uuid4(), "lease_until": timezone.now()})
    Delivery.objects.filter(target=target).update(
        status=Status.SENDING, due_at=None, token=uuid.uuid4(), lease_until=timezone.now(), sent_version=1,
        sent_digest=b"x" * 20, sent_generation=1, maybe_sent=True,
    )  # fmt: skip

    _as_restored()
    restored.go_on()

    row = Delivery.objects.get(target=target)
    assert (row.status, row.token, row.sent_digest) == (Status.UNCERTAIN, None, b"x" * 20)
    assert Lane.objects.get(target=target).token is None


def test_millions_are_put_in_doubt_slice_by_slice(
    departments: dict[str, type[Ledger]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        enter(f"测试{number}")
    monkeypatch.setattr(restored, "AT_ONCE", 3)
    _as_restored()
    mute = Target.objects.get(key="MUTE")
    left = []

    while restored.runs().get(mute.pk):
        restored.go_on()
        left.append(Delivery.objects.filter(target=mute, status=Status.WAITING).count())

    assert left == [4, 1, 0]


def test_a_person_fills_what_a_person_fills(departments: dict[str, type[Ledger]], monkeypatch: Any) -> None:
    mute = departments["MUTE"]
    monkeypatch.setattr(mute, "capabilities", replace(mute.capabilities, by_hand=ByHand.CARD))
    enter("测试甲")

    _as_restored()
    serve_all()

    assert not Delivery.objects.filter(target__key="MUTE", status=Status.UNCERTAIN).exists()


def test_the_alarm_is_over_when_all_is_compared_and_a_day_has_gone(departments: Any) -> None:
    enter("测试甲")
    _as_restored()
    serve_all()
    at_once = Alarm.objects.get(kind=Alarm.Kind.RESTORED).ended_at

    Alarm.objects.update(raised_at=timezone.now() - timedelta(days=2))
    restored.go_on()

    assert at_once is None
    assert Alarm.objects.get(kind=Alarm.Kind.RESTORED).ended_at is not None


def test_the_command_says_what_a_cold_copy_does_not_show(departments: Any) -> None:
    enter("测试甲")
    said = io.StringIO()

    call_command("restored", "--look", stdout=said)
    call_command("restored", stdout=said)
    epoch = Timeline.objects.get().epoch

    lines = said.getvalue().splitlines()
    assert lines[0] == "this is the database that was known"
    assert lines[1].startswith("restored: 2 targets")
    assert epoch > 0


def test_a_database_that_was_only_moved_is_no_other(departments: Any) -> None:
    enter("测试甲")
    Timeline.objects.update(cluster=4711)

    call_command("restored", "--moved", stdout=io.StringIO())

    assert not restored.check()
    assert restored.runs() == {}


def test_a_server_that_does_not_tell_its_cluster_is_known_by_its_tables(departments: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        cursor.execute("CREATE ROLE managed")
        cursor.execute("GRANT USAGE ON SCHEMA public TO managed")
        cursor.execute("SET ROLE managed")
        try:
            found = restored.here()
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute("REVOKE USAGE ON SCHEMA public FROM managed")
            cursor.execute("DROP ROLE managed")
            cursor.execute("GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC")

    assert found.timeline == restored.here().timeline
    assert found.cluster != restored.here().cluster
