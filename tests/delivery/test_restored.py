"""After a restore from a backup: nothing is doubled where it can be helped, nothing older overwrites what is newer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gridapp.delivery import replan, restored
from gridapp.delivery.models import Alarm, Delivery, Reconciliation, Status, Timeline
from gridapp.delivery.standing import of
from gridapp.registry.models import Entry, Record

from .ledgers import Ledger, as_restored, enter, serve_all, statuses

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)


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


def test_a_target_that_can_be_asked_is_sent_nothing_before_it_was_compared(
    departments: dict[str, type[Ledger]],
) -> None:
    enter("测试甲")
    serve_all()
    asked = departments["ASKED"]
    asked.away = True
    as_restored()
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

    as_restored()
    serve_all()

    row = Delivery.objects.get(record=person, target__key="ASKED")
    assert (row.status, row.reason_code) == (Status.CONFLICT, "gone_there")
    assert departments["ASKED"].created == ["测试甲"]
    assert "备份" in next(one.reason for one in of(person) if one.target_key == "ASKED")
