"""The pages of the worker's list: how much of it they show, to whom, in which language, at what cost."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse_lazy
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.delivery.models import Status
from gridapp.desk import work
from gridapp.desk.work import Ask
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Record
from gridapp.registry.refusals import refusal
from tests.desk.at_work import all_told, move, people, unseen
from tests.desk.cast import GRID
from tests.setting_aside import collision, kept

pytestmark = pytest.mark.django_db
NEW = "/entries/new/resident/"
WORK = reverse_lazy("desk:work")
NAMES = {"中文", "王秀英", "测试甲", "测试路", "号芳草园", "栋", "单元", "第一网格"}
"""Chinese on an English page: people and places."""


@pytest.fixture
def resident(resident: Record) -> Record:
    """A tenant of room 301 with nothing for anybody to do."""
    return all_told(resident)


def test_a_part_shows_its_first_rows_and_leads_to_all_of_them(desk: Client, worker: User, flat: Record) -> None:
    for person in people(worker, flat, 7):
        move(person, "JZDJ", reason="联系电话空号", fields=["phone"])

    page = desk.get(str(WORK)).content.decode()
    every = desk.get(f"{WORK}returned/").content.decode()

    assert page.count("联系电话空号") == work.FIRST
    assert f'href="{WORK}returned/"' in page
    assert every.count("联系电话空号") == 7


@pytest.mark.parametrize("asked", ["?page=2", "?page=999", "?page=-1", "?page=x", "?page=" + "9" * 30])
def test_any_page_of_a_part_answers(desk: Client, asked: str) -> None:
    assert desk.get(f"{WORK}returned/{asked}").status_code == 200


def test_there_is_no_other_part(desk: Client) -> None:
    assert desk.get(f"{WORK}everything/").status_code == 404


def test_home_tells_how_much_there_is(desk: Client, worker: User, resident: Record) -> None:
    move(resident, "JZDJ", reason="联系电话空号")
    kept(worker, NEW, {}, grid_code=GRID)

    page = desk.get("/").content.decode()

    assert f'href="{WORK}"' in page
    assert "需处理 2" in page


def test_as_many_statements_for_many_rows_as_for_few(
    desk: Client,
    worker: User,
    flat: Record,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    persons = people(worker, flat, 6)
    for person in persons:
        move(person, "JZDJ", reason="联系电话空号", fields=["phone"])
        move(person, "WG", reason_code="incomplete", fields=["hukou_type"])
        unseen(person, 120)
        kept(worker, f"/records/{person.pk}/correct/", {"phone": "1"}, record=person, grid_code=GRID)
        collision(worker, person, phone="13912349999")
    desk.get(str(WORK))
    cache.clear()

    with django_assert_max_num_queries(20):
        desk.get(str(WORK))


def test_every_part_is_complete_in_english(worker: User, resident: Record) -> None:
    move(resident, "JZDJ", reason="reason", fields=["phone"])
    move(resident, "WG", reason_code="incomplete", reason="", fields=["hukou_type"])
    move(resident, "PDA", Status.FAILED)
    unseen(resident, 120)
    aside = kept(worker, NEW, {}, grid_code=GRID, refusals=[refusal("phone", "missing")])
    collision(worker, resident, phone="13912349999")
    client = Client(headers={"accept-language": "en"})
    client.force_login(worker)

    pages = [client.get(path) for path in (str(WORK), f"{WORK}missing/", f"/set-aside/{aside.pk}/")]

    said = " ".join(re.sub(r"<[^>]+>", "\n", page.content.decode()) for page in pages)
    assert set(re.findall("[一-龥]+", said)) <= NAMES


def test_what_waits_in_a_grid_is_found_by_index(worker: User) -> None:
    ask = Ask(worker, timezone.now())
    with CaptureQueriesContext(connection) as captured:
        work.returned(ask)
        work.stale(ask)

    plans = [explained(one["sql"]) for one in captured.captured_queries if "LIMIT" in one["sql"]]

    assert len(plans) == 2
    assert all("Seq Scan" not in plan for plan in plans), plans
    # several lead from a home to who lives there; which is cheaper, and how, in a table of three rows means nothing
    led = "residency_living_there|registry_residency_housing|one_open_residency"
    assert re.search(f"Index Scan (using|on) ({led})", plans[1]), plans[1]


def explained(asked: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {asked}")
        return "\n".join(row[0] for row in cursor.fetchall())


ROLES = {
    Role.WORKER: 200,
    Role.SUPERVISOR: 200,
    Role.ADMINISTRATOR: 403,
    Role.OFFICER: 403,
    Role.AUDITOR: 403,
    Role.SECURITY: 403,
}


@pytest.mark.parametrize("role", list(Role))
def test_who_enters_nothing_has_no_such_page(areas: dict[str, Area], resident: Record, role: Role) -> None:
    client = Client()
    client.force_login(create_account("somebody", name="某人", role=role, staff_no="S-1", areas=[areas["990101"]]))

    answers = {path: client.get(path).status_code for path in (str(WORK), f"{WORK}returned/", f"{WORK}today/")}

    assert set(answers.values()) == {ROLES[role]}
