"""Searching as a supervisor: every filter, only one's own areas, page after page, and what is kept of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.delivery.models import Delivery, Status
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Record, SavedSearch
from gridapp.review import search, search_lines
from gridapp.review.search import Criteria
from tests import factories

As = Callable[..., Client]
SOMETHING = "6f2f4f0e000040008000000000000000"
PAGE = "/review/search/"


def found(client: Client, address: str = PAGE, **asked: str) -> list[Record]:
    response = client.post(address, asked) if address == PAGE else client.get(address)
    assert response.status_code == 200
    return [line.record for line in response.context["lines"]]


@pytest.fixture
def returned(resident: Record) -> Delivery:
    """The register sent the resident back two days ago, and nobody else anything."""
    Delivery.objects.filter(status=Status.RETURNED).update(status=Status.DELIVERED)
    rows = Delivery.objects.filter(record=resident, target__key="JZDJ")
    rows.update(status=Status.RETURNED, due_at=None, hold="", waits_for="", changed_at=timezone.now() - timedelta(2))
    return rows.get()


@pytest.mark.usefixtures("returned")
@pytest.mark.parametrize(
    ("asked", "a_person", "a_home"),
    [
        ({"q": "没有这个人"}, False, False),
        ({"q": "?"}, False, False),
        ({"area": "990101001002"}, False, False),
        ({"state": "closed"}, False, False),
        ({"status": "conflict"}, False, False),
        ({"target": "NONE"}, False, False),
        ({"status": "returned", "target": "WG"}, False, False),
        ({"status": "returned", "age": "3"}, False, False),
        ({"age": "3"}, False, False),
        ({"stale": "30"}, False, False),
        ({"kind": "resident", "rental": "no"}, False, False),
        ({"rental": "no"}, False, False),
        ({"target": "FWBM", "kind": "resident"}, False, False),
        ({}, True, True),
        (
            {"kind": "nonsense", "status": "nonsense", "age": "-1", "stale": "x", "area": "%", "after": "1.2.3"},
            True,
            True,
        ),
        ({"q": "测试甲"}, True, False),
        ({"q": "csj"}, True, False),
        ({"q": "0010"}, True, False),
        ({"q": "芳草园3栋301"}, False, True),
        ({"area": "990101001001"}, True, True),
        ({"kind": "resident"}, True, False),
        ({"kind": "housing"}, False, True),
        ({"status": "returned"}, True, False),
        ({"status": "returned", "target": "JZDJ"}, True, False),
        ({"status": "returned", "age": "1"}, True, False),
        ({"age": "1"}, True, False),
        ({"target": "JZDJ"}, True, False),
        ({"target": "FWBM"}, False, True),
        ({"rental": "yes"}, False, True),
        ({"kind": "resident", "rental": "yes"}, True, False),
    ],
)
def test_a_filter_finds_what_fits(
    asked: dict[str, str], a_person: bool, a_home: bool, as_: As, resident: Record, flat: Record
) -> None:
    wanted = ({resident.pk} if a_person else set()) | ({flat.pk} if a_home else set())

    assert {row.pk for row in found(as_("supervisor"), **asked)} == wanted


def test_what_was_not_verified_for_long_stands_with_the_longest_first(as_: As, resident: Record, flat: Record) -> None:
    for row, days in ((resident, 100), (flat, 200)):
        Record.objects.filter(pk=row.pk).update(verified_at=timezone.now() - timedelta(days=days))
    client = as_("supervisor")

    assert [row.pk for row in found(client, stale="90")] == [flat.pk, resident.pk]
    assert [row.pk for row in found(client, stale="180")] == [flat.pk]


def test_what_was_closed_is_found_where_it_is_asked_for(as_: As, flat: Record) -> None:
    Record.objects.filter(pk=flat.pk).update(closed_at=timezone.now())
    client = as_("supervisor")

    assert found(client) == []
    assert found(client, state="closed") == [flat]


def test_another_area_is_neither_found_nor_offered(areas: dict[str, Area], resident: Record, flat: Record) -> None:
    stranger = create_account("stranger", name="测试", role=Role.SUPERVISOR, areas=[areas["990101001002001"]])
    client = Client()
    client.force_login(stranger)

    assert [found(client, **asked) for asked in ({}, {"q": "测试甲"}, {"area": resident.grid_code})] == [[], [], []]
    page = client.post(PAGE, {"area": "990101001"}).content.decode()
    assert "第二网格" in page
    assert "第一网格" not in page


@pytest.mark.parametrize("asked", [{}, {"state": "closed"}, {"stale": "30"}], ids=["newest", "closed", "stale"])
def test_page_after_page_everybody_comes_once(asked: dict[str, str], people: dict[str, User], resident: Record) -> None:
    many(people["worker"], 2 * search.LISTED + 3)
    rows = Record.objects.filter(kind="housing")
    now = timezone.now()
    same = {"updated_at": now, "verified_at": now - timedelta(days=50)}  # nothing but the id tells them apart
    rows.update(**same | ({"closed_at": now} if asked.get("state") else {}))
    criteria, seen, after, pages = Criteria.read(asked | {"kind": "housing"}), [], "", 0

    while pages == 0 or after:
        shown, after = search.page(criteria, people["supervisor"], after)
        seen += [row.pk for row in shown]
        pages += 1

    assert pages == 3
    assert len(seen) == len(set(seen)) == rows.count()


def many(worker: User, number: int) -> None:
    building = factories.BuildingFactory.create(code="9901010010010009001")
    for _ in range(number):
        factories.flat(worker, building)


def test_a_next_page_is_a_button(as_: As, people: dict[str, User], flat: Record) -> None:
    many(people["worker"], search.LISTED + 1)
    client = as_("supervisor")
    first = client.post(PAGE, {"kind": "housing"})

    second = client.post(PAGE, {"kind": "housing", "after": first.context["following"]})

    assert len(first.context["lines"]) == search.LISTED
    assert len(second.context["lines"]) == 2
    assert second.context["lines"][-1].record == flat, "the oldest"
    assert "回到第一页" in second.content.decode()


@pytest.mark.parametrize("after", ["x", "1.2", "..", f".{'9' * 40}.{SOMETHING}", f"..{SOMETHING}", "1" * 500])
def test_a_place_that_we_never_named_is_the_beginning(after: str, as_: As, flat: Record) -> None:
    assert found(as_("supervisor"), after=after) == [flat]


@pytest.mark.usefixtures("returned")
def test_a_line_says_where_it_is_and_what_is_open(as_: As, resident: Record) -> None:
    page = as_("supervisor").post(PAGE, {"kind": "resident"}).content.decode()

    said = ["测试甲", "第一网格", "芳草园", "退回 1", f"/records/{resident.pk}/"]
    assert [word for word in said if word not in page] == []
    assert "990101199202290010" not in page


def test_a_child_s_name_is_cut(as_: As, people: dict[str, User], flat: Record) -> None:
    child = factories.id_number(timezone.localdate() - timedelta(days=3000))
    factories.resident(
        people["worker"], flat, id_number=child, name="测小童", guardian_name="测试甲", guardian_relation="51",
        guardian_phone="13912345671",
    )  # fmt: skip

    page = as_("supervisor").post(PAGE, {"q": "测小童"}).content.decode()

    assert "测**" in page
    assert page.count("测小童") == 2, "what was typed, in its field and in the words of the search"


def test_words_stand_in_no_address_and_no_log(as_: As, resident: Record, caplog: pytest.LogCaptureFixture) -> None:
    client = as_("supervisor")

    with caplog.at_level(logging.INFO, "gridapp"):
        found(client, q="测试甲")
        client.post(f"{PAGE}save/", {"q": "测试甲", "name": "找测试甲"})

    assert "searched records" in caplog.text
    assert "测试甲" not in caplog.text
    assert client.get(f"{PAGE}?q=测试甲").context["lines"] is None


def test_a_search_is_kept_done_again_and_forgotten(as_: As, people: dict[str, User], flat: Record) -> None:
    client = as_("supervisor")
    client.post(f"{PAGE}save/", {"kind": "resident", "name": "出租屋"})
    client.post(f"{PAGE}save/", {"rental": "yes", "name": "出租屋"})
    (kept,) = SavedSearch.objects.all()
    address = f"{PAGE}saved/{kept.pk}/"

    assert "出租屋" in client.get(PAGE).content.decode()
    assert found(client, address) == [flat]
    assert b"rental" not in bytes(kept.sealed)
    assert client.post(address).status_code == 302
    assert not SavedSearch.objects.exists()


def test_a_saved_search_is_its_owner_s(as_: As, people: dict[str, User]) -> None:
    as_("supervisor").post(f"{PAGE}save/", {"name": "出租屋"})
    address = f"{PAGE}saved/{SavedSearch.objects.get().pk}/"
    other = as_("chief")

    assert other.get(address).status_code == 404
    assert other.post(address).status_code == 404
    assert "出租屋" not in other.get(PAGE).content.decode()
    assert SavedSearch.objects.count() == 1


@pytest.mark.parametrize("name", ["", "  ", "\0"])
def test_a_saved_search_has_a_name(name: str, as_: As) -> None:
    response = as_("supervisor").post(f"{PAGE}save/", {"name": name, "kind": "housing"})

    assert response.status_code == 422
    assert "请写名称" in response.content.decode()


@pytest.mark.parametrize("number", [1, 25])
def test_a_page_costs_the_same_however_much_is_found(
    number: int, as_: As, people: dict[str, User], flat: Record, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many(people["worker"], number)
    client = as_("supervisor")
    client.post(PAGE, {"kind": "housing"})

    with django_assert_num_queries(12):
        client.post(PAGE, {"kind": "housing"})


def test_what_is_chosen_is_said(people: dict[str, User], targets: None) -> None:
    criteria = Criteria.read({"q": "测试", "area": "990101001", "kind": "resident", "stale": "90", "target": "JZDJ"})

    said = search_lines.said(criteria, {"990101001": "测试街道"}, search_lines.filters())

    assert said.startswith("测试；测试街道；种类 居民；目标系统 ")
    assert said.endswith("多久没有核实 超过 90 天")
    assert search_lines.said(Criteria(), {}, []) == "全部"


def test_areas_are_offered_step_by_step(people: dict[str, User]) -> None:
    for code in ("990101001001", "990101001002"):
        factories.AreaFactory.create(code=code)

    def offered(area: str) -> list[str]:
        listed: Any = search_lines.choices(Criteria(area=area), people["administrator"])
        return [code for code, _ in next(one.options for one in listed if one.name == "area")]

    assert offered("") == ["", "990101", "990101001"]
    assert offered("990101001") == ["", "990101", "990101001", "990101001001", "990101001002"]
    assert offered("990101001002") == ["", "990101", "990101001", "990101001002", "990101001002001"]
    assert offered("440101") == offered("")


def test_other_pages_lead_here_with_filters_but_never_with_words(as_: As, resident: Record, flat: Record) -> None:
    page = as_("supervisor").get(f"{PAGE}?kind=housing&q=没有")

    assert [line.record for line in page.context["lines"]] == [flat]


def test_what_is_not_there_is_not_found(as_: As) -> None:
    assert as_("supervisor").get(f"{PAGE}saved/{UUID(int=0)}/").status_code == 404
