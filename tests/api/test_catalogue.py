"""One system's page, the table of fields and systems, and previews, as a client sees them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.catalogue.models import Target
from gridapp.delivery.models import Attempt, Backfill, Delivery, Status
from gridapp.delivery.plan import plan
from gridapp.org.models import User
from gridapp.registry.models import Record
from tests import factories
from tests.api.conftest import ClientOf
from tests.api.description import DescribedClient

CHINESE = re.compile("[一-龥]+")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("live_targets")]


@pytest.fixture
def person(accounts: dict[str, User], home: Record) -> Record:
    Record.objects.filter(pk=home.pk).update(housing_code="9901010010010000001000301")
    return factories.resident(accounts["worker"], home, phone="13912345678")


def preview(client: DescribedClient, record: Record, key: str = "WG") -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/api/v1/records/{record.pk}/targets/{key}/preview/").json()
    return answer


def test_a_system_says_what_it_receives_and_why(worker: DescribedClient) -> None:
    page = worker.get("/api/v1/targets/WG/").json()

    people = next(part for part in page["kinds"] if part["kind"] == "resident")
    phone = next(one for one in people["fields"] if one["field"] == "phone")
    assert (page["key"], page["needs"], page["connected"]) == ("WG", ["FWBM"], True)
    assert page["basis"].startswith("本省平安建设条例")
    assert people["concerns"] == "证件类型不为出生医学证明/其他"
    assert people["actions"] == ["create", "change", "close"]
    assert (phone["theirs"], phone["needed"], phone["sensitivity"]) == ("contact", "必填", "S2")
    assert page["evidence"] == "confirmed"


def test_what_only_a_connector_knows_is_null_without_one(
    worker: DescribedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridapp.catalogue.profiles.connector", lambda slug: None)

    page = worker.get("/api/v1/targets/WG/").json()

    assert (page["state"], page["connected"]) == ("not_connected", False)
    assert {page[name] for name in ("evidence", "by_hand", "batch", "per_day", "calls_back")} == {None}


def test_a_back_fill_says_how_far_it_has_come(worker: DescribedClient) -> None:
    before = worker.get("/api/v1/targets/WG/").json()["backfill"]
    Backfill.objects.create(
        target=Target.objects.get(key="WG"), why=Backfill.Why.CHANGED, total=1000, seen=200, written=7
    )

    now = worker.get("/api/v1/targets/WG/").json()["backfill"]

    assert before is None
    assert (now["why"], now["seen"], now["total"], now["written"]) == ("changed", 200, 1000, 7)
    assert now["finished_at"] is None


def test_the_hours_are_rules_and_sentences(worker: DescribedClient) -> None:
    page = worker.get("/api/v1/targets/LB/").json()

    assert page["window"]["month_end"] == {"closes": "18:00", "reopens": "12:00"}
    assert len(page["hours"]) == 2


def test_a_paused_system_says_so_but_not_why(worker: DescribedClient) -> None:
    Target.objects.filter(key="WG").update(paused_at=timezone.now(), paused_why="1001 口令错误")

    answer = worker.get("/api/v1/targets/WG/")

    assert answer.json()["state"] == "paused"
    assert "口令" not in answer.content.decode()


@pytest.mark.parametrize("path", ["targets/WG/", "targets/FWBM/", "targets/LB/", "coverage/"])
def test_the_catalogue_speaks_english(client_of: ClientOf, path: str) -> None:
    answer = client_of("worker", **{"accept-language": "en"}).get(f"/api/v1/{path}").json()

    # Notes and names over there are the departments' own words.
    for one in [one for part in answer.get("kinds", []) for one in part["fields"]]:
        del one["note"], one["theirs"]
    for cell in [cell for one in answer.get("fields", []) for cell in one["targets"]]:
        del cell["theirs"]
    assert CHINESE.findall(json.dumps(answer, ensure_ascii=False)) == []


def test_an_unknown_system_is_not_found(worker: DescribedClient) -> None:
    assert worker.get("/api/v1/targets/NONE/").status_code == 404


def test_the_table_says_which_system_receives_which_field(worker: DescribedClient) -> None:
    table = worker.get("/api/v1/coverage/?kind=resident").json()

    reason = next(one for one in table["fields"] if one["field"] == "inflow_reason")
    cell = next(one for one in reason["targets"] if one["target"] == "WG")
    assert "FWBM" not in table["targets"]
    when = "人口类别为流动人口"
    assert cell == {"target": "WG", "kind": "resident", "needed": "sometimes", "when": when, "theirs": ["intoCause"]}


def test_the_table_of_both_kinds_has_every_system(worker: DescribedClient) -> None:
    assert len(worker.get("/api/v1/coverage/").json()["targets"]) == 14


def test_a_kind_that_does_not_exist_is_refused(worker: DescribedClient) -> None:
    answer = worker.get("/api/v1/coverage/?kind=dogs")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "kind"


def test_a_preview_is_what_would_go_out_masked(worker: DescribedClient, person: Record) -> None:
    made = preview(worker, person)

    phone = next(line for line in made["lines"] if line["theirs"] == "contact")
    assert (made["target"], made["action"], made["block"]) == ("WG", "create", None)
    assert phone == {"theirs": "contact", "label": "联系方式(手机)", "value": "139****5678", "refused": ""}
    assert person.document()["id_number"] not in json.dumps(made)
    assert made["difference"]["version"] == 0


def test_an_administrators_client_sees_it_masked_too(client_of: ClientOf, person: Record) -> None:
    assert "13912345678" not in json.dumps(preview(client_of("administrator"), person))


def test_a_preview_says_what_is_in_the_way(worker: DescribedClient, accounts: dict[str, User]) -> None:
    waiting = factories.resident(accounts["worker"])

    made = preview(worker, waiting)

    assert made["block"] == {"status": "held", "code": "dependency", "waits_for": "FWBM", "fields": []}


def test_a_preview_says_what_differs(worker: DescribedClient, accounts: dict[str, User], person: Record) -> None:
    with transaction.atomic():
        plan([person.pk])
    rows = Delivery.objects.filter(record=person, target__key="WG")
    rows.update(
        status=Status.DELIVERED, due_at=None, hold="", held_version=F("wanted_version"), held_digest=F("wanted_digest")
    )
    now = timezone.now()
    told = {"version": 1, "generation": 1, "action": "create", "outcome": "delivered"}
    Attempt.objects.create(delivery=rows.get(), started_at=now, finished_at=now, **told)
    factories.submit(accounts["worker"], factories.act(person, "change", phone="13987654321"))

    made = preview(worker, person)

    assert (made["action"], made["difference"]["certain"], made["difference"]["version"]) == ("change", True, 1)
    assert made["difference"]["changes"] == [
        {
            "how": "changed",
            "theirs": "contact",
            "label": "联系方式(手机)",
            "before": "139****5678",
            "after": "139****4321",
        }
    ]


@pytest.mark.parametrize("key", ["NONE", "FWBM"])
def test_a_system_that_takes_no_such_record_has_no_preview(worker: DescribedClient, person: Record, key: str) -> None:
    assert worker.get(f"/api/v1/records/{person.pk}/targets/{key}/preview/").status_code == 404


def test_the_answers_cost_a_bounded_number_of_statements(
    worker: DescribedClient, person: Record, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    preview(worker, person)

    with django_assert_max_num_queries(18):
        preview(worker, person)
    with django_assert_max_num_queries(8):
        worker.get("/api/v1/targets/WG/")
    with django_assert_max_num_queries(4):
        worker.get("/api/v1/coverage/")
