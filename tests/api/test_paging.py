"""Lists page by page, what changed since, tags of answers, and parameters that nobody knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from gridapp.catalogue.models import Target
from gridapp.delivery import happened
from gridapp.delivery.models import Status
from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import EntryForm, objections
from gridapp.registry.models import Record
from tests import factories
from tests.api.conftest import ClientOf
from tests.api.description import DescribedClient, described

pytestmark = pytest.mark.django_db
CHANGES, SEARCH = "/api/v1/changes/", "/api/v1/records/search/"


@pytest.fixture(autouse=True)
def all_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written a moment ago is told now."""
    monkeypatch.setattr(happened, "SETTLED", timedelta(0))


def pages(client: DescribedClient, path: str, method: str = "get", **asked: str | int) -> list[list[dict[str, Any]]]:
    found, cursor = [], ""
    while cursor is not None:
        answer = getattr(client, method)(path, asked | ({"cursor": cursor} if cursor else {}), format="json")
        assert answer.status_code == 200, answer.json()
        found.append(answer.json()["results"])
        cursor = answer.json()["next"]
    return found


def test_a_search_goes_on_where_it_ended_and_finds_each_once(
    worker: DescribedClient, accounts: dict[str, User], home: Record
) -> None:
    people = [factories.resident(accounts["worker"], home) for _ in range(7)]
    Record.objects.filter(pk=people[3].pk).update(closed_at=timezone.now())
    Record.objects.filter(pk=people[4].pk).update(closed_at=timezone.now() - timedelta(days=3))
    Record.objects.filter(pk__in=[people[5].pk, people[6].pk]).update(updated_at=timezone.now())  # the same moment

    whole = pages(worker, SEARCH, "post", q="测试甲", kind="resident")
    parts = pages(worker, SEARCH, "post", q="测试甲", kind="resident", limit=2)

    assert [len(part) for part in parts] == [2, 2, 2, 1]
    assert [one for part in parts for one in part] == whole[0]
    assert {one["id"] for one in whole[0]} == {str(one.pk) for one in people}
    assert [one["closed_at"] is None for one in whole[0]] == [True] * 5 + [False] * 2


@pytest.mark.parametrize("state", ["open", "decided"])
def test_objections_go_on_where_they_ended(
    state: str, client_of: ClientOf, accounts: dict[str, User], home: Record
) -> None:
    person = factories.resident(accounts["worker"], home)
    fields = ["phone", "name", "education"]
    for field, value in zip(fields, ["13912349999", "测试乙", "20"], strict=True):
        told = {"source": "resident", "reason": "不对"}
        row = objections.lodge(uuid4(), person, field, value, by=accounts["supervisor"], **told)
        if state == "decided":
            objections.step(row, objections.Status.REFUSED, by=accounts["supervisor"], text="测试")

    parts = pages(client_of("supervisor"), "/api/v1/objections/", state=state, limit="1")

    assert sorted(one["field"] for part in parts for one in part) == sorted(fields)


@pytest.mark.parametrize(
    "change",
    [
        lambda cursor: cursor[:-1] + ("A" if cursor[-1] != "A" else "B"),
        lambda cursor: "x" + cursor,
        lambda cursor: cursor + "=",
        lambda cursor: "1",
        lambda cursor: "\0",
        lambda cursor: "é" * 40,
        lambda cursor: cursor * 40,
    ],
)
def test_a_cursor_that_was_touched_is_refused(change: Any, worker: DescribedClient) -> None:
    cursor = worker.get(CHANGES).json()["next"]

    answer = worker.get(CHANGES, {"cursor": change(cursor)})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "bad_cursor")


def test_a_cursor_is_good_for_its_own_account_and_question_alone(client_of: ClientOf, home: Record) -> None:
    cursor = client_of("worker").get(CHANGES).json()["next"]

    others = client_of("supervisor").get(CHANGES, {"cursor": cursor})
    elsewhere = client_of("worker").post(SEARCH, {"q": "测试", "cursor": cursor})

    assert [one.status_code for one in (others, elsewhere)] == [400, 400]


@pytest.mark.usefixtures("live_targets")
def test_changes_are_told_once_and_without_values(worker: DescribedClient, accounts: dict[str, User]) -> None:
    begin = worker.get(CHANGES).json()
    flat = factories.flat(accounts["worker"])
    body = factories.resident_body(flat)
    person = submit(EntryForm.parse(body), by=accounts["worker"]).record

    first = worker.get(CHANGES, {"cursor": begin["next"]})
    second = worker.get(CHANGES, {"cursor": first.json()["next"]}).json()

    told = {one["id"]: one for one in first.json()["results"]}
    assert (begin["results"], begin["more"]) == ([], False)
    assert set(told) == {str(flat.pk), str(person.pk)}
    assert {one["status"] for one in told[str(person.pk)]["deliveries"]} <= set(Status.values)
    assert told[str(person.pk)]["deliveries"]
    assert body["fields"]["name"] not in first.content.decode()
    assert body["fields"]["phone"] not in first.content.decode()
    assert second["results"] == []


def test_changes_are_told_page_by_page_from_the_beginning(
    worker: DescribedClient, accounts: dict[str, User], home: Record
) -> None:
    people = [factories.resident(accounts["worker"], home) for _ in range(4)]
    answer, seen = worker.get(CHANGES, {"since": "beginning", "limit": "2"}).json(), []

    seen += answer["results"]
    while answer["more"]:
        asked = {"since": "beginning", "limit": "2", "cursor": answer["next"]}
        answer = worker.get(CHANGES, asked).json()
        seen += answer["results"]

    assert [one["id"] for one in seen] == [str(one.pk) for one in (home, *people)]


@pytest.mark.parametrize(("name", "finds"), [("other_worker", False), ("officer", False), ("supervisor", True)])
def test_changes_elsewhere_are_not_told(
    name: str, finds: bool, client_of: ClientOf, accounts: dict[str, User], home: Record
) -> None:
    answer = client_of(name).get(CHANGES, {"since": "beginning"}).json()

    assert bool(answer["results"]) == finds


def test_what_is_still_being_written_is_left_for_next_time(
    worker: DescribedClient, accounts: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(happened, "SETTLED", timedelta(seconds=60))
    begin = worker.get(CHANGES).json()["next"]
    flat = factories.flat(accounts["worker"])
    young = worker.get(CHANGES, {"cursor": begin}).json()
    monkeypatch.setattr(happened, "SETTLED", timedelta(0))

    later = worker.get(CHANGES, {"cursor": young["next"]}).json()

    assert young["results"] == []
    assert [one["id"] for one in later["results"]] == [str(flat.pk)]


GETS = [path for path, methods in described()["paths"].items() if "get" in methods]
POSTS = [path for path, methods in described()["paths"].items() if "post" in methods]


def place_of(path: str, home: Record) -> str:
    return path.format(entry_id=uuid4(), record_id=home.pk, key="WG", endpoint_id=uuid4(), event_id=1)


@pytest.mark.parametrize("path", [*GETS, *POSTS])
@pytest.mark.parametrize(
    "query", ["format=json", "page_size=1000000", "order_by=password", "user__password=x", "q=1&q=2"]
)
def test_a_parameter_that_nobody_knows_is_refused_by_name(
    path: str, query: str, client_of: ClientOf, home: Record
) -> None:
    method = "GET" if path in GETS else "POST"
    address = f"{place_of(path, home)}?{query}"

    answer = client_of("administrator").generic(method, address, "{}", content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] in {"unknown_parameter", "repeated_parameter"}


@pytest.mark.parametrize("path", ["targets/", "coverage/", "records/{}/"])
def test_an_answer_that_the_client_has_is_not_sent_again(
    path: str, worker: DescribedClient, home: Record, live_targets: dict[str, Target]
) -> None:
    place = f"/api/v1/{path.format(home.pk)}"
    etag = worker.get(place)["ETag"]

    same = worker.get(place, headers={"if-none-match": etag})
    head = worker.head(place, headers={"if-none-match": f'"other", {etag}'})
    other = worker.get(place, headers={"if-none-match": '"other"'})
    english = worker.get(place, headers={"if-none-match": etag, "accept-language": "en"})

    assert [one.status_code for one in (same, head, other)] == [304, 304, 200]
    assert same.content == b"" and same["ETag"] == etag
    assert path != "coverage/" or english.status_code == 200


def test_a_tag_changes_with_the_record(worker: DescribedClient, accounts: dict[str, User], home: Record) -> None:
    place = f"/api/v1/records/{home.pk}/"
    etag = worker.get(place)["ETag"]

    submit(EntryForm.parse(factories.act(home, "change", floor_area="77")), by=accounts["worker"])

    assert worker.get(place, headers={"if-none-match": etag}).status_code == 200
