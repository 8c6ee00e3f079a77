"""A department's officer sees the systems they are named for: what was sent, what came back, nothing of any other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.converters import UUIDConverter
from django.urls.resolvers import URLPattern
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.catalogue.models import Target, TargetOfficer
from gridapp.delivery.models import Delivery, Reconciliation, Status
from gridapp.org import tokens
from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Record

As = Callable[..., Client]
SIDE = "/review/targets/PAPER/side/"
CHINESE = re.compile("[一-龥]+")
QUERIES = 13
pytestmark = pytest.mark.usefixtures("officer")


@pytest.fixture
def returned(waiting: dict[str, Delivery]) -> Delivery:
    row = waiting["resident"]
    Delivery.objects.filter(pk=row.pk).update(
        status=Status.RETURNED, reason_code="E07", reason="证件号码 990101199202290010 不存在", fields=["id_number"]
    )
    return Delivery.objects.get(pk=row.pk)


def page_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def patterns() -> list[URLPattern]:
    return [one for one in get_resolver("gridapp.review.urls").url_patterns if isinstance(one, URLPattern)]


def given(pattern: URLPattern, **known: Any) -> dict[str, Any]:
    """Something for every part of an address."""
    return {
        name: known.get(name, uuid4() if isinstance(converter, UUIDConverter) else 1)
        for name, converter in pattern.pattern.converters.items()
    }


def test_what_was_sent_and_what_came_back_is_shown(as_: As, returned: Delivery) -> None:
    page = page_of(as_("officer"), SIDE)

    assert re.search(r">1<small>退回</small>", page)
    assert re.search(r">1<small>待人工代填</small>", page)
    assert "E07" in page
    assert "990101199202290010" not in page
    assert f"/review/records/{returned.record_id}/targets/PAPER/" in page


def test_the_list_is_filtered_and_goes_on(as_: As, returned: Delivery) -> None:
    client = as_("officer")

    filtered = page_of(client, f"{SIDE}?status=returned").split("rows-title")[-1]
    odd = page_of(client, f"{SIDE}?status=burnt&before=x")
    older = page_of(client, f"{SIDE}?before={returned.pk}").split('id="rows-title"')[-1]

    assert str(returned.record_id) in filtered
    assert filtered.count("/review/records/") == 1
    assert odd.split('id="rows-title"')[-1].count("/review/records/") == 2
    assert str(returned.record_id) not in older


def test_agreement_is_shown_to_whose_areas_are_the_whole_district(
    as_: As, paper: Target, areas: dict[str, Area]
) -> None:
    told = {"asked": 200, "agreed": 199, "lost": 1, "finished_at": timezone.now()}
    Reconciliation.objects.create(target=paper, **told)

    whole, part = page_of(as_("administrator"), SIDE), page_of(as_("officer"), SIDE)

    assert "99.5%" in whole
    assert "夜间核对一致" not in part


def test_another_area_is_neither_shown_nor_counted(
    people: dict[str, User], returned: Delivery, areas: dict[str, Area], paper: Target
) -> None:
    user = create_account("away", name="测试", role=Role.OFFICER, areas=[areas["990101001002001"]])
    TargetOfficer.objects.create(target=paper, user=user)
    client = Client()
    client.force_login(user)

    page = page_of(client, SIDE)

    assert "还没有送过" in page
    assert "E07" not in page and "/review/records/" not in page
    assert client.get(f"/review/records/{returned.record_id}/targets/PAPER/").status_code == 404


def test_an_officer_sees_no_page_of_another_system(as_: As, waiting: dict[str, Delivery]) -> None:
    client = as_("officer")
    record = waiting["resident"].record_id
    other = Delivery.objects.get(record=record, target__key="PDA")

    answers = {}
    for pattern in [one for one in patterns() if "key" in one.pattern.converters]:
        path = reverse(
            f"review:{pattern.name}", kwargs=given(pattern, key="PDA", record_id=record, delivery_id=other.pk)
        )
        answers[pattern.name] = {client.get(path).status_code, client.post(path).status_code} - {403, 404, 405}

    assert {name: left for name, left in answers.items() if left} == {}


def test_no_page_that_an_officer_may_open_names_another_system(as_: As, returned: Delivery) -> None:
    client, names = as_("officer"), list(Target.objects.exclude(key="PAPER").values_list("zh", flat=True))
    opened = []

    for pattern in patterns():
        answer = client.get(reverse(f"review:{pattern.name}", kwargs=given(pattern, key="PAPER")))
        if answer.status_code == 200 and not answer.streaming:
            opened.append(str(pattern.name))
            main = answer.content.decode().partition("<main")[2]
            assert [name for name in names if name in main] == [], pattern.name

    assert {"targets", "target", "coverage", "reconciliations", "byhand", "queue", "doubts", "side"} <= set(opened)


def test_an_officer_looks_up_no_records(as_: As, resident: Record, flat: Record) -> None:
    client = as_("officer")
    paths = [f"/records/{resident.pk}/", f"/records/{resident.pk}/deliveries/", f"/records/{flat.pk}/"]

    assert [client.get(path).status_code for path in paths] == [403] * 3
    assert client.post("/search/", {"q": "测试甲"}).status_code == 403
    assert client.post("/scan/", {"code": "x"}).status_code == 403


def test_an_officer_previews_what_their_system_knows_and_nothing_else(as_: As, waiting: dict[str, Delivery]) -> None:
    row = waiting["resident"]
    path = f"/review/records/{row.record_id}/targets/PAPER/"
    shown = page_of(as_("officer"), path)

    Delivery.objects.filter(pk=row.pk).update(status=Status.WITHHELD, due_at=None)
    withheld = as_("officer").get(path).status_code
    Delivery.objects.filter(pk=row.pk).delete()

    assert "139****5678" in shown and "13912345678" not in shown
    assert f"/records/{row.record_id}/" not in shown.replace(path, "")
    assert (withheld, as_("officer").get(path).status_code) == (404, 404)


def test_the_interface_tells_an_officer_no_more(people: dict[str, User], waiting: dict[str, Delivery]) -> None:
    token, record = tokens.issue(people["officer"]), waiting["resident"].record_id
    client = Client(headers={"authorization": f"Token {token}"})

    listed = [one["key"] for one in client.get("/api/v1/targets/").json()["results"]]
    covered = client.get("/api/v1/coverage/").json()["targets"]
    paths = {
        "/api/v1/targets/PAPER/": 200,
        "/api/v1/targets/WG/": 404,
        f"/api/v1/records/{record}/": 404,
        f"/api/v1/records/{record}/targets/PAPER/preview/": 200,
        f"/api/v1/records/{record}/targets/WG/preview/": 404,
        "/api/v1/lanes/": 403,
    }

    assert (listed, covered) == (["PAPER"], ["PAPER"])
    assert {path: client.get(path).status_code for path in paths} == paths
    assert (
        client.post("/api/v1/records/search/", {"q": "测试甲"}, content_type="application/json").json()["results"] == []
    )


def test_an_officer_without_a_system_sees_none(people: dict[str, User], as_: As) -> None:
    TargetOfficer.objects.all().delete()

    page = page_of(as_("officer"), "/review/targets/")

    assert "还没有目标系统" in page


def test_workers_have_no_business_there(as_: As) -> None:
    assert as_("worker").get(SIDE).status_code == 403


def test_the_side_asks_as_often_for_many_as_for_few_and_is_complete_in_english(
    as_: As, returned: Delivery, paper: Target, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_("officer", language="en")
    Delivery.objects.filter(target=paper).update(reason="")
    client.get(SIDE)
    with django_assert_num_queries(QUERIES):
        page = page_of(client, SIDE)
    Reconciliation.objects.create(target=paper, finished_at=timezone.now())
    Delivery.objects.filter(target=paper).update(status=Status.RETURNED, due_at=None)
    with django_assert_num_queries(QUERIES):
        page_of(client, SIDE)

    said = re.sub(r"中文|测试\S*|芳草园|\d+号|\d+栋|\d+单元|\d+室", "", re.sub(r"<[^>]+>", "\n", page))
    assert CHINESE.findall(said) == []
