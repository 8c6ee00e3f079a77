"""A photo that waited on a tablet becomes the record's attachment once, with its form; or the form waits set aside."""

from __future__ import annotations

import base64
import logging
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gridapp.delivery.models import Delivery, Status
from gridapp.org.models import User
from gridapp.registry import attachments
from gridapp.registry.models import Attachment, Entry, Photo, Record, SetAside
from tests.desk.tablets import MADE_AT, Tablet
from tests.desk.test_outbox_at_once import together
from tests.files import GPS, exif, jpeg, pdf

SIGNATURE = "attachment.lease_signature"


@pytest.fixture
def tablet(worker: User) -> Tablet:
    return Tablet.of(worker)


@pytest.fixture
def returned(flat: Record) -> Record:
    """A flat that came back for want of the page with the signature."""
    Delivery.objects.filter(record=flat, target__key="FWBM").update(
        status=Status.RETURNED, due_at=None, reason="补正:缺少出租人签字页", reason_code="BZ01", fields=[SIGNATURE]
    )
    return flat


def send(tablet: Tablet, record: Record, content: bytes, **more: Any) -> tuple[int, dict[str, Any]]:
    """Photo, then form: what the form was answered."""
    id_ = str(uuid4())
    assert tablet.put(tablet.photo(id_, content)).status_code == 201
    answer = tablet.post(tablet.supplement(record.id, id_, **more))
    return answer.status_code, answer.json()


def codes() -> list[list[str]]:
    refusals: list[list[str]] = SetAside.objects.get().refusals
    return refusals


def test_a_photo_and_its_form_become_an_attachment(tablet: Tablet, returned: Record) -> None:
    id_ = str(uuid4())

    photo = tablet.put(tablet.photo(id_, jpeg(exif(6))))
    answer = tablet.post(tablet.supplement(returned.id, id_))

    row, entry = Attachment.objects.get(), Entry.objects.get(id=id_)
    url = reverse("desk:record", args=[returned.id])
    told = {"ok": True, "id": id_, "state": "saved", "record": str(returned.id), "url": url}
    assert (photo.status_code, photo.json()) == (201, {"ok": True, "id": id_, "part": 1, "state": "kept"})
    assert (answer.status_code, answer.json()) == (201, told)
    assert (row.record_id, row.name, row.media_type) == (returned.id, SIGNATURE, "image/jpeg")
    assert GPS not in attachments.fetch([returned.id], {SIGNATURE})[returned.id][SIGNATURE].content
    assert (entry.record_id, entry.made_at) == (returned.id, datetime.fromisoformat(MADE_AT))
    assert not Delivery.objects.filter(record=returned, status=Status.RETURNED, target__key="ZLBA").exists()


def test_lost_answers_cost_nothing(tablet: Tablet, returned: Record) -> None:
    id_ = str(uuid4())
    photo, whole = tablet.photo(id_, jpeg()), tablet.supplement(returned.id, id_)

    answers = [tablet.put(photo), tablet.put(photo), tablet.post(whole), tablet.post(whole), tablet.put(photo)]
    last = tablet.post(whole)

    assert [one.status_code for one in answers] == [201, 200, 201, 200, 200]
    assert last.json() == answers[2].json()
    assert (Attachment.objects.count(), Entry.objects.filter(id=id_).count()) == (1, 1)
    assert bytes(Photo.objects.get().sealed) == b""


def test_what_the_page_sent_and_the_outbox_sends_again_is_one(tablet: Tablet, returned: Record) -> None:
    id_ = str(uuid4())
    posted = {"name": SIGNATURE, "entry_id": id_, "file": SimpleUploadedFile("签字页.jpg", jpeg())}
    page = tablet.client.post(f"/records/{returned.id}/attachments/", posted, headers={"x-tablet": "1"})

    tablet.put(tablet.photo(id_, jpeg(exif())))
    answer = tablet.post(tablet.supplement(returned.id, id_))

    assert (page.status_code, answer.status_code) == (201, 200)
    assert page.json() == answer.json()
    assert Entry.objects.filter(record=returned).count() == 2  # the flat itself, and one file


def test_what_the_page_sent_needs_no_photo_from_the_outbox(tablet: Tablet, returned: Record) -> None:
    """The tablet cannot read its own copy any more, and need not."""
    id_ = str(uuid4())
    posted = {"name": SIGNATURE, "entry_id": id_, "file": SimpleUploadedFile("签字页.jpg", jpeg())}
    tablet.client.post(f"/records/{returned.id}/attachments/", posted)

    answer = tablet.post(tablet.supplement(returned.id, id_))

    assert (answer.status_code, answer.json()["state"]) == (200, "saved")
    assert not SetAside.objects.exists()


def test_a_file_that_was_there_already_is_no_second_entry(tablet: Tablet, returned: Record) -> None:
    send(tablet, returned, jpeg())

    again = send(tablet, returned, jpeg())

    assert (again[0], again[1]["state"]) == (200, "saved")
    assert Entry.objects.filter(record=returned).count() == 2


def test_a_form_whose_photo_never_came_is_set_aside_and_says_what_to_do(tablet: Tablet, returned: Record) -> None:
    id_ = str(uuid4())

    first, again = (tablet.post(tablet.supplement(returned.id, id_)) for _ in range(2))

    url = reverse("desk:set_aside", args=[id_])
    told = {"ok": True, "id": id_, "state": "set_aside", "url": url}
    assert [(one.status_code, one.json()) for one in (first, again)] == [(202, told)] * 2
    assert codes() == [[SIGNATURE, "photo_missing"]]
    page = tablet.client.get(url).content.decode()
    assert "“出租人签字页”的照片没有传上来，请打开档案，再拍一次，再上传" in page
    assert f'href="/records/{returned.id}/"' in page
    assert "出租人签字页" in tablet.client.get("/work/").content.decode()


def test_it_may_be_put_away(tablet: Tablet, returned: Record) -> None:
    answer = tablet.post(tablet.supplement(returned.id, str(uuid4())))

    away = tablet.client.post(answer.json()["url"], {"act": "drop"})

    assert away.status_code == 302
    assert SetAside.objects.get().settled_as == "dropped"


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"<html>", SIGNATURE, "file_type"),
        (jpeg()[:-5], SIGNATURE, "file_broken"),
        (b"", SIGNATURE, "no_file"),
        (jpeg(), "attachment.hazard_photo", "not_asked_for"),
        (jpeg(), "attachment.unheard_of", "unknown_attachment"),
    ],
)
def test_what_cannot_be_added_is_set_aside(
    tablet: Tablet, returned: Record, content: bytes, name: str, code: str
) -> None:
    status, told = send(tablet, returned, content, name=name)

    assert (status, told["state"]) == (202, "set_aside")
    assert codes() == [[name, code]]
    assert not Attachment.objects.exists()


def test_a_record_that_went_to_another_grid_is_set_aside(tablet: Tablet, returned: Record, other_worker: User) -> None:
    Record.objects.filter(pk=returned.pk).update(grid_code="990101001002001")

    status, told = send(tablet, returned, jpeg())

    assert (status, told["state"]) == (202, "set_aside")
    assert codes() == [["record", "out_of_reach"]]
    assert (SetAside.objects.get().kind, SetAside.objects.get().record_id) == ("housing", None)
    assert "请告诉督导" in tablet.client.get(told["url"]).content.decode()
    assert "<b>出租人签字页</b>" in tablet.client.get("/work/").content.decode()


def test_the_id_of_another_act_is_set_aside(tablet: Tablet, returned: Record, resident: Record) -> None:
    id_ = str(Entry.objects.get(record=resident).id)
    tablet.put(tablet.photo(id_, jpeg()))

    answer = tablet.post(tablet.supplement(returned.id, id_))

    assert answer.status_code == 202
    assert codes() == [["", "saved_already"]]


def test_a_scanned_page_goes_the_same_way(tablet: Tablet, returned: Record) -> None:
    assert send(tablet, returned, pdf())[0] == 201
    assert Attachment.objects.get().media_type == "application/pdf"


@pytest.mark.parametrize(("named", "sealed_in"), [(0, 1), (1, 0), (2, 1), (1, 2), ("1", 1)])
def test_a_sender_that_does_not_know_of_the_photo_keeps_the_form(
    tablet: Tablet, returned: Record, named: Any, sealed_in: int
) -> None:
    """A script from before there were photos sends the form without its photo, and would then forget both."""
    envelope = tablet.supplement(returned.id, str(uuid4()), parts=sealed_in) | {"parts": named}

    answer = tablet.post(envelope)

    assert answer.status_code == 400
    assert answer.json()["reason"] in {"parts", "malformed"}
    assert not SetAside.objects.exists()


def test_nothing_of_a_photo_stands_in_the_log(
    tablet: Tablet, returned: Record, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="gridapp")

    send(tablet, returned, jpeg(exif(), comment=b"seen by a camera"))
    send(tablet, returned, b"seen by a camera")

    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "seen by a camera" not in said
    assert base64.b64encode(b"seen by a camera").decode()[:12] not in said


@pytest.mark.django_db(transaction=True)
def test_from_many_sides_at_once_it_is_one_attachment(worker: User, returned: Record) -> None:
    tablet, id_ = Tablet.of(worker), str(uuid4())
    photo, whole = tablet.photo(id_, jpeg()), tablet.supplement(returned.id, id_)

    put = together(worker, 8, lambda one, _: one.put(photo))
    posted = together(worker, 8, lambda one, _: one.post(whole))

    assert Counter(one.status_code for one in put) == {201: 1, 200: 7}
    assert Counter(one.status_code for one in posted) == {201: 1, 200: 7}
    assert (Attachment.objects.count(), Entry.objects.filter(id=id_).count()) == (1, 1)
