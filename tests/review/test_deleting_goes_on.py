"""A deletion that breaks off goes on, one that cannot be done stops no other, and who comes back loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from gridapp.delivery import deleting
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm, Refused, rights
from gridapp.registry import tombstones as stones
from gridapp.registry.models import Entry, Record, Residency, RightsRequest, Tombstone
from gridapp.registry.rights import Decision
from tests.desk.cast import GRID, RESIDENT

Lodged = Callable[..., RightsRequest]
Begin = Callable[[], Tombstone]


@pytest.fixture
def agreed(people: dict[str, User], lodged: Lodged) -> RightsRequest:
    """One person has decided that it is to be deleted."""
    row = lodged("delete")
    assert rights.decide(row, Decision("done", "登记错了人，应当删除。", ground="error"), by=people["supervisor"])
    return RightsRequest.objects.get(pk=row.pk)


@pytest.fixture
def begun(agreed: RightsRequest, second_supervisor: User) -> Begin:
    """Two have, and every department knows."""

    def begin() -> Tombstone:
        assert deleting.agree(agreed, agrees=True, by=second_supervisor)
        Delivery.objects.filter(record=agreed.record_id).update(status=Status.CANCELLED, due_at=None)
        return Tombstone.objects.get(record_id=agreed.record_id)

    return begin


def arrives(worker: User, flat: Record) -> Record:
    form = EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, GRID, RESIDENT, housing=flat.id)
    return submit(form, by=worker).record


def another(worker: User, flat: Record) -> Record:
    """Whose record is being deleted as well, and no longer opens."""
    fields = RESIDENT | {"id_number": "990101199003078033", "name": "测试丙"}
    form = EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CREATE, GRID, fields, housing=flat.id)
    record = submit(form, by=worker).record
    Record.objects.filter(pk=record.pk).update(sealed=b"\x01\x00\x01" + bytes(40))
    Delivery.objects.filter(record=record).update(status=Status.CANCELLED, due_at=None, hold="", waits_for="")
    early = timezone.now() - timedelta(hours=1)
    Tombstone.objects.create(record_id=record.pk, why="error", by=1, agreed_by=2, begun_at=early)
    return record


def test_what_breaks_off_at_its_beginning_was_not_begun(
    agreed: RightsRequest, second_supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would say for ever that it is being deleted, and nothing would ever go on with it."""

    def broken(row: RightsRequest) -> Tombstone:
        raise OSError

    monkeypatch.setattr(stones, "begin", broken)
    with pytest.raises(OSError), transaction.atomic():
        deleting.agree(agreed, agrees=True, by=second_supervisor)

    assert RightsRequest.objects.get(pk=agreed.pk).status == "agreed"


def test_a_home_is_planned_in_the_step_that_empties_the_record(
    begun: Begin, resident: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in between, whoever is told how many live there would never hear of it."""

    def broken(homes: Any) -> Any:
        raise OSError

    begun()
    with monkeypatch.context() as here:
        here.setattr(deleting, "plan", broken)
        assert deleting.go_on() == 0
    assert Record.objects.get(pk=resident.pk).grid_code

    assert deleting.go_on() == 1
    assert not Record.objects.get(pk=resident.pk).grid_code


def test_a_record_that_does_not_open_is_deleted_and_keeps_no_other_from_it(
    begun: Begin, resident: Record, worker: User, flat: Record
) -> None:
    closed = another(worker, flat)
    begun()

    assert deleting.go_on() == 2

    assert set(Record.objects.filter(pk__in=[closed.pk, resident.pk]).values_list("grid_code", flat=True)) == {""}


def test_one_that_cannot_be_emptied_keeps_no_other_from_it(
    begun: Begin, resident: Record, worker: User, flat: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, bury = another(worker, flat), stones.bury_one

    def breaking(record_id: Any) -> Any:
        if record_id == stuck.pk:
            raise ValueError("测试丙")
        return bury(record_id)

    begun()
    monkeypatch.setattr(stones, "bury_one", breaking)

    assert deleting.go_on() == 1
    assert Tombstone.objects.get(purged_at=None).record_id == stuck.pk
    assert not Record.objects.get(pk=resident.pk).grid_code


def test_who_comes_back_is_not_entered_into_what_is_being_deleted(
    begun: Begin, resident: Record, worker: User, flat: Record
) -> None:
    begun()

    with pytest.raises(Refused, match="id_number: being_deleted"), transaction.atomic():
        arrives(worker, flat)

    assert not Residency.objects.filter(resident=resident, is_open=True).exists()


def test_who_comes_back_later_has_a_record_that_no_tombstone_deletes(
    begun: Begin, resident: Record, worker: User, flat: Record
) -> None:
    """Deleted on request, living there again: a restore deletes the old record alone."""
    begun()
    deleting.go_on()
    back = arrives(worker, flat)

    Tombstone.objects.all().delete()  # a backup of before the deletion was written down
    assert stones.forgotten()
    assert stones.apply_tombstones() == 0
    deleting.go_on()

    assert back.pk != resident.pk
    kept = Record.objects.get(pk=back.pk)
    assert (kept.grid_code, kept.document()["name"]) == (GRID, RESIDENT["name"])
    assert Residency.objects.filter(resident=back, is_open=True).exists()


def test_a_deletion_that_the_database_has_forgotten_is_done_again_by_the_clock(begun: Begin, resident: Record) -> None:
    """However it was restored: recovered to a moment, or a snapshot of the disk."""
    begun()
    stones.write_down()
    Tombstone.objects.all().delete()

    assert deleting.due()
    assert deleting.go_on() == 1

    assert not Record.objects.get(pk=resident.pk).grid_code
    assert not deleting.due()


def test_a_line_behind_one_that_was_cut_short_is_read(begun: Begin, tombstones: Path) -> None:
    tombstones.write_text('{"record": "99')

    begun()
    stones.write_down()
    Tombstone.objects.all().delete()

    assert stones.read_back() == 1


def test_a_home_is_not_asked_to_be_deleted(flat: Record, worker: User, as_: Callable[..., Any]) -> None:
    posted = {"kind": "delete", "seen": "card", "text": "删掉这套房", "contact": "到社区工作站自取", "checked": "yes"}

    page = as_("worker").get(f"/review/records/{flat.pk}/rights/new/").content.decode()
    answer = as_("worker").post(f"/review/records/{flat.pk}/rights/new/", posted)

    assert 'value="access"' in page and 'value="delete"' not in page
    assert answer.status_code == 422
    assert not RightsRequest.objects.exists()
    assert rights.holds(flat, "error") == ["home"]
