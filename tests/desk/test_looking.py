from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gridapp.delivery.models import Delivery, Status
from gridapp.desk import divisions
from gridapp.org.models import Role, User
from gridapp.registry.models import Building, Record
from tests.factories import UserFactory

Filled = Callable[..., dict[str, Any]]


def queries_of(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        client.get(path)
    return len(seen)


def test_home_lists_what_i_entered_and_what_waits_for_me(desk: Client, resident: Record) -> None:
    page = desk.get("/").content.decode()

    assert "测试甲" in page
    assert "需要您处理" in page
    assert "需处理" in page


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.SUPERVISOR, Status.CONFLICT),
        (Role.SUPERVISOR, Status.MANUAL),
        (Role.SUPERVISOR, Status.UNCERTAIN),
        (Role.ADMINISTRATOR, Status.FAILED),
    ],
)
def test_home_names_what_waits_for_each_role(client: Client, flat: Record, role: str, status: str) -> None:
    Delivery.objects.filter(record=flat, target__key="FWBM").update(status=status, hold="", due_at=None)
    client.force_login(UserFactory.create(username="somebody", role=role, areas=["990101"]))

    page = client.get("/").content.decode()

    assert "需要您处理" in page
    assert f"{Status(status).label} 1" in page


def test_what_waits_for_two_reasons_is_two_lines(client: Client, flat: Record) -> None:
    for key, status in (("FWBM", Status.CONFLICT), ("WG", Status.MANUAL)):
        Delivery.objects.filter(record=flat, target__key=key).update(status=status, hold="", waits_for="", due_at=None)
    client.force_login(UserFactory.create(username="somebody", role=Role.SUPERVISOR, areas=["990101"]))

    page = client.get("/").content.decode()

    assert f"{Status.CONFLICT.label} 1" in page
    assert f"{Status.MANUAL.label} 1" in page


def test_nothing_waits_for_those_who_only_read(client: Client, auditor: User, resident: Record) -> None:
    Delivery.objects.filter(record=resident, target__key="WG").update(
        status=Status.MANUAL, hold="", waits_for="", due_at=None
    )
    client.force_login(auditor)

    page = client.get("/").content.decode()
    searched = client.post("/search/", {"q": "没有这人"}).content.decode()

    assert "需要您处理" not in page
    assert "我最近录入的" not in page
    assert "请您修改" not in client.get(f"/records/{resident.id}/").content.decode()
    assert "下面的按钮" not in searched


def test_an_officer_is_led_to_their_systems_and_looks_up_no_record(client: Client, resident: Record) -> None:
    client.force_login(UserFactory.create(username="somebody", role=Role.OFFICER, areas=["990101"]))

    assert client.get("/")["Location"] == "/review/targets/"
    pages = [f"/records/{resident.id}/", f"/records/{resident.id}/deliveries/", "/door/?c=1"]
    assert [client.get(path).status_code for path in pages] == [403, 403, 403]
    assert [client.post(path, {"q": "测试甲"}).status_code for path in ("/search/", "/scan/")] == [403, 403]


def test_home_asks_the_database_as_often_for_one_entry_as_for_many(desk: Client, form_of: Filled) -> None:
    desk.post("/entries/new/resident/", form_of())
    before = queries_of(desk, "/")

    for number in ("990101199202290029", "99010119380815004X"):
        assert desk.post("/entries/new/resident/", form_of(id_number=number)).status_code == 302

    assert queries_of(desk, "/") == before


def test_a_child_is_listed_by_family_name_alone(desk: Client, form_of: Filled) -> None:
    desk.post("/entries/new/resident/", form_of(id_number="99010120190601003X", residency__start_date="20190701"))

    page = desk.get("/").content.decode()

    assert "测**" in page
    assert "测试甲" not in page


@pytest.mark.parametrize("query", ["测试甲", "csj", "0010", "5678", "301"])
def test_search_finds_by_name_initials_numbers_and_room(desk: Client, resident: Record, query: str) -> None:
    response = desk.post("/search/", {"q": query}, headers={"hx-request": "true"})

    page = response.content.decode()
    assert "/records/" in page
    assert "<html" not in page


def test_search_works_as_a_page_without_script(desk: Client, resident: Record) -> None:
    page = desk.post("/search/", {"q": "测试甲"}).content.decode()

    assert "<html" in page
    assert f"/records/{resident.id}/" in page


def test_search_stays_inside_the_grid(client: Client, other_worker: User, resident: Record) -> None:
    client.force_login(other_worker)

    page = client.post("/search/", {"q": "测试甲"}).content.decode()

    assert "没有找到" in page


@pytest.mark.parametrize("query", ["\0", "%", "'", " ", "x" * 5000, "🀄"])
def test_an_odd_search_finds_nothing_and_does_not_break(desk: Client, resident: Record, query: str) -> None:
    assert desk.post("/search/", {"q": query}).status_code == 200


def test_a_room_is_chosen_in_three_steps(desk: Client, flat: Record, building: Building) -> None:
    start = "/entries/choose/resident/"

    assert "芳草园" in desk.get(start).content.decode()
    assert "3 层" in desk.get(f"{start}?building={building.code}").content.decode()
    last = desk.get(f"{start}?building={building.code}&floor=3").content.decode()
    assert f"/entries/new/resident/?housing={flat.id}" in last


def test_a_building_of_another_grid_is_not_offered(client: Client, other_worker: User, building: Building) -> None:
    client.force_login(other_worker)

    assert "芳草园" not in client.get("/entries/choose/resident/").content.decode()
    assert "芳草园" not in client.get(f"/entries/choose/resident/?building={building.code}&floor=3").content.decode()


@pytest.mark.parametrize("odd", ["building=%00", "floor=x", "building=9901010010010000001&floor=999999999", "q=%00%25"])
def test_odd_steps_do_no_harm(desk: Client, building: Building, odd: str) -> None:
    assert desk.get(f"/entries/choose/resident/?{odd}").status_code == 200


def test_a_purpose_nobody_has_is_not_found(desk: Client) -> None:
    assert desk.get("/entries/choose/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("440305", "440305"),
        ("南山区", "440305"),
        ("gdsszsnsq", "440305"),
        ("gdszns", "440305"),
        ("深圳南山", "440305"),
        ("nanshan", "440305"),
        ("shenzhennanshan", "440305"),
        ("宝安县", "440306"),
        ("440321", "440306"),
        ("秀城区", "330402"),
        ("110103", "110103"),
        ("测试", "990101"),
        ("没有这个地方", None),
        ("", None),
    ],
)
def test_divisions_are_found_by_code_name_and_initials(text: str, first: str | None) -> None:
    found = [one.code for one in divisions.search(text)]

    assert (found[0] if found else None) == first


def test_the_page_of_complaints_needs_no_session(client: Client, db: None) -> None:
    assert client.get("/complaints/").status_code == 200


NAMES = (
    "测试省测试区",
    "广东省深圳市南山区",
    "测试路12号芳草园3栋2单元",
    "301室",
    "测试路",
    "测试甲",
    "王秀英",
    "中文",
)
"""Chinese that stands on English pages: names of people and places, and of the language itself."""


def test_pages_are_complete_in_english(desk: Client, resident: Record, flat: Record, building: Building) -> None:
    desk.cookies["django_language"] = "en"
    paths = (
        "/",
        "/complaints/",
        "/nothing/",
        "/entries/choose/resident/",
        f"/entries/choose/resident/?building={building.code}&floor=3",
        f"/entries/new/resident/?housing={flat.id}",
        f"/entries/new/housing/?building={building.code}&floor=4&room_no=402",
        f"/records/{flat.id}/",
        f"/records/{resident.id}/",
        f"/records/{resident.id}/correct/",
        f"/records/{resident.id}/move/",
        f"/records/{resident.id}/move-out/",
    )

    for path in paths:
        assert chinese_in(desk.get(path).content.decode()) == [], path


def chinese_in(page: str) -> list[str]:
    for name in NAMES:
        page = page.replace(name, "")
    page = re.sub(r' data-(fill|also)="[^"]*"', "", page)  # what a tap writes is kept in Chinese, whoever taps
    return re.findall("[\u4e00-\u9fff][^<>\\n]*", page)
