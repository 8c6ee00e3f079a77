"""Lanes as another client sees and operates them: administrators only, every answer as it is described."""

from __future__ import annotations

from typing import Any

import pytest

from gridapp.catalogue.models import Target
from gridapp.delivery import alarms
from gridapp.delivery.models import Alarm, Delivery, Lane, Status
from gridapp.delivery.plan import plan
from gridapp.registry.models import Record
from tests.api.conftest import ClientOf
from tests.api.description import DescribedClient

pytestmark = pytest.mark.django_db
ROLES = ["worker", "supervisor", "officer", "administrator", "auditor", "anonymous"]
WG = "/api/v1/lanes/WG/"


@pytest.fixture
def administrator(client_of: ClientOf, live_targets: dict[str, Target]) -> DescribedClient:
    return client_of("administrator")


def wg(client: DescribedClient) -> dict[str, Any]:
    found: list[dict[str, Any]] = client.get("/api/v1/lanes/").json()["results"]
    return next(one for one in found if one["key"] == "WG")


@pytest.fixture
def failed(home: Record, live_targets: dict[str, Target]) -> Delivery:
    """The flat's delivery to the grid system failed by a fault of ours."""
    plan([home.pk])
    row = Delivery.objects.get(record=home, target__key="WG")
    Delivery.objects.filter(pk=row.pk).update(
        status=Status.FAILED, due_at=None, hold="", waits_for="", reason_code="connector"
    )
    return row


@pytest.mark.parametrize("role", ROLES)
def test_only_administrators_see_and_operate_lanes(
    client_of: ClientOf, live_targets: dict[str, Target], role: str
) -> None:
    client = client_of(role)

    answers = {client.get("/api/v1/lanes/").status_code}
    answers |= {client.post(f"{WG}{act}/", body).status_code for act, body in ACTS.items()}

    assert answers == {200 if role == "administrator" else 401 if role == "anonymous" else 403}


ACTS: dict[str, dict[str, Any]] = {
    "pause": {"why": "对方升级"}, "resume": {}, "reopen": {}, "retry": {},
}  # fmt: skip


def test_all_lanes_are_listed_with_what_waits_and_what_is_wrong(
    administrator: DescribedClient, failed: Delivery
) -> None:
    alarms.raise_alarm(failed.target_id, Alarm.Kind.STOPPED, "401 凭据")
    alarms.raise_alarm(None, Alarm.Kind.SNAPSHOT, "2026-11-22T05:00:00+00:00")

    told = administrator.get("/api/v1/lanes/").json()

    assert len(told["results"]) == 14
    assert [(one["target"], one["alarm"]) for one in told["alarms"]] == [(None, "snapshot"), ("WG", "stopped")]
    lane = wg(administrator)
    assert (lane["state"], lane["waiting"]["failed"], lane["move"]) == ("open", 1, "operator")


def test_a_lane_is_paused_with_a_reason_and_resumed_slowly(administrator: DescribedClient) -> None:
    paused = administrator.post(f"{WG}pause/", {"why": " 对方升级 "}).json()
    resumed = administrator.post(f"{WG}resume/", {"a_minute": 30}).json()

    assert (paused["state"], paused["why"], paused["move"]) == ("paused", "对方升级", "operator")
    assert (resumed["state"], resumed["slowly"]) == ("open", 0.5)


def test_a_lane_that_stopped_is_opened_again(administrator: DescribedClient, live_targets: dict[str, Target]) -> None:
    Lane.objects.create(target=live_targets["WG"], failures=9, stopped_why="401 凭据")
    before = wg(administrator)

    after = administrator.post(f"{WG}reopen/").json()

    assert (before["state"], before["failures"]) == ("stopped", 9)
    assert (after["state"], after["failures"]) == ("open", 0)


def test_what_failed_is_sent_again(administrator: DescribedClient, failed: Delivery) -> None:
    told = administrator.post(f"{WG}retry/").json()
    none = administrator.post(f"{WG}retry/", {"status": "returned"}).json()

    assert told == {"changed": 1, "doubtful": 0, "goes_on": False}
    assert none["changed"] == 0
    assert Delivery.objects.get(pk=failed.pk).status == Status.WAITING


@pytest.mark.parametrize(
    ("act", "body", "field"),
    [
        ("pause", {}, "why"),
        ("pause", {"why": ""}, "why"),
        ("pause", {"why": "x" * 201}, "why"),
        ("pause", {"why": ["x"]}, "why"),
        ("pause", {"why": "x", "by": "me"}, "by"),
        ("resume", {"a_minute": 0}, "a_minute"),
        ("resume", {"a_minute": -1}, "a_minute"),
        ("resume", {"a_minute": 1e9}, "a_minute"),
        ("resume", {"a_minute": True}, "a_minute"),
        ("retry", {"status": "uncertain"}, "status"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_name(
    administrator: DescribedClient, act: str, body: dict[str, Any], field: str
) -> None:
    answer = administrator.post(f"{WG}{act}/", body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert Target.objects.get(key="WG").paused_at is None


def test_a_lane_that_does_not_exist_is_not_found(administrator: DescribedClient) -> None:
    assert [administrator.post(f"/api/v1/lanes/NONE/{act}/", body).status_code for act, body in ACTS.items()] == [
        404
    ] * 4


def test_the_list_asks_the_database_a_fixed_number_of_times(
    administrator: DescribedClient, failed: Delivery, django_assert_num_queries: Any
) -> None:
    administrator.get("/api/v1/lanes/")

    with django_assert_num_queries(7):
        administrator.get("/api/v1/lanes/")
