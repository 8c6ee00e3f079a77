"""Back-fill: a target that is connected later, or whose mapping changed, gets what it lacks, each record once."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from gridapp import sealing
from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured, seed
from gridapp.contract import Kind, Layout, Row, is_in
from gridapp.delivery import backfill, lane
from gridapp.delivery.models import Backfill, Delivery, Lane, Rank, Status
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record
from tests.conftest import Until

from .conftest import PROFILE, elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Record]


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LANE_LINGER = 0.2
    monkeypatch.setattr(backfill, "SLICE", 3)
    monkeypatch.setattr(backfill, "CROWD", 1_000_000)  # what a test enters at once is no busy time


def _carried_on() -> None:
    while backfill.due():
        backfill.go_on(5)


def _run() -> Backfill:
    return Backfill.objects.latest("pk")


def _other_mapping(scripted: Any, monkeypatch: pytest.MonkeyPatch, *rows: Row) -> None:
    """The target's connector as its next release has it."""
    layout = Layout(rows=rows, actions=PROFILE.layouts[Kind.RESIDENT].actions)
    profile = replace(PROFILE, layouts={Kind.RESIDENT: layout})
    newer = type("Newer", (scripted,), {"profile": profile})
    one = Configured(scripted.target, profile, newer)
    monkeypatch.setattr(configured_targets, "targets", lambda: [one])
    monkeypatch.setattr(configured_targets, "target", lambda target_id: one)


def _as_it_was(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Configured(scripted.target, PROFILE, scripted)
    monkeypatch.setattr(configured_targets, "targets", lambda: [one])
    monkeypatch.setattr(configured_targets, "target", lambda target_id: one)


def test_a_target_that_was_connected_gets_every_record_once_and_behind_what_is_entered(
    scripted: Any, make_record: Make
) -> None:
    people = {make_record().pk for _ in range(10)}

    begun = backfill.look()
    _carried_on()
    ranks = set(Delivery.objects.values_list("rank", flat=True))
    lane.serve(scripted.target.pk)

    run = _run()
    assert begun == [scripted.target.pk]
    assert (run.why, run.seen, run.total, run.written) == (Backfill.Why.ADDED, 10, 10, 10)
    assert run.finished_at is not None
    assert ranks == {Rank.BACKLOG}
    assert len(scripted.seen) == 10
    assert set(Delivery.objects.filter(status=Status.DELIVERED).values_list("record_id", flat=True)) == people


def test_nothing_begins_where_all_is_as_it_was(scripted: Any, make_record: Make) -> None:
    make_record()
    backfill.look()
    _carried_on()

    assert backfill.look() == []
    assert backfill.go_on(1) == 0
    assert Backfill.objects.count() == 1


def test_a_house_without_records_has_nothing_to_fill_in(scripted: Any) -> None:
    assert backfill.look() == []
    assert not backfill.due()


def test_targets_that_were_planned_for_from_the_start_are_left_alone(make_record: Make) -> None:
    make_record()
    seed()
    known, other = Target.objects.filter(key__in=["PDA", "WG"])
    Target.objects.filter(pk__in=[known.pk, other.pk]).update(enabled=True)

    backfill.up_to_date([known.pk])

    assert backfill.look() == [other.pk]


def test_a_changed_mapping_tells_only_what_is_other_now(
    scripted: Any, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        make_record()
    employed = make_record(employer_name="测试厂")
    backfill.look()
    _carried_on()
    lane.serve(scripted.target.pk)
    scripted.seen.clear()

    rows = PROFILE.layouts[Kind.RESIDENT].rows
    _other_mapping(scripted, monkeypatch, *rows, Row("employer_name", "DW", required=is_in("employer_name", "x")))
    backfill.look()
    _carried_on()

    run = _run()
    assert (run.why, run.seen) == (Backfill.Why.CHANGED, 5)
    assert run.written == 5, "a new column is a new content for everybody"
    assert Delivery.objects.get(record=employed).generation == 2


def test_a_mapping_changed_and_changed_back_before_it_was_sent_sends_nothing(
    scripted: Any, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        make_record()
    backfill.look()
    _carried_on()
    lane.serve(scripted.target.pk)
    scripted.seen.clear()

    _other_mapping(scripted, monkeypatch, Row("name", "XM"))
    backfill.look()
    _carried_on()
    meanwhile = set(Delivery.objects.values_list("status", flat=True))
    _as_it_was(scripted, monkeypatch)
    backfill.look()
    _carried_on()
    lane.serve(scripted.target.pk)

    assert meanwhile == {Status.WAITING}
    assert set(Delivery.objects.values_list("status", flat=True)) == {Status.DELIVERED}
    assert scripted.seen == []


def test_a_mapping_that_changes_while_it_is_planned_begins_from_the_first_record(
    scripted: Any, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(7):
        make_record()
    backfill.look()
    backfill.go_on(0.001)
    before = _run().seen

    _other_mapping(scripted, monkeypatch, Row("name", "XM"))
    of_old_code = backfill.go_on(1)
    backfill.look()
    _carried_on()

    assert 0 < before < 7
    assert of_old_code == 0, "who does not know the mapping that was begun with leaves the run alone"
    assert (Backfill.objects.count(), _run().seen) == (1, 7)


def test_a_target_switched_on_again_gets_what_was_entered_meanwhile(scripted: Any, make_record: Make) -> None:
    make_record()
    backfill.look()
    _carried_on()
    scripted.target.enabled = False
    backfill.look()
    missed = make_record()

    scripted.target.enabled = True
    backfill.look()
    _carried_on()

    assert Delivery.objects.filter(record=missed).count() == 1
    assert (_run().why, _run().written) == (Backfill.Why.ADDED, 1)


def test_two_at_once_do_nothing_twice(scripted: Any, make_record: Make) -> None:
    for _ in range(6):
        make_record()
    backfill.look()
    seen: list[int] = []

    with transaction.atomic():
        Backfill.objects.select_for_update().get(finished_at=None)  # somebody is at it
        elsewhere(lambda: seen.append(backfill.go_on(1)))
    _carried_on()

    assert seen == [0]
    assert (_run().seen, Delivery.objects.count()) == (6, 6)


def test_several_targets_that_stand_at_one_place_share_the_reading(
    make_record: Make, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    make_record()
    seed()
    Target.objects.filter(key__in=["PDA", "WG", "JZDJ", "SZZ"]).update(enabled=True)
    backfill.look()

    with django_assert_max_num_queries(16):
        backfill._slice()

    assert set(Backfill.objects.values_list("seen", flat=True)) == {1}
    assert Backfill.objects.count() == 4


def test_slices_wait_while_many_are_entering(scripted: Any, make_record: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make_record()
    backfill.look()
    monkeypatch.setattr(backfill, "CROWD", 3)

    in_the_crowd = backfill.go_on(1)
    Entry.objects.update(received_at=timezone.now() - timedelta(seconds=5))
    later = backfill.go_on(1)

    assert (in_the_crowd, later) == (0, 3)


def test_a_killed_run_goes_on_where_it_was(db: None, until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "SLICE", 200)
    _crowd(1500)
    seed()
    target = Target.objects.get(key="PDA")
    Target.objects.filter(pk=target.pk).update(enabled=True)
    environment = {**os.environ, "DATABASE_NAME": str(connection.settings_dict["NAME"])}
    environment["DJANGO_SETTINGS_MODULE"] = "gridapp.settings"

    at_work = subprocess.Popen(
        [sys.executable, "manage.py", "replan", "--target", "PDA"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: Backfill.objects.filter(target=target, seen__gt=0).exists(), seconds=90)
    finally:
        at_work.kill()
        at_work.wait(timeout=10)
    broken_off = _run()
    _carried_on()

    run = _run()
    assert 0 < broken_off.seen < 1500
    assert broken_off.finished_at is None
    assert (run.pk, run.seen, run.total) == (broken_off.pk, 1500, 1500)
    assert run.written == Delivery.objects.filter(target=target).count() == 1500


def _crowd(number: int) -> None:
    """Records as an import leaves them: many, with what a plan reads and no entry of a worker."""
    User.objects.create(username="worker", staff_no="W0001")
    made = [Record(id=uuid.uuid4(), kind=Kind.RESIDENT, grid_code="990101001001001") for _ in range(number)]
    for record in made:
        record.sealed = sealing.seal_json({"name": "测试甲", "phone": "13912345678"}, bound_to=record.bound_to)
    Record.objects.bulk_create(made)


def test_the_command_fills_one_target(scripted: Any, make_record: Make) -> None:
    for _ in range(4):
        make_record()
    said = io.StringIO()

    call_command("replan", "--target", "TEST", stdout=said)

    assert said.getvalue().splitlines()[-1] == "done: 4 records, 4 deliveries changed"
    assert _run().why == Backfill.Why.ASKED
    with pytest.raises(CommandError, match="NOBODY"):
        call_command("replan", "--target", "NOBODY")


def test_a_lane_that_is_planned_for_keeps_its_breaker(scripted: Any, make_record: Make) -> None:
    make_record()
    Lane.objects.create(target=scripted.target, failures=4)

    backfill.look()

    assert Lane.objects.get(target=scripted.target).failures == 4
