"""A request sent again under its key is answered again and done once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.utils import timezone

from gridapp.api import entries, once
from gridapp.api.models import Answered
from gridapp.delivery.submit import submit as submit_now
from gridapp.org.models import User
from gridapp.registry.models import Record
from tests import factories
from tests.api.conftest import ClientOf, Stored
from tests.api.description import DescribedClient
from tests.files import pdf

pytestmark = pytest.mark.django_db
ENTRIES = "/api/v1/entries/"


def post(client: DescribedClient, key: str, body: Any, path: str = ENTRIES) -> Any:
    return client.post(path, body, headers={"idempotency-key": key})


@pytest.mark.parametrize("written", ["{}", '"{}"'])
def test_the_same_again_is_answered_again_word_for_word(
    written: str, worker: DescribedClient, home: Record, stored: Stored
) -> None:
    key, body = written.format(uuid4()), factories.resident_body(home)

    first, second = post(worker, key, body), post(worker, key, body)

    assert (first.status_code, second.status_code) == (201, 201)  # without the key the second would be 200
    assert first.content == second.content
    assert first["Location"] == second["Location"]
    assert "Idempotent-Replayed" not in first and second["Idempotent-Replayed"] == "true"
    assert stored()["Entry"] == 2


def test_a_refusal_is_repeated_too(worker: DescribedClient, home: Record) -> None:
    body = factories.resident_body(home, phone="13800000000")

    answers = [post(worker, "a-key", body) for _ in range(2)]

    assert [one.status_code for one in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Content-Type"] == "application/problem+json"


def test_another_request_under_the_same_key_is_refused(worker: DescribedClient, home: Record, stored: Stored) -> None:
    post(worker, "a-key", factories.resident_body(home))

    other_body = post(worker, "a-key", factories.resident_body(home))
    other_place = post(worker, "a-key", {}, f"/api/v1/records/{home.id}/attachments/")

    assert [one.status_code for one in (other_body, other_place)] == [422, 422]
    assert other_body.json()["errors"][0]["code"] == other_place.json()["errors"][0]["code"] == "key_reused"
    assert stored()["Entry"] == 2


def test_a_key_is_its_tokens_own(client_of: ClientOf, home: Record, far_home: Record) -> None:
    ours = post(client_of("worker"), "a-key", factories.resident_body(home))
    theirs = post(client_of("other_worker"), "a-key", factories.resident_body(far_home))

    assert (ours.status_code, theirs.status_code) == (201, 201)


def test_who_comes_while_it_is_under_way_is_told_to_wait(
    worker: DescribedClient, home: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, met = factories.resident_body(home), []

    def submit(form: Any, *, by: User) -> Any:
        monkeypatch.undo()
        met.append(post(worker, "a-key", body))
        return submit_now(form, by=by)

    monkeypatch.setattr(entries, "submit", submit)
    first = post(worker, "a-key", body)

    assert (first.status_code, met[0].status_code) == (201, 409)
    assert met[0].json()["errors"][0]["code"] == "under_way"
    assert met[0]["Retry-After"] == "1"


def test_what_our_side_failed_at_is_tried_again(
    worker: DescribedClient, home: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = factories.resident_body(home)

    def away(form: Any, *, by: User) -> Any:
        raise OperationalError

    monkeypatch.setattr(entries, "submit", away)
    first = post(worker, "a-key", body)
    monkeypatch.undo()

    assert (first.status_code, post(worker, "a-key", body).status_code) == (503, 201)


def test_what_a_dead_process_began_is_taken_over(worker: DescribedClient, home: Record) -> None:
    body = factories.resident_body(home)
    post(worker, "a-key", body)
    Answered.objects.update(status=None, sealed=b"", made_at=timezone.now() - timedelta(minutes=2))

    assert post(worker, "a-key", body).status_code == 200


@pytest.mark.parametrize("fails", [True, False])
def test_who_was_taken_over_writes_nothing_any_more(
    worker: DescribedClient, home: Record, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    body, met = factories.resident_body(home), []

    def submit(form: Any, *, by: User) -> Any:
        monkeypatch.undo()
        Answered.objects.update(made_at=timezone.now() - timedelta(minutes=2))
        met.append(post(worker, "a-key", body))
        if fails:
            raise OperationalError
        return submit_now(form, by=by)

    monkeypatch.setattr(entries, "submit", submit)
    post(worker, "a-key", body)
    again = post(worker, "a-key", body)

    assert met[0].status_code == 201
    assert (again.status_code, again.content) == (201, met[0].content)
    assert again["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, '""', "a\tb"])
def test_a_key_that_is_none_is_refused(key: str, worker: DescribedClient, home: Record, stored: Stored) -> None:
    answer = post(worker, key, factories.resident_body(home))

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "bad_key")
    assert stored()["Entry"] == 1


def test_a_file_sent_again_under_its_key_is_the_same_and_another_file_is_not(
    worker: DescribedClient, home: Record
) -> None:
    def send(content: bytes) -> int:
        sent = {"name": "attachment.lease_signature", "file": SimpleUploadedFile("page.pdf", content)}
        path, told = f"/api/v1/records/{home.id}/attachments/", {"idempotency-key": "a-key"}
        return int(worker.post(path, sent, format="multipart", headers=told).json()["status"])

    codes = [send(pdf()), send(pdf()), send(pdf() + b"\n")]

    assert codes == [422, 422, 422]
    assert Answered.objects.count() == 1


def test_nothing_of_a_person_lies_there_in_clear_and_a_day_later_nothing_at_all(
    worker: DescribedClient, home: Record
) -> None:
    body = factories.resident_body(home, phone="13800000000", name="王小明")
    post(worker, "13912345678", body)

    row = Answered.objects.get()
    kept = b"".join(bytes(part) for part in (row.key, row.request, row.sealed))
    assert not [word for word in ("王小明", "phone", "13912345678") if word.encode() in kept]
    Answered.objects.update(made_at=timezone.now() - once.KEPT - timedelta(seconds=1))
    assert post(worker, "13912345678", factories.resident_body(home)).status_code == 201
    Answered.objects.update(made_at=timezone.now() - once.KEPT - timedelta(seconds=1))
    assert (once.forget(), Answered.objects.count()) == (1, 0)
