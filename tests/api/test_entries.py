"""Making entries: new, the same again, other content under the id, refused; and what became of one."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from gridapp.catalogue.models import Target
from gridapp.delivery.models import Delivery
from gridapp.org import tokens
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record
from tests import factories
from tests.api.conftest import ClientOf, Stored
from tests.api.description import DescribedClient, described

ENTRIES = "/api/v1/entries/"


@pytest.mark.django_db
def test_a_new_entry_is_created_with_its_record_and_deliveries(
    worker: DescribedClient, home: Record, live_targets: dict[str, Target]
) -> None:
    body = factories.resident_body(home)

    answer = worker.post(ENTRIES, body)

    made = Entry.objects.get(id=body["id"])
    assert answer.status_code == 201
    assert answer["Location"] == f"{ENTRIES}{body['id']}/"
    assert answer.json() | {"deliveries": []} == {
        "id": body["id"],
        "record": str(made.record_id),
        "number": made.number,
        "version": 1,
        "deliveries": [],
    }
    planned = {one["target"]: one["status"] for one in answer.json()["deliveries"] if one["connected"]}
    assert planned == dict(Delivery.objects.filter(record=made.record).values_list("target__key", "status"))
    assert planned["WG"] == "held"


@pytest.mark.django_db
def test_the_same_entry_again_is_the_same_entry(
    worker: DescribedClient, home: Record, live_targets: dict[str, Target], stored: Stored
) -> None:
    body = factories.resident_body(home)
    first = worker.post(ENTRIES, body)
    before = stored()

    again = worker.post(ENTRIES, body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert "Location" not in again
    assert stored() == before


@pytest.mark.django_db
def test_keys_in_another_order_and_a_later_clock_are_the_same_entry(worker: DescribedClient, home: Record) -> None:
    body = factories.resident_body(home)
    worker.post(ENTRIES, body)
    turned = {key: body[key] for key in reversed(body)} | {"made_at": "2024-03-11T10:00:00+08:00"}
    turned["fields"] = dict(reversed(body["fields"].items()))

    answer = worker.post(ENTRIES, turned)

    assert answer.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [
        {"fields": {"phone": "13900000009"}},
        {"fields": {"name": "另一人"}},
        {"housing": "another flat"},
        {"action": "verify"},
        {"base_version": 1},
    ],
    ids=str,
)
def test_other_content_under_the_id_is_a_conflict(
    other: dict[str, Any], worker: DescribedClient, home: Record, accounts: dict[str, User], stored: Stored
) -> None:
    body = factories.resident_body(home)
    record = worker.post(ENTRIES, body).json()["record"]
    changed = {**body, **other, "fields": {**body["fields"], **other.get("fields", {})}}
    if "housing" in other:
        changed["housing"] = str(factories.flat(accounts["worker"]).id)
    if "action" in other:
        changed |= {"record": record, "fields": {}, "housing": None}
    before = stored()

    answer = worker.post(ENTRIES, changed)

    assert answer.status_code == 409
    assert [one["field"] for one in answer.json()["errors"]] == ["id"]
    assert stored() == before


@pytest.mark.django_db
def test_the_id_of_another_accounts_entry_is_a_conflict_that_tells_nothing(
    client_of: ClientOf, home: Record, far_home: Record
) -> None:
    body = factories.resident_body(home)
    record = client_of("worker").post(ENTRIES, body).json()["record"]

    same = client_of("supervisor").post(ENTRIES, body)
    other = client_of("other_worker").post(ENTRIES, factories.resident_body(far_home) | {"id": body["id"]})

    assert (same.status_code, other.status_code) == (409, 409)
    assert record not in same.content.decode() + other.content.decode()


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_of_one_entry_at_once_make_one_entry(
    client_of: ClientOf, accounts: dict[str, User], home: Record, live_targets: dict[str, Target], stored: Stored
) -> None:
    body, before = factories.resident_body(home), stored()
    token, start, answers = tokens.issue(accounts["worker"]), threading.Barrier(20), list[tuple[int, str]]()
    described()  # is made by one thread only

    def post() -> None:
        client = DescribedClient(headers={"authorization": f"Bearer {token}"})
        start.wait(timeout=20)
        answer = client.post(ENTRIES, body)
        answers.append((answer.status_code, answer.json()["record"]))
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    after = stored()
    assert Counter(status for status, _ in answers) == {201: 1, 200: 19}
    assert len({record for _, record in answers}) == 1
    assert {name: after[name] - before[name] for name in ("Entry", "Record", "Residency")} == {
        "Entry": 1,
        "Record": 1,
        "Residency": 1,
    }


@pytest.mark.django_db(transaction=True)
def test_of_ten_different_entries_under_one_id_one_is_taken(
    accounts: dict[str, User], home: Record, stored: Stored
) -> None:
    entry_id, before = str(uuid4()), stored()
    token, start, statuses = tokens.issue(accounts["worker"]), threading.Barrier(10), list[int]()

    def post() -> None:
        client = DescribedClient(headers={"authorization": f"Token {token}"})
        body = factories.resident_body(home) | {"id": entry_id}
        start.wait(timeout=20)
        statuses.append(client.post(ENTRIES, body).status_code)
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert Counter(statuses) == {201: 1, 409: 9}
    assert stored()["Record"] == before["Record"] + 1


@pytest.mark.django_db
def test_everything_wrong_is_named_at_once_in_both_languages(
    worker: DescribedClient, home: Record, stored: Stored
) -> None:
    body, before = factories.resident_body(home, id_number="990101199003071230", phone="13800000000", name=""), stored()

    answer = worker.post(ENTRIES, body, headers={"accept-language": "en"})

    problem = answer.json()
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["type"] == "urn:gridapp:problem:refused"
    assert {one["field"] for one in problem["errors"]} == {"id_number", "phone", "name"}
    for one in problem["errors"]:
        assert one["message"] == one["message_en"] != one["message_zh"]
        assert one["remedy"] == one["remedy_en"] != one["remedy_zh"]
    assert stored() == before


@pytest.mark.django_db
def test_a_flat_is_entered_and_changed_verified_and_closed(worker: DescribedClient, accounts: dict[str, User]) -> None:
    building = factories.BuildingFactory.create()
    made = worker.post(ENTRIES, factories.flat_body(building))
    flat = Record.objects.get(pk=made.json()["record"])

    changed = worker.post(ENTRIES, factories.act(flat, "change", floor_area="60.5", base_version=1))
    verified = worker.post(ENTRIES, factories.act(flat, "verify"))
    closed = worker.post(ENTRIES, factories.act(flat, "close"))

    assert [one.status_code for one in (made, changed, verified, closed)] == [201] * 4
    assert [one.json()["record"] for one in (changed, verified, closed)] == [str(flat.id)] * 3
    assert changed.json()["version"] == 2


@pytest.mark.django_db
def test_what_became_of_an_entry_can_be_asked(
    worker: DescribedClient, home: Record, live_targets: dict[str, Target]
) -> None:
    made = worker.post(ENTRIES, factories.resident_body(home)).json()

    answer = worker.get(f"{ENTRIES}{made['id']}/")

    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in made} == made
    assert (answer.json()["kind"], answer.json()["action"]) == ("resident", "create")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("entry_id", [UUID(int=0), uuid4()], ids=["zero", "random"])
def test_an_entry_that_is_not_there_is_not_found(entry_id: UUID, worker: DescribedClient) -> None:
    answer = worker.get(f"{ENTRIES}{entry_id}/")

    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "not_found"
