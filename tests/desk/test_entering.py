from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from gridapp.registry.models import Building, Entry, Record

NEW_RESIDENT, NEW_HOUSING = "/entries/new/resident/", "/entries/new/housing/"
Filled = Callable[..., dict[str, Any]]


def test_without_a_home_the_worker_first_chooses_one(desk: Client) -> None:
    response = desk.get(NEW_RESIDENT)

    assert response["Location"] == reverse("desk:choose", args=["resident"])


def test_a_resident_is_saved_and_shown(desk: Client, form_of: Filled) -> None:
    response = desk.post(NEW_RESIDENT, form_of())

    record = Record.objects.get(kind="resident")
    assert response["Location"] == reverse("desk:record", args=[record.id])
    assert "测试甲" in desk.get(response["Location"]).content.decode()


def test_a_flat_is_saved_in_its_building(desk: Client, building: Building, targets: None) -> None:
    posted = {
        "entry_id": str(uuid4()),
        "building": building.code,
        "floor": "4",
        "room_no": "402",
        "housing.house_form": "1",
        "housing.housing_status": "1",
        "housing.owner_type": "1",
        "housing.is_rental": "true",
        "housing.hidden_danger_types": ["01", "02"],
        "housing.hidden_danger_note": "楼道堆放电动车",
    }

    desk.post(NEW_HOUSING, posted)

    record = Record.objects.get(kind="housing")
    assert (record.building, record.floor_no, record.room_no) == (building, 4, "402")
    assert record.document()["housing.hidden_danger_types"] == ["01", "02"]


def test_the_same_form_sent_twice_is_one_entry(desk: Client, form_of: Filled) -> None:
    posted = form_of()

    first, second = desk.post(NEW_RESIDENT, posted), desk.post(NEW_RESIDENT, posted)

    assert first["Location"] == second["Location"]
    assert Entry.objects.filter(record__kind="resident").count() == 1


def test_the_same_form_with_other_content_is_not_saved_again(desk: Client, form_of: Filled) -> None:
    posted = form_of()
    desk.post(NEW_RESIDENT, posted)

    response = desk.post(NEW_RESIDENT, posted | {"phone": "13987654321"})

    assert response.status_code == 422
    assert "这张表刚才已经保存过" in response.content.decode()


def test_saving_for_the_next_person_keeps_the_home(desk: Client, form_of: Filled, flat: Record) -> None:
    response = desk.post(NEW_RESIDENT, form_of(another="yes"))

    record = Record.objects.get(kind="resident")
    assert response["Location"] == f"{NEW_RESIDENT}?housing={flat.id}&after={record.id}"


def test_an_error_keeps_everything_that_was_typed(desk: Client, form_of: Filled) -> None:
    posted = form_of(id_number="990101199202290011", hukou_address="测试路<1>号")

    response = desk.post(NEW_RESIDENT, posted)

    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="990101199202290011"' in page
    assert 'value="13912345678"' in page
    assert 'value="测试甲"' in page
    assert f'value="{posted["entry_id"]}"' in page
    assert not Record.objects.filter(kind="resident").exists()


def test_an_error_says_the_same_words_above_and_beside_the_field(desk: Client, form_of: Filled) -> None:
    response = desk.post(NEW_RESIDENT, form_of(phone="123"))

    page = response.content.decode()
    words = response.context["page"].summary[0].words
    assert f'<a href="#f-phone">{words}</a>' in page
    assert f'<p class="error" id="e-phone">{words}</p>' in page
    assert "<title>有误：" in page


def test_a_missing_name_is_refused_in_plain_words(desk: Client, form_of: Filled) -> None:
    response = desk.post(NEW_RESIDENT, form_of(name=""))

    assert "请填写姓名" in response.content.decode()


def test_odd_input_is_refused_and_never_breaks(desk: Client, form_of: Filled) -> None:
    odd = ["\0", "x" * 100_000, "𠮷" * 60, "<script>", "%s%n", "１３８", "-1", "99999999999999999999"]

    for name in ("id_number", "name", "phone", "residency.start_date", "ethnicity", "hukou_division"):
        for text in odd:
            response = desk.post(NEW_RESIDENT, {**form_of(), name: text})
            assert response.status_code == 422, (name, text[:20])
    assert not Record.objects.filter(kind="resident").exists()


def test_a_broken_entry_id_or_home_is_no_error_of_ours(desk: Client, form_of: Filled) -> None:
    assert desk.post(NEW_RESIDENT, form_of(entry_id="x")).status_code == 302
    assert desk.post(NEW_RESIDENT, form_of(housing="x")).status_code == 422
    assert desk.post(NEW_RESIDENT, form_of(housing=str(uuid4()))).status_code == 422


def test_a_form_larger_than_a_form_can_be_is_refused(desk: Client, form_of: Filled) -> None:
    response = desk.post(NEW_RESIDENT, form_of(name="x" * 1_200_000))

    assert response.status_code in {400, 413}


def test_a_doubt_is_asked_once_and_then_saved(desk: Client, form_of: Filled) -> None:
    posted = form_of(name="甲")

    asked = desk.post(NEW_RESIDENT, posted)
    confirmed = [value for name, value in asked.context["page"].hidden if name == "confirmed"]
    saved = desk.post(NEW_RESIDENT, posted | {"confirmed": confirmed})

    assert asked.status_code == 422
    assert "没有错，保存" in asked.content.decode()
    assert saved.status_code == 302


def test_the_division_chosen_by_name_is_kept_as_its_code(desk: Client, form_of: Filled) -> None:
    desk.post(NEW_RESIDENT, form_of(hukou_division="440305 广东省深圳市南山区"))

    assert Record.objects.get(kind="resident").document()["hukou_division"] == "440305"


def test_the_home_of_another_grid_is_as_good_as_none(client: Client, other_worker: Any, form_of: Filled) -> None:
    client.force_login(other_worker)

    response = client.post(NEW_RESIDENT, form_of())

    assert response.status_code == 422
    assert "芳草园" not in response.content.decode()


def test_an_auditor_reads_and_does_not_enter(client: Client, auditor: Any, flat: Record) -> None:
    client.force_login(auditor)

    assert client.get("/").status_code == 200
    assert client.get(f"{NEW_RESIDENT}?housing={flat.id}").status_code == 403


def test_a_form_that_does_not_exist_is_not_found(desk: Client) -> None:
    assert [desk.post(f"/entries/check/{kind}/").status_code for kind in ("nothing", "move", "close")] == [404] * 3


def test_places_from_the_number_are_offered_until_something_is_typed(desk: Client, form_of: Filled) -> None:
    empty = desk.post("/entries/check/resident/", form_of(hukou_division="")).content.decode()
    typing = desk.post("/entries/check/resident/", form_of(hukou_division="南山")).content.decode()

    assert 'id="found-hukou_division"' in empty
    assert 'id="found-hukou_division"' not in typing
