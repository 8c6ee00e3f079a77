"""What a restore puts in doubt, step by step, and what an operator says of it."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from gridapp.catalogue.models import Target
from gridapp.contract import (
    ByHand,
)
from gridapp.delivery import restored
from gridapp.delivery.models import Alarm, Delivery, Lane, Reconciliation, Status, Timeline
from gridapp.registry.models import Record

from .ledgers import Ledger, as_restored, enter, serve_all

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)


def test_a_dependency_that_is_missing_again_is_waited_for_again(
    departments: dict[str, type[Ledger]], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = enter("测试甲")
    row = Delivery.objects.get(record=person, target__key="ASKED")
    Delivery.objects.filter(pk=row.pk).update(
        status=Status.HELD, hold="dependency", waits_for="KEYED", due_at=None, reason_code="dependency"
    )

    as_restored()
    restored.doubt(row.target_id, after=0)
    row.refresh_from_db()
    doubted = row.status
    serve_all()

    row.refresh_from_db()
    assert (doubted, row.status) == (Status.UNCERTAIN, Status.DELIVERED), "planned anew: nothing is missing now"


def test_what_is_new_of_a_compared_record_is_no_doubt(departments: dict[str, type[Ledger]]) -> None:
    person = enter("测试甲")
    serve_all()
    as_restored()
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

    as_restored()
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
    as_restored()
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

    as_restored()
    serve_all()

    assert not Delivery.objects.filter(target__key="MUTE", status=Status.UNCERTAIN).exists()


def test_the_alarm_is_over_when_all_is_compared_and_a_day_has_gone(departments: Any) -> None:
    enter("测试甲")
    as_restored()
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
