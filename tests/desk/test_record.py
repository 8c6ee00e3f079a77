from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.catalogue.models import Target
from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record


def page_of(client: Client, record: Record, part: str = "") -> str:
    return client.get(f"/records/{record.id}/{part}").content.decode()


def test_the_page_shows_values_in_words_and_masks_what_is_not_for_every_eye(desk: Client, resident: Record) -> None:
    page = page_of(desk, resident)

    assert "汉族" in page
    assert "广东省深圳市南山区" in page
    assert "139****5678" in page
    assert "13912345678" not in page
    assert "990101199202290010" not in page


def test_a_record_of_another_grid_is_not_found(client: Client, other_worker: User, resident: Record) -> None:
    client.force_login(other_worker)
    pages = ["", "deliveries/", "correct/", "move/", "move-out/"]

    assert [client.get(f"/records/{resident.id}/{part}").status_code for part in pages] == [404] * 5
    assert client.post(f"/records/{resident.id}/verify/").status_code == 404
    assert client.post("/entries/check/resident/", {"record": str(resident.id)}).status_code == 404


def test_a_record_that_does_not_exist_is_not_found(desk: Client) -> None:
    response = desk.get(f"/records/{uuid4()}/")

    assert response.status_code == 404
    assert "没有找到" in response.content.decode()


def test_each_delivery_says_in_words_where_it_stands_and_whose_move_it_is(desk: Client, flat: Record) -> None:
    Delivery.objects.filter(target__key="GXPT").delete()
    Target.objects.filter(key="GXPT").update(enabled=False)

    page = page_of(desk, flat)

    assert "房屋编码系统" in page
    assert "待推送" in page
    assert "系统自动处理" in page
    assert "还没有接入" in page


def test_a_returned_delivery_links_to_the_field_to_fix(desk: Client, resident: Record) -> None:
    page = page_of(desk, resident)

    assert f"/records/{resident.id}/correct/#f-education" in page


def test_the_deliveries_look_again_while_something_moves(desk: Client, flat: Record) -> None:
    Delivery.objects.exclude(status=Status.WAITING).delete()

    page = page_of(desk, flat, "deliveries/")

    assert 'hx-trigger="load delay:1s, again"' in page
    assert "hx-on" not in page


def test_the_pauses_grow_while_nothing_changes(desk: Client, flat: Record) -> None:
    seen = page_of(desk, flat, "deliveries/").partition("seen=")[2].partition('"')[0]

    assert "load delay:2s" in page_of(desk, flat, f"deliveries/?step=2&seen={seen}")
    assert "load delay:15s" in page_of(desk, flat, f"deliveries/?step=30&seen={seen}")
    assert "load delay:1s" in page_of(desk, flat, "deliveries/?step=30&seen=before")


def test_the_page_stops_looking_when_nothing_moves(desk: Client, flat: Record) -> None:
    Delivery.objects.filter(record=flat).update(status=Status.DELIVERED, due_at=None, hold="", reference="R-1")

    page = page_of(desk, flat, "deliveries/")

    assert "hx-trigger" not in page
    assert "回执号" in page


@pytest.mark.parametrize("odd", ["step=x", "step=-5", "step=99999999", "seen=" + "x" * 3000])
def test_odd_addresses_do_no_harm(desk: Client, flat: Record, odd: str) -> None:
    assert desk.get(f"/records/{flat.id}/deliveries/?{odd}").status_code == 200


def test_one_tap_confirms_that_nothing_changed(desk: Client, resident: Record) -> None:
    entry_id = str(uuid4())

    first = desk.post(f"/records/{resident.id}/verify/", {"entry_id": entry_id})
    desk.post(f"/records/{resident.id}/verify/", {"entry_id": entry_id})

    assert first["Location"] == f"/records/{resident.id}/"
    assert Entry.objects.filter(record=resident, action="verify").count() == 1


def test_a_confirmation_that_is_refused_says_why(desk: Client, resident: Record) -> None:
    resident.residencies.update(is_open=False)
    Record.objects.filter(pk=resident.pk).update(closed_at=timezone.now())

    page = desk.post(f"/records/{resident.id}/verify/", {"entry_id": str(uuid4())}, follow=True).content.decode()

    assert "banner bad error" in page
    assert "已注销" in page


def test_a_correction_shows_what_is_known_and_keeps_what_is_masked(desk: Client, resident: Record) -> None:
    page = page_of(desk, resident, "correct/")

    assert 'value="测试甲"' in page
    assert 'value="440305 广东省深圳市南山区"' in page
    assert "139****5678" in page
    assert "13912345678" not in page


def test_a_correction_changes_only_what_was_typed(desk: Client, resident: Record) -> None:
    posted = {
        "entry_id": str(uuid4()),
        "base_version": "1",
        "act": "correct",
        "name": "测试丙",
        "phone": "",
        "id_number": "",
    }

    response = desk.post(f"/records/{resident.id}/correct/", posted)

    assert response.status_code == 302
    resident.refresh_from_db()
    document = resident.document()
    assert (document["name"], document["phone"]) == ("测试丙", "13912345678")
    assert Entry.objects.filter(record=resident).last().action == "correct"  # type: ignore[union-attr]


def test_a_change_of_circumstances_is_filed_as_one(desk: Client, resident: Record) -> None:
    desk.post(f"/records/{resident.id}/correct/", {"entry_id": str(uuid4()), "act": "change", "phone": "13987654321"})

    assert Entry.objects.filter(record=resident, action="change").exists()


def test_moving_out_asks_when_and_why(desk: Client, resident: Record) -> None:
    refused = desk.post(f"/records/{resident.id}/move-out/", {"entry_id": str(uuid4()), "residency.end_date": ""})
    posted = {"entry_id": str(uuid4()), "residency.end_date": "20240601", "residency.end_reason": "2"}
    accepted = desk.post(f"/records/{resident.id}/move-out/", posted)

    assert refused.status_code == 422
    assert accepted.status_code == 302
    assert not resident.residencies.filter(is_open=True).exists()


def test_moving_first_chooses_the_new_home(desk: Client, resident: Record) -> None:
    assert "选新住处" in page_of(desk, resident, "move/")


def test_the_flat_names_who_lives_there(desk: Client, flat: Record, resident: Record) -> None:
    page = page_of(desk, flat)

    assert f'href="/records/{resident.id}/"' in page


def test_the_record_page_asks_the_database_a_fixed_number_of_times(
    desk: Client, flat: Record, resident: Record, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    desk.get(f"/records/{resident.id}/")

    with django_assert_max_num_queries(25):
        desk.get(f"/records/{resident.id}/")
    with django_assert_max_num_queries(25):
        desk.get(f"/records/{flat.id}/")


def test_a_room_number_entered_wrong_is_put_right(desk: Client, flat: Record) -> None:
    form = page_of(desk, flat, "correct/")
    desk.post(f"/records/{flat.id}/correct/", {"entry_id": str(uuid4()), "housing.room_no": "301A"})

    flat.refresh_from_db()
    assert 'name="housing.room_no" value="301"' in form
    assert flat.room_no == "301A"


def test_the_form_says_which_system_sent_the_value_back_and_why(desk: Client, resident: Record) -> None:
    refuse(resident, "WG", fields=["phone"], reason="联系电话为空号")

    form = page_of(desk, resident, "correct/")

    assert '<p class="doubt">网格系统(综治)：联系电话为空号</p>' in form


def test_what_the_form_does_not_ask_goes_to_the_supervisor(desk: Client, flat: Record) -> None:
    refuse(flat, "FWBM", fields=["housing.building_no"], reason="楼栋不存在")

    assert "这一项不能在这里改，请报告督导。" in page_of(desk, flat)


def test_a_refusal_that_names_no_field_leads_to_the_form(desk: Client, flat: Record) -> None:
    refuse(flat, "FWBM", fields=[], reason="数据有误")

    assert f'<a class="fix" href="/records/{flat.id}/correct/">去改</a>' in page_of(desk, flat)


def test_a_right_name_that_a_system_cannot_take_is_not_offered_for_change(desk: Client, resident: Record) -> None:
    refuse(resident, "PDA", fields=["name"], reason="含GBK字符集以外的字")
    Delivery.objects.filter(record=resident, target__key="PDA").update(status=Status.MANUAL)

    page = page_of(desk, resident)

    assert "含GBK字符集以外的字" in page
    assert "/correct/#f-name" not in page


@pytest.mark.parametrize(
    ("outcome", "code", "reason", "said"),
    [
        ("unavailable", "unavailable", "连不上对方", "没有连上对方 · 第"),
        ("rejected", "3102", "联系电话为空号", "对方退回 · 联系电话为空号 (3102) · 第"),
        ("broken", "connector", "连接程序出错", "我们的程序出错 · 连接程序出错 · 第"),
    ],
)
def test_a_try_is_told_in_words_with_the_code_of_the_department_alone(
    desk: Client, flat: Record, outcome: str, code: str, reason: str, said: str
) -> None:
    delivery = Delivery.objects.get(record=flat, target__key="FWBM")
    now = timezone.now()
    told = {"action": "create", "outcome": outcome, "code": code, "reason": reason}
    Attempt.objects.create(delivery=delivery, version=1, generation=1, started_at=now, finished_at=now, **told)

    assert said in page_of(desk, flat)


def refuse(record: Record, target: str, *, fields: list[str], reason: str) -> None:
    """As if the department had sent it back."""
    Delivery.objects.filter(record=record, target__key=target).update(
        status=Status.RETURNED, hold="", waits_for="", due_at=None, reason_code="1", reason=reason, fields=fields
    )
