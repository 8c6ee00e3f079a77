"""Objections as other clients follow them: one's own, where they stand, and no value of anybody."""

from __future__ import annotations

from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from gridapp.catalogue.models import Target, TargetOfficer
from gridapp.org.models import User
from gridapp.registry import objections
from gridapp.registry.models import Objection, Record
from gridapp.registry.objections import Status
from tests import factories
from tests.api.conftest import ClientOf

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(accounts: dict[str, User], home: Record) -> Record:
    return factories.resident(accounts["worker"], home)


def raised(person: Record, by: User, target: str) -> Objection:
    told = {"source": "department", "reason": "与办事记录不符", "target": target}
    return objections.lodge(uuid4(), person, "phone", "13912349999", by=by, **told)


def test_an_officer_follows_what_their_office_raised(
    client_of: ClientOf, accounts: dict[str, User], person: Record, live_targets: dict[str, Target]
) -> None:
    TargetOfficer.objects.create(target=live_targets["WG"], user=accounts["officer"])
    own = raised(person, accounts["officer"], "WG")
    raised(person, accounts["supervisor"], "PDA")

    answer = client_of("officer").get("/api/v1/objections/")

    (found,) = answer.json()["results"]
    assert (found["id"], found["target"], found["status"], found["overdue"]) == (str(own.pk), "WG", "raised", False)
    assert "13912349999" not in answer.content.decode()
    assert not client_of("officer").get("/api/v1/objections/?state=decided").json()["results"]
    objections.step(own, Status.REFUSED, by=accounts["supervisor"], text="测试")
    assert client_of("officer").get("/api/v1/objections/?state=decided").json()["results"][0]["status"] == "refused"


def test_another_grid_sees_none(client_of: ClientOf, accounts: dict[str, User], person: Record) -> None:
    raised(person, accounts["supervisor"], "WG")

    counts = {name: len(client_of(name).get("/api/v1/objections/").json()["results"])
              for name in ("worker", "other_worker", "supervisor", "auditor", "officer")}  # fmt: skip

    assert counts == {"worker": 1, "other_worker": 0, "supervisor": 1, "auditor": 1, "officer": 0}


def test_any_other_state_is_refused(client_of: ClientOf) -> None:
    answer = client_of("worker").get("/api/v1/objections/?state=all")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "state")


def test_many_cost_no_more_statements(
    client_of: ClientOf,
    accounts: dict[str, User],
    person: Record,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(6):
        raised(person, accounts["supervisor"], "WG")
    client = client_of("supervisor")

    with django_assert_max_num_queries(5):
        client.get("/api/v1/objections/")
