"""The supervisors' first page and the list to talk over: who sees them, what they say, and whose numbers those are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.delivery import counts_folding
from gridapp.delivery.models import Delivery, Status
from gridapp.delivery.submit import submit
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry import EntryForm
from gridapp.registry.models import Building, Entry, Record
from tests.desk.cast import GRID, HOUSING, OTHER_GRID

As = Callable[..., Client]
PAGES = ["/review/", "/review/returned/"]
CHINESE = re.compile("[一-龥]+")
NAMES = re.compile(r"中文|测试\S*|王秀英|芳草园|陈审|\d+号|\d+栋|\d+单元|\d+室|电话为空号")


def figures(page: str) -> dict[str, str]:
    """Name -> number, of the three tiles and the indicators."""
    return dict(re.findall(r'data-figure="([\w-]+)"[^>]*>([^<]*)<', page))


def returned(row: Delivery, *, days: int, reason: str = "电话为空号") -> None:
    Delivery.objects.filter(pk=row.pk).update(
        status=Status.RETURNED, due_at=None, hold="", waits_for="", reason_code="3102", reason=reason,
        changed_at=timezone.now() - timedelta(days=days),
    )  # fmt: skip


@pytest.fixture
def rows(resident: Record, people: dict[str, User]) -> list[Delivery]:
    """The resident's deliveries in the order of the systems; all there are wait for the systems to open."""
    Delivery.objects.update(status=Status.HELD, hold="window", waits_for="", due_at=None, reason_code="", fields=[])
    return list(Delivery.objects.filter(record=resident).order_by("target__position"))


@pytest.fixture
def next_door(areas: dict[str, Area], other_worker: User, targets: None) -> Record:
    """A flat of the other grid."""
    building = Building.objects.create(
        code="9901010010020000001", grid_code=OTHER_GRID, road="测试路", door_no="14号", longitude="113", latitude="22"
    )
    fields = HOUSING | {"housing.building_code": building.code, "housing.floor_no": 3, "housing.room_no": "301"}
    return submit(
        EntryForm(uuid4(), Record.Kind.HOUSING, Entry.Action.CREATE, OTHER_GRID, fields), by=other_worker
    ).record


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("role", "status"),
    [("worker", 403), ("officer", 403), ("supervisor", 200), ("administrator", 200), ("auditor", 200)],
)
def test_who_sees_it(path: str, role: str, status: int, as_: As, resident: Record) -> None:
    assert as_(role).get(path).status_code == status


@pytest.mark.parametrize("path", PAGES)
def test_it_is_complete_in_english(path: str, as_: As, rows: list[Delivery]) -> None:
    returned(rows[0], days=9)

    page = as_("administrator", language="en").get(path).content.decode()

    assert 'lang="en"' in page
    assert CHINESE.findall(NAMES.sub("", re.sub(r"<[^>]+>", "\n", page))) == []


def test_it_says_what_arrived_what_is_stuck_and_what_was_reached(as_: As, rows: list[Delivery]) -> None:
    returned(rows[0], days=0)
    returned(rows[1], days=2)
    returned(rows[2], days=9)

    seen = figures(as_("supervisor").get("/review/").content.decode())

    assert (seen["entered"], seen["residents"], seen["homes"], seen["fresh"]) == ("2", "1", "1", "100%")
    assert (seen["returned-0"], seen["returned-1"], seen["returned-2"]) == ("1", "1", "1")
    assert int(seen["under-way"]) == int(seen["window"]) == Delivery.objects.count() - 3
    assert (seen["half"], seen["first-pass"], seen["able"]) == ("—", "—", "50%")
    assert set(seen) >= {"conflict", "manual", "uncertain", "failed", "window", "dependency", "delivered", "saved"}


def test_numbers_are_the_same_folded_or_not(as_: As, rows: list[Delivery]) -> None:
    client = as_("supervisor")
    before = figures(client.get("/review/").content.decode())

    counts_folding.fold()

    assert figures(client.get("/review/").content.decode()) == before


@pytest.mark.parametrize("path", PAGES)
def test_an_area_never_shows_or_counts_anothers(
    path: str, areas: dict[str, Area], rows: list[Delivery], next_door: Record
) -> None:
    stranger = create_account("stranger", name="测试", role=Role.SUPERVISOR, areas=[areas[OTHER_GRID]])
    client = Client()
    client.force_login(stranger)
    before = shown(client, path)

    for row in rows:
        returned(row, days=9)
    worker = User.objects.get(username="worker")
    told = {"phone": "13912340002"}
    correction = EntryForm(uuid4(), Record.Kind.RESIDENT, Entry.Action.CORRECT, GRID, told, rows[0].record_id)
    submit(correction, by=worker)

    assert shown(client, path) == before
    assert "测试甲" not in before and GRID not in before


def shown(client: Client, path: str) -> str:
    """A page without what is new each time it is asked for."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", client.get(path).content.decode())


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("area", ["990102", GRID, "nothing", "99010100100100100"])
def test_an_area_of_somebody_else_is_not_there(
    path: str, area: str, areas: dict[str, Area], people: dict[str, User]
) -> None:
    stranger = create_account("stranger", name="测试", role=Role.SUPERVISOR, areas=[areas[OTHER_GRID]])
    client = Client()
    client.force_login(stranger)

    assert client.get(f"{path}?area={area}").status_code == 404


def test_the_way_down_leads_from_the_district_to_the_grid(as_: As, rows: list[Delivery], next_door: Record) -> None:
    client = as_("administrator")
    Area.objects.create(code="990101001001", name="第一社区", name_en="First")
    Area.objects.create(code="990101001002", name="第二社区", name_en="Second")

    def inside(area: str) -> list[str]:
        return re.findall(r'data-area="(\d+)"', client.get(f"/review/?area={area}").content.decode())

    assert inside("") == ["990101001"]
    assert inside("990101001") == ["990101001001", "990101001002"]
    assert inside("990101001001") == [GRID]
    page = client.get(f"/review/?area={GRID}").content.decode()
    assert "data-area" not in page
    assert re.findall(r'class="crumb" href="\?period=today&amp;area=(\d+)"', page) == [
        "990101",
        "990101001",
        "990101001001",
    ]
    assert figures(page)["homes"] == "1"


def test_somebody_with_two_areas_sees_them_side_by_side(
    areas: dict[str, Area], rows: list[Delivery], next_door: Record
) -> None:
    both = create_account("both", name="测试", role=Role.SUPERVISOR, areas=[areas[GRID], areas[OTHER_GRID]])
    client = Client()
    client.force_login(both)

    page = client.get("/review/").content.decode()

    assert re.findall(r'data-area="(\d+)"', page) == [GRID, OTHER_GRID]
    assert figures(page)["homes"] == "2"


@pytest.mark.parametrize("period", ["today", "week", "month", "nonsense"])
def test_a_period_is_chosen(period: str, as_: As, rows: list[Delivery]) -> None:
    page = as_("supervisor").get(f"/review/?period={period}").content.decode()

    wanted = period if period != "nonsense" else "today"
    assert re.search(rf'href="\?period={wanted}&amp;area=990101001" aria-current="true"', page)
    assert figures(page)["entered"] == "2"
    assert len(re.findall(r'<th scope="row">\d\d-\d\d</th>', page)) == (30 if period == "month" else 14)


def test_the_page_asks_again_for_its_numbers_and_for_nothing_else(as_: As, rows: list[Delivery]) -> None:
    part = as_("supervisor").get("/review/", headers={"hx-request": "true"}).content.decode()

    assert part.lstrip().startswith('<div class="board" id="board" hx-get="/review/?period=today&amp;area=990101001"')
    assert "<html" not in part and 'data-figure="able"' not in part


def test_how_long_a_lane_waits_is_for_who_runs_it(as_: As, rows: list[Delivery]) -> None:
    Delivery.objects.filter(pk=rows[0].pk).update(
        status="waiting", hold="", waits_for="", due_at=timezone.now() - timedelta(hours=1)
    )

    assert "等起" in as_("administrator").get("/review/").content.decode()
    assert "等起" not in as_("supervisor").get("/review/").content.decode()


@pytest.mark.parametrize(
    ("path", "statements"),
    [
        ("/review/", 17),  # one of them counts what residents have asked for and when it is due
        (f"/review/?period=month&area={GRID}", 17),
        ("/review/returned/", 7),
        (f"/review/returned/?area={GRID}", 8),
    ],
)
def test_it_asks_the_database_as_often_for_much_as_for_little(
    path: str, statements: int, as_: As, rows: list[Delivery], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_("supervisor")
    client.get(path)
    with django_assert_num_queries(statements):
        client.get(path)

    for row in rows:
        returned(row, days=9)
    counts_folding.fold()

    with django_assert_num_queries(statements):
        client.get(path)


def test_what_is_talked_over_is_old_by_system_and_cause(as_: As, rows: list[Delivery]) -> None:
    returned(rows[0], days=9)
    returned(rows[1], days=5, reason="地址不存在")
    returned(rows[2], days=1)
    client = as_("supervisor")

    def listed(query: str = "") -> list[int]:
        return [
            int(found)
            for found in re.findall(r'data-delivery="(\d+)"', client.get(f"/review/returned/{query}").content.decode())
        ]

    assert listed() == [rows[0].pk, rows[1].pk]
    assert listed("?days=7") == [rows[0].pk]
    assert listed("?days=30") == []
    assert listed("?days=2") == listed("?days=x") == listed()
    page = client.get("/review/returned/").content.decode()
    assert page.index("电话为空号") < page.index("地址不存在")
    assert "测试甲" in page


def test_a_long_list_says_that_it_goes_on(as_: As, rows: list[Delivery], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridapp.review.dashboard_returned.LISTED", 1)
    for row in rows[:2]:
        returned(row, days=9)

    assert "只列出最早的 1 条" in as_("supervisor").get("/review/returned/").content.decode()


def test_supervisors_are_led_there_and_workers_are_not(as_: As, resident: Record) -> None:
    assert 'href="/review/"' in as_("supervisor").get("/review/conflicts/").content.decode()
    assert 'href="/review/"' not in as_("worker").get("/review/targets/").content.decode()
