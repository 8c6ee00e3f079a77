"""What needs the worker, what others see to, what went out today: each part by its own rule, never a row too many."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse_lazy
from django.utils import timezone

from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.submit import submit
from gridapp.desk import work
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry import EntryForm
from gridapp.registry.models import Building, Entry, Record, Residency
from gridapp.registry.refusals import refusal
from tests.arrived import all_arrived
from tests.desk.at_work import all_told, move, part, people, unseen
from tests.desk.cast import GRID, RESIDENT
from tests.setting_aside import collision, kept

pytestmark = pytest.mark.django_db
NEW = "/entries/new/resident/"
WORK = reverse_lazy("desk:work")


@pytest.fixture
def resident(resident: Record) -> Record:
    """A tenant of room 301 with nothing for anybody to do."""
    return all_told(resident)


def test_nothing_to_do_is_said(desk: Client, worker: User) -> None:
    page = desk.get(str(WORK)).content.decode()

    assert "现在没有退回或要补正的" in page
    assert "今天还没有录入" in page
    assert "data-outbox" in page


def test_what_a_department_sent_back_opens_the_form_at_the_field(desk: Client, worker: User, resident: Record) -> None:
    move(resident, "JZDJ", reason="联系电话空号", fields=["phone", "id_number"])
    (row,) = part("returned", worker).rows

    form = desk.get(row.href.partition("#")[0])

    assert row.href == f"/records/{resident.pk}/correct/#f-phone"
    assert row.says == ["居住登记系统：联系电话空号"]
    page = form.content.decode()
    assert "退回的，请改这几项" in page
    assert '<a href="#f-phone">' in page
    assert page.count("联系电话空号") > 2
    assert f'href="{row.href}"' in desk.get(str(WORK)).content.decode()


def test_what_was_put_right_is_told_again_only_where_it_matters(desk: Client, worker: User, resident: Record) -> None:
    rows = all_arrived(resident)
    move(resident, "JZDJ", reason="户籍地址不详", fields=["hukou_address"], held_digest=None, held_version=None)
    before = dict(rows.values_list("target__key", "generation"))
    form = {"entry_id": str(uuid4()), "base_version": "1", "act": "correct", **RESIDENT, "hukou_address": "测试路9号"}

    answer = desk.post(f"/records/{resident.pk}/correct/", form)

    assert answer.status_code == 302
    told = set(rows.exclude(status=Status.DELIVERED).values_list("target__key", flat=True))
    after = dict(rows.values_list("target__key", "generation"))
    assert "JZDJ" in told
    assert told < set(before)
    assert {key: after[key] - before[key] for key in after} == {key: int(key in told) for key in after}


def test_several_systems_that_send_one_record_back_are_one_line(worker: User, resident: Record) -> None:
    move(resident, "JZDJ", reason="联系电话空号", fields=["phone"])
    move(resident, "WG", reason="姓名与证件不符", fields=["name"])

    found = part("returned", worker)

    assert (found.count, len(found.rows), len(found.rows[0].says)) == (1, 1, 2)


def test_what_is_missing_is_told_apart_from_what_was_sent_back(worker: User, resident: Record) -> None:
    move(resident, "JZDJ", reason_code="incomplete", reason="", fields=["hukou_type", "education"])

    assert part("returned", worker).count == 0
    (row,) = part("missing", worker).rows
    assert row.href == f"/records/{resident.pk}/correct/#f-hukou_type"
    assert row.says == ["还缺：户口性质、学历", "填不了：居住登记系统"]


def test_what_has_no_place_on_the_form_is_shown_on_the_record(worker: User, resident: Record) -> None:
    move(resident, "JZDJ", reason="请上传照片", fields=["attachment.face_photo"])

    (row,) = part("returned", worker).rows

    assert row.href == f"/records/{resident.pk}/#deliveries"


@pytest.mark.parametrize("status", [Status.FAILED, Status.UNCERTAIN, Status.MANUAL, Status.CONFLICT])
def test_what_others_see_to_is_one_line_without_anything_to_press(
    desk: Client, worker: User, resident: Record, status: str
) -> None:
    move(resident, "JZDJ", status, reason="对方系统拒绝了我们的账号")

    page = desk.get(str(WORK)).content.decode()

    assert "不用您操作" in page
    assert "对方系统拒绝了我们的账号" not in page
    assert work.waiting(worker) == 0


@pytest.mark.parametrize("status", [Status.WAITING, Status.DELIVERED, Status.CANCELLED])
def test_what_goes_its_way_needs_nobody(worker: User, resident: Record, status: str) -> None:
    move(resident, "JZDJ", status, due_at=timezone.now() if status == Status.WAITING else None)

    assert [part(key, worker).count for key in ("returned", "missing", "stale")] == [0, 0, 0]
    assert work.others(worker) == 0


def test_another_grid_sees_nothing_of_it(other_worker: User, worker: User, resident: Record) -> None:
    move(resident, "JZDJ", reason="联系电话空号", fields=["phone"])
    unseen(resident, 200)
    kept(worker, NEW, {}, grid_code=GRID)
    collision(worker, resident, phone="13912349999")

    assert {key: part(key, other_worker).count for key in work.PARTS} == dict.fromkeys(work.PARTS, 0)
    assert work.waiting(other_worker) == 0


def test_what_came_from_my_tablet_is_opened_and_a_conflict_is_only_told(
    desk: Client, worker: User, resident: Record
) -> None:
    aside = kept(worker, NEW, {"name": "甲"}, grid_code=GRID, refusals=[refusal("phone", "missing")])
    met = collision(worker, resident, phone="13912349999")

    mine, told = part("aside", worker), part("conflicts", worker)
    page = desk.get(str(WORK)).content.decode()

    assert [(row.title, row.href) for row in mine.rows] == [("新的居民 甲**", f"/set-aside/{aside.pk}/")]
    assert mine.rows[0].says == ["联系方式(手机)"]
    assert [row.href for row in told.rows] == [""]
    assert "等督导决定" in page
    assert f"/set-aside/{met.pk}/" not in page
    assert work.waiting(worker) == 1


def test_homes_not_seen_for_long_come_longest_first(worker: User, flat: Record, building: Building) -> None:
    fields = {
        "housing.house_form": "1", "housing.housing_status": "1", "housing.owner_type": "1",
        "housing.is_rental": "true", "housing.building_code": building.code, "housing.floor_no": 4,
    }  # fmt: skip
    homes = [flat]
    for room_no in ("401", "402", "403"):
        form = EntryForm(uuid4(), Record.Kind.HOUSING, Entry.Action.CREATE, GRID, fields | {"housing.room_no": room_no})
        homes.append(submit(form, by=worker).record)
    for home, days in zip(homes, (91, 300, 89, 120), strict=True):
        (one, other) = people(worker, home, 2)
        unseen(one, days)
        unseen(other, 1)

    found = part("stale", worker)

    assert [row.title.split()[-1] for row in found.rows] == ["401", "403", "301"]
    assert found.rows[0].says == ["住 2 人，300 天没有核实"]
    assert found.rows[0].href == f"/records/{homes[1].pk}/"


def test_who_moved_out_or_a_home_of_nobody_is_not_stale(worker: User, resident: Record) -> None:
    unseen(resident, 300)
    Residency.objects.update(is_open=False)

    assert part("stale", worker).count == 0


def test_who_oversees_an_area_visits_nobody(areas: dict[str, Area], resident: Record) -> None:
    unseen(resident, 300)
    above = create_account("above", name="赵督", role=Role.SUPERVISOR, areas=[areas["990101001"]])

    assert part("stale", above).count == 0


def test_what_i_entered_today_is_counted_by_its_systems(worker: User, resident: Record, flat: Record) -> None:
    Entry.objects.filter(record=flat).update(received_at=timezone.now() - timedelta(days=1))
    Delivery.objects.filter(record=resident).update(status=Status.DELIVERED, due_at=None, hold="", waits_for="")
    move(resident, "JZDJ", reason="联系电话空号")

    found = part("today", worker)

    assert found.count == 1
    (row,) = found.rows
    assert row.counts is not None
    assert (row.counts.mine, row.counts.moving) == (1, 0)
    assert row.counts.done == Delivery.objects.filter(record=resident, status=Status.DELIVERED).count()
