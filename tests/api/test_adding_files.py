"""A file that a department asked for, sent by another client: who may, what is taken, what the answer says."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gridapp.catalogue.models import Target
from gridapp.delivery.models import Delivery, Status
from gridapp.registry.models import Attachment, Record
from tests.api.conftest import ClientOf
from tests.api.description import DescribedClient
from tests.files import exif, jpeg, pdf

pytestmark = pytest.mark.django_db
SIGNATURE = "attachment.lease_signature"


@pytest.fixture
def asked(home: Record, live_targets: dict[str, Target]) -> Record:
    """A flat that came back for want of the page with the signature."""
    Delivery.objects.create(
        record=home, target=live_targets["FWBM"], status=Status.RETURNED, wanted_version=1, fields=[SIGNATURE]
    )
    return home


def send(client: DescribedClient, record: Record, content: bytes | None = None, **form: Any) -> Any:
    sent = {"name": SIGNATURE, **form}
    if content is not None:
        sent["file"] = SimpleUploadedFile("page.bin", content)
    return client.post(f"/api/v1/records/{record.id}/attachments/", sent, format="multipart")


def errors(answer: Any) -> list[tuple[str, str]]:
    return [(one["field"], one["code"]) for one in answer.json()["errors"]]


def test_what_was_asked_for_is_taken_and_the_answer_says_what_was_kept(worker: DescribedClient, asked: Record) -> None:
    answer = send(worker, asked, jpeg(exif(6)))

    row = Attachment.objects.get(record=asked)
    told = answer.json()
    assert answer.status_code == 201
    assert (told["record"], told["version"], told["name"]) == (str(asked.id), 2, SIGNATURE)
    assert (told["media_type"], told["size"], told["sha256"]) == ("image/jpeg", row.size, row.sha256)
    assert [one["target"] for one in told["deliveries"] if one["status"]][:1] == ["FWBM"]


def test_the_same_file_again_is_answered_and_changes_nothing(worker: DescribedClient, asked: Record) -> None:
    first, again = send(worker, asked, pdf()), send(worker, asked, pdf())

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["sha256"] == again.json()["sha256"]
    assert Record.objects.get(pk=asked.pk).version == 2


@pytest.mark.parametrize(
    ("form", "content", "expected"),
    [
        ({}, None, (SIGNATURE, "no_file")),
        ({"file": "no file"}, None, (SIGNATURE, "no_file")),
        ({}, b"<html>", (SIGNATURE, "file_type")),
        ({}, pdf(size=5 * 1024 * 1024 + 1), (SIGNATURE, "file_too_large")),
        ({}, pdf(size=8 * 1024 * 1024), (SIGNATURE, "file_too_large")),
        ({"name": "attachment.nonsense"}, pdf(), ("attachment.nonsense", "unknown_attachment")),
        ({"name": ""}, pdf(), ("", "unknown_attachment")),
        ({"name": "\0" * 3}, pdf(), ("", "unknown_attachment")),
        ({"name": "attachment.ownership_proof"}, pdf(), ("attachment.ownership_proof", "not_asked_for")),
        ({"note": "please"}, pdf(), ("note", "unknown_field")),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(
    worker: DescribedClient, asked: Record, form: dict[str, str], content: bytes | None, expected: tuple[str, str]
) -> None:
    answer = send(worker, asked, content, **form)

    assert (answer.status_code, errors(answer)) == (422, [expected])
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{}", "application/json", 415),
        ("name=x", "application/x-www-form-urlencoded", 415),
        ("", "", 415),
        ("no parts", "multipart/form-data", 400),
        ("--b--", "multipart/form-data; boundary=b", 422),
    ],
)
def test_what_is_no_form_with_a_file_is_said_so(
    worker: DescribedClient, asked: Record, body: str, content_type: str, status: int
) -> None:
    answer = worker.generic("POST", f"/api/v1/records/{asked.id}/attachments/", body, content_type=content_type)

    assert answer.status_code == status
    assert not Attachment.objects.exists()


def test_a_name_twice_is_the_last_one_and_nothing_is_kept_of_a_second_file(
    worker: DescribedClient, asked: Record
) -> None:
    two = [SimpleUploadedFile("a.pdf", pdf()), SimpleUploadedFile("b.pdf", pdf(b"other\n"))]

    answer = worker.post(
        f"/api/v1/records/{asked.id}/attachments/", {"name": SIGNATURE, "file": two}, format="multipart"
    )

    assert answer.status_code == 201
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("worker", 201),
        ("supervisor", 201),
        ("administrator", 403),
        ("other_worker", 404),
        ("officer", 403),
        ("auditor", 403),
        ("anonymous", 401),
    ],
)
def test_who_may_add_one(client_of: ClientOf, asked: Record, role: str, status: int) -> None:
    assert send(client_of(role), asked, pdf()).status_code == status


def test_it_is_given_out_to_nobody(worker: DescribedClient, asked: Record) -> None:
    sha256 = send(worker, asked, pdf()).json()["sha256"]

    record = worker.get(f"/api/v1/records/{asked.id}/")
    listed = worker.get(f"/api/v1/records/{asked.id}/attachments/")

    assert sha256 not in record.content.decode()
    assert listed.status_code == 405
