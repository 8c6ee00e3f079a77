"""Deletion reaches every store: nothing of the person is in any table, and a backup does not bring them back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from gridapp import registry, sealing
from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.catalogue.models import Target
from gridapp.delivery import deleting, disclosure
from gridapp.delivery.models import Attempt, Delivery, Evidence, Sheet, Status
from gridapp.delivery.plan import plan
from gridapp.org.models import User
from gridapp.registry import objections, rights, search, tombstones
from gridapp.registry.models import (
    Entry,
    Export,
    ExportPart,
    Household,
    Record,
    Reference,
    Residency,
    RightsRequest,
    SavedSearch,
    SetAside,
    Tombstone,
)
from gridapp.registry.rights import Decision
from tests.exporting import made
from tests.review.rights_cast import NEEDLES, send, stored
from tests.setting_aside import collision

Lodged = Callable[..., RightsRequest]


@pytest.fixture
def begun(people: dict[str, User], second_supervisor: User, lodged: Lodged) -> Callable[[], Tombstone]:
    """Two people have agreed to delete the resident."""

    def begin() -> Tombstone:
        row = lodged("delete")
        assert rights.decide(row, Decision("done", "登记错了人，应当删除。", ground="error"), by=people["supervisor"])
        assert deleting.agree(RightsRequest.objects.get(pk=row.pk), agrees=True, by=second_supervisor)
        return Tombstone.objects.get()

    return begin


@pytest.fixture
def everywhere(resident: Record, people: dict[str, User], worker: User, sent: dict[str, Delivery]) -> None:
    """The person in as many stores as there are."""
    collision(worker, resident, phone="13912340009")
    aside = SetAside(entry_id=uuid4(), owner=worker, grid_code=resident.grid_code, kind="resident", action="create")
    aside.made_at, form = timezone.now(), {"form": {"id_number": NEEDLES[0], "name": NEEDLES[2]}, "refusals": []}
    aside.sealed = sealing.seal_json(form, bound_to=aside.bound_to)
    aside.save()
    saved = SavedSearch(owner=people["supervisor"])
    saved.sealed = sealing.seal_json({"name": "找人", "criteria": {"q": NEEDLES[2]}}, bound_to=saved.bound_to)
    saved.save()
    picture = Evidence(delivery=sent["PDA"], version=1)
    picture.sealed = sealing.seal(b"\x89PNG" + NEEDLES[0].encode(), bound_to=picture.bound_to)
    picture.save()
    Reference.objects.create(record=resident, name="JZDJ.DJBH", value=NEEDLES[0], source="JZDJ")
    objections.lodge(
        uuid4(), resident, "phone", "13912340001", source="resident", reason="号码换了", by=worker, contact=NEEDLES[1]
    )
    sheet = Sheet.objects.create(
        target=Target.objects.get(key="PDA"), kind="resident", name="a.xlsx", media_type="x", rows=1, sealed=b"",
        grid_code=resident.grid_code, made_by=people["supervisor"], returned_at=timezone.now(),
    )  # fmt: skip
    sheet.sealed = sealing.seal(NEEDLES[0].encode(), bound_to=sheet.bound_to)
    sheet.save(update_fields=["sealed"])
    send(resident, "PDA", {"name"}, outcome="exported")
    made(people["supervisor"])


def test_the_person_stands_in_many_stores_before(everywhere: None) -> None:
    before = stored()

    for where in ("registry.Record.sealed", "registry.Entry.sealed", "registry.SetAside.sealed", "registry_reference",
                  "delivery.Evidence.sealed", "delivery.Sheet.sealed", "registry.SavedSearch.sealed",
                  "delivery_attempt", "registry.Objection.sealed"):  # fmt: skip
        assert before.get(where), where
    assert ExportPart.objects.exists()


def test_after_deletion_nothing_of_the_person_is_in_any_table(
    resident: Record, everywhere: None, begun: Callable[[], Tombstone], people: dict[str, User]
) -> None:
    for row in objections.seen_by(people["administrator"]):
        objections.step(row, "over", by=people["administrator"])
    begun()
    Delivery.objects.filter(record=resident).update(status=Status.CANCELLED, due_at=None)

    assert deleting.go_on() == 1

    assert stored() == {}
    assert not ExportPart.objects.exists()
    assert Export.objects.get().state == "expired"
    shell = Record.objects.get(pk=resident.pk)
    assert (shell.tokens, shell.identity, shell.grid_code, shell.document()) == ([], None, "", {})


def test_nobody_finds_what_was_deleted(resident: Record, begun: Any, people: dict[str, User], worker: User) -> None:
    begun()
    Delivery.objects.filter(record=resident).update(status=Status.CANCELLED, due_at=None)
    deleting.go_on()

    for user in (worker, people["administrator"], people["supervisor"]):
        assert registry.find(resident.pk, by=user) is None
        assert search.search("测试甲", by=user) == []


def test_which_office_got_which_fields_stays_provable(resident: Record, sent: Any, begun: Any) -> None:
    begun()
    Delivery.objects.filter(record=resident).update(status=Status.CANCELLED, due_at=None)
    deleting.go_on()

    told = {line.one.target.key: line.fields for line in disclosure.of(Record.objects.get(pk=resident.pk))}
    assert told == {"JZDJ": ("id_number", "name", "phone"), "PDA": ("name",)}
    assert {entry.action for entry in Entry.objects.filter(record=resident)} == {"create"}


def test_departments_that_can_close_are_told_and_the_others_are_named(
    resident: Record, sent: dict[str, Delivery], begun: Any
) -> None:
    closing = deleting._closing("resident")

    stone = begun()

    for key, row in sent.items():
        now = Delivery.objects.get(pk=row.pk)
        if row.target_id in closing:
            assert (now.status, now.wanted_digest) == (Status.WAITING, None)
            assert key not in stone.kept_by
        else:
            assert key in stone.kept_by
    untouched = Delivery.objects.filter(record=resident).exclude(pk__in=[row.pk for row in sent.values()])
    assert set(untouched.values_list("status", flat=True)) == {Status.CANCELLED}


def test_a_plan_of_everything_does_not_bring_it_back(resident: Record, sent: Any, begun: Any) -> None:
    from django.db import transaction

    begun()
    before = sorted(Delivery.objects.filter(record=resident).values_list("pk", "status", "generation"))

    with transaction.atomic():
        plan([resident.pk])

    assert sorted(Delivery.objects.filter(record=resident).values_list("pk", "status", "generation")) == before
    Delivery.objects.filter(record=resident).update(status=Status.CANCELLED, due_at=None)
    deleting.go_on()
    with transaction.atomic():
        plan([resident.pk])
    assert set(Delivery.objects.filter(record=resident).values_list("status", flat=True)) == {Status.CANCELLED}


def test_nothing_is_emptied_while_a_department_is_still_to_be_told(resident: Record, sent: Any, begun: Any) -> None:
    assert set(deleting._closing("resident")) & {row.target_id for row in sent.values()}
    begun()

    assert deleting.go_on() == 0
    assert Record.objects.get(pk=resident.pk).document()["name"] == "测试甲"


def test_who_cannot_be_told_in_time_is_named_and_waited_for_no_longer(
    resident: Record, sent: Any, begun: Any, people: dict[str, User]
) -> None:
    stone = begun()
    pending = deleting.untold(resident.pk)
    Tombstone.objects.update(begun_at=timezone.now() - timedelta(days=8))

    assert deleting.go_on() == 1

    assert Tombstone.objects.get().untold == pending
    assert RightsRequest.objects.get(pk=stone.request_id).status == "done"


def test_the_household_of_others_stays_without_them(resident: Record, begun: Any) -> None:
    Residency.objects.filter(resident=resident).update(household=None)
    begun()
    Delivery.objects.filter(record=resident).update(status=Status.CANCELLED, due_at=None)

    deleting.go_on()

    assert not Residency.objects.filter(resident=resident).exists()
    assert not Household.objects.filter(members=None).exists()


def test_the_tombstone_is_written_outside_the_database_without_a_word_of_the_person(
    begun: Any, resident: Record, tombstones: Path, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        begun()

    (line,) = tombstones.read_text().splitlines()
    assert json.loads(line)["record"] == str(resident.pk)
    assert not any(one in line for one in NEEDLES)
    assert tombstones.stat().st_mode & 0o077 == 0
    assert Tombstone.objects.get().file_at is not None


def test_an_older_backup_is_deleted_again(begun: Any, resident: Record, everywhere: None, tombstones: Path) -> None:
    """The database as it was before: the file alone knows of the deletion."""
    from gridapp.registry import tombstones as stones

    for row in objections.seen_by(User.objects.get(username="administrator")):
        objections.step(row, "over", by=User.objects.get(username="administrator"))
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT backup")
    begun()
    stones.write_down()
    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK TO SAVEPOINT backup")
    assert not Tombstone.objects.exists()

    assert stones.apply_tombstones() == 1

    assert stored() == {}
    assert Tombstone.objects.get().purged_at is not None
    assert stones.apply_tombstones() == 0


def test_a_torn_line_of_the_file_stops_nobody(begun: Any, resident: Record, tombstones: Path) -> None:
    from gridapp.registry import tombstones as stones

    begun()
    stones.write_down()
    with tombstones.open("a") as file:
        file.write('{"record": "99')
    Tombstone.objects.all().delete()

    assert stones.apply_tombstones() == 1


def test_each_step_is_noted_without_a_value(begun: Any, resident: Record) -> None:
    begun()
    Delivery.objects.filter(record=resident).update(status=Status.CANCELLED, due_at=None)
    deleting.go_on()

    acts = Note.objects.filter(about=f"record:{resident.pk}").values_list("act", flat=True)
    assert {Act.RECORD_DELETING, Act.RECORD_DELETED} <= set(acts)
    assert not any(one in json.dumps(row.what, ensure_ascii=False) for row in Note.objects.all() for one in NEEDLES)


def test_the_database_holds_no_tombstone_of_one_person_alone(resident: Record, worker: User) -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        Tombstone.objects.create(
            record_id=resident.pk, why="error", by=worker.pk, agreed_by=worker.pk, begun_at=timezone.now()
        )


def test_every_model_that_points_at_a_record_is_reached() -> None:
    """Whoever adds a table about records decides here what deletion does with it."""
    known = {
        "registry.Entry", "registry.Residency", "registry.Household", "registry.Reference", "registry.Attachment",
        "registry.SetAside", "registry.NotSame", "registry.FormerDocument", "registry.Objection",
        "registry.LedgerRow", "registry.RightsRequest", "delivery.Delivery",
    }  # fmt: skip

    pointing = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is Record
    }

    assert pointing == known


def test_attempts_forget_what_departments_said(resident: Record, sent: Any, begun: Any) -> None:
    assert Attempt.objects.exclude(reason="").exists()

    tombstones.bury_one(resident.pk)

    assert not Attempt.objects.filter(delivery__record=resident).exclude(reason="").exists()
