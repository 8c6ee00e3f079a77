"""Photos that waited on a tablet: every answer one can get, and that it becomes the record's attachment once, with the
form that names it."""

from __future__ import annotations

import base64
import json
import logging
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gridapp import tablet_keys
from gridapp.delivery.models import Delivery, Status
from gridapp.org import devices
from gridapp.org.models import Device, Role, User
from gridapp.org.staff import create_account
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
def other_tablet(other_worker: User) -> Tablet:
    return Tablet.of(other_worker)


@pytest.fixture
def returned(flat: Record) -> Record:
    """A flat that came back for want of the page with the signature."""
    Delivery.objects.filter(record=flat, target__key="FWBM").update(
        status=Status.RETURNED, due_at=None, reason="补正:缺少出租人签字页", reason_code="BZ01", fields=[SIGNATURE]
    )
    return flat


def form(tablet: Tablet, record: Record, id_: str, *, name: str = SIGNATURE, parts: int = 1) -> dict[str, Any]:
    """The form that a photo belongs to, as its tablet hands it in."""
    path = reverse("desk:supplement", args=[record.id])
    return tablet.envelope(path, {"entry_id": id_, "name": name}, parts=parts) | {"parts": parts}


def send(tablet: Tablet, record: Record, content: bytes, **more: Any) -> tuple[int, dict[str, Any]]:
    """Photo, then form: what the form was answered."""
    id_ = str(uuid4())
    assert tablet.put(tablet.photo(id_, content)).status_code == 201
    answer = tablet.post(form(tablet, record, id_, **more))
    return answer.status_code, answer.json()


def codes() -> list[list[str]]:
    return SetAside.objects.get().refusals


def test_a_photo_and_its_form_become_an_attachment(tablet: Tablet, returned: Record) -> None:
    id_ = str(uuid4())

    photo = tablet.put(tablet.photo(id_, jpeg(exif(6))))
    answer = tablet.post(form(tablet, returned, id_))

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
    photo, whole = tablet.photo(id_, jpeg()), form(tablet, returned, id_)

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
    answer = tablet.post(form(tablet, returned, id_))

    assert (page.status_code, answer.status_code) == (201, 200)
    assert page.json() == answer.json()
    assert Entry.objects.filter(record=returned).count() == 2  # the flat itself, and one file


def test_a_file_that_was_there_already_is_no_second_entry(tablet: Tablet, returned: Record) -> None:
    send(tablet, returned, jpeg())

    again = send(tablet, returned, jpeg())

    assert (again[0], again[1]["state"]) == (200, "saved")
    assert Entry.objects.filter(record=returned).count() == 2


def test_a_form_whose_photo_never_came_is_set_aside_and_says_what_to_do(tablet: Tablet, returned: Record) -> None:
    id_ = str(uuid4())

    first, again = (tablet.post(form(tablet, returned, id_)) for _ in range(2))

    told = {"ok": True, "id": id_, "state": "set_aside", "url": reverse("desk:set_aside", args=[id_])}
    assert [(one.status_code, one.json()) for one in (first, again)] == [(202, told)] * 2
    assert codes() == [[SIGNATURE, "photo_missing"]]
    page = tablet.client.get(told["url"]).content.decode()
    assert "“出租人签字页”的照片没有传上来，请打开档案，再拍一次，再上传" in page
    assert f'href="/records/{returned.id}/"' in page
    assert "出租人签字页" in tablet.client.get("/work/").content.decode()


def test_it_may_be_put_away(tablet: Tablet, returned: Record) -> None:
    answer = tablet.post(form(tablet, returned, str(uuid4())))

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

    answer = tablet.post(form(tablet, returned, id_))

    assert answer.status_code == 202
    assert codes() == [["", "saved_already"]]


def test_a_scanned_page_goes_the_same_way(tablet: Tablet, returned: Record) -> None:
    assert send(tablet, returned, pdf())[0] == 201
    assert Attachment.objects.get().media_type == "application/pdf"


def test_signed_out_is_401(tablet: Tablet) -> None:
    photo = tablet.photo(str(uuid4()), jpeg())
    Session.objects.all().delete()

    answer = tablet.put(photo)

    assert (answer.status_code, answer.json()) == (401, {"ok": False, "reason": "signed_out"})
    assert not Photo.objects.exists()


def test_a_tablet_that_was_reported_lost_is_401(tablet: Tablet, areas: dict[str, Any]) -> None:
    tablet.client.get("/session/", headers={"x-device": str(uuid4()), "x-waiting": "1"})
    supervisor = create_account("supervisor", name="孙", role=Role.SUPERVISOR, areas=[areas["990101"]])
    assert devices.report_lost(Device.objects.get().pk, by=supervisor)

    answer = tablet.put(tablet.photo(str(uuid4()), jpeg()))

    assert (answer.status_code, answer.json()) == (401, {"ok": False, "reason": "signed_out"})
    assert not Photo.objects.exists()


def test_an_old_token_is_403(worker: User) -> None:
    tablet = Tablet.of(worker, strict=True)
    photo = tablet.photo(str(uuid4()), jpeg())

    answer = tablet.put(photo, **{"x-csrftoken": "x" * 64})

    assert (answer.status_code, answer.json()) == (403, {"ok": False, "id": photo["id"], "reason": "csrf"})
    assert tablet.put(photo).status_code == 201


def test_a_photo_of_another_worker_is_not_sent_under_this_name(
    tablet: Tablet, other_tablet: Tablet, returned: Record
) -> None:
    photo = tablet.photo(str(uuid4()), jpeg())

    answer = other_tablet.put(photo)

    assert (answer.status_code, answer.json()) == (403, {"ok": False, "id": photo["id"], "reason": "owner"})
    assert not Photo.objects.exists()


def test_the_id_of_anothers_photo_is_not_theirs(tablet: Tablet, other_tablet: Tablet, returned: Record) -> None:
    id_ = str(uuid4())
    tablet.put(tablet.photo(id_, jpeg()))

    answers = [
        other_tablet.put(other_tablet.photo(id_, jpeg(exif()))),
        other_tablet.post(form(other_tablet, returned, id_)),
    ]

    assert [(one.status_code, one.json()["reason"]) for one in answers] == [(403, "owner")] * 2
    assert (Photo.objects.count(), SetAside.objects.count()) == (1, 0)


def test_who_enters_nothing_is_told_so(auditor: User) -> None:
    tablet = Tablet.of(auditor)

    answer = tablet.put(tablet.photo(str(uuid4()), jpeg()))

    assert (answer.status_code, answer.json()["reason"]) == (403, "role")


def test_another_photo_under_the_same_number_is_409(tablet: Tablet) -> None:
    id_ = str(uuid4())
    tablet.put(tablet.photo(id_, jpeg()))

    answer = tablet.put(tablet.photo(id_, jpeg(exif())))

    assert (answer.status_code, answer.json()) == (409, {"ok": False, "id": id_, "reason": "other_content"})
    assert Photo.objects.count() == 1


def flipped(text: str) -> str:
    """Base64 of the same bytes with one bit changed."""
    raw = bytearray(base64.b64decode(text))
    raw[len(raw) // 2] ^= 1
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize("change", ["wrapped", "iv", "sealed"])
def test_a_seal_that_was_tampered_with_does_not_open(tablet: Tablet, change: str) -> None:
    photo = tablet.photo(str(uuid4()), jpeg())

    answer = tablet.put(photo | {change: flipped(photo[change])})

    told = {"ok": False, "id": photo["id"], "reason": "unsealable"}
    assert (answer.status_code, answer.json()) == (400, told)


@pytest.mark.parametrize("changed", [{"id": str(uuid4())}, {"part": 2}, {"key": "77"}])
def test_a_photo_opens_only_as_the_part_that_it_is(tablet: Tablet, changed: dict[str, Any]) -> None:
    answer = tablet.put(tablet.photo(str(uuid4()), jpeg()) | changed)

    assert (answer.status_code, answer.json()["reason"]) == (400, "unsealable")


def test_a_photo_is_no_form_and_a_form_no_photo(tablet: Tablet, returned: Record) -> None:
    id_ = str(uuid4())
    photo, whole = tablet.photo(id_, jpeg()), form(tablet, returned, id_)

    answers = [tablet.post(photo | {"parts": 1}), tablet.put(whole | {"part": 1})]

    assert [(one.status_code, one.json()["reason"]) for one in answers] == [(400, "unsealable")] * 2


@pytest.mark.parametrize("url", ["/outbox/{other}/photos/1/", "/outbox/{id}/photos/2/"])
def test_a_photo_at_the_address_of_another_is_malformed(tablet: Tablet, url: str) -> None:
    photo = tablet.photo(str(uuid4()), jpeg())

    answer = tablet.put(photo, url=url.format(id=photo["id"], other=uuid4()))

    assert (answer.status_code, answer.json()["reason"]) == (400, "malformed")


@pytest.mark.parametrize("number", [0, 7, 99])
def test_a_form_has_few_photos(tablet: Tablet, number: int) -> None:
    answer = tablet.put(tablet.photo(str(uuid4()), jpeg(), number=number))

    assert (answer.status_code, answer.json()["reason"]) == (400, "malformed")


@pytest.mark.parametrize("body", ["", "[]", "null", "{}", "[" * 50_000, '{"id": "x", "part": 1}'])
def test_what_is_no_envelope_is_malformed(tablet: Tablet, body: str) -> None:
    answer = tablet.put(body, url=f"/outbox/{uuid4()}/photos/1/")

    assert (answer.status_code, answer.json()["reason"]) == (400, "malformed")


@pytest.mark.parametrize("part", ["1", None, [1], 1.0])
def test_a_number_that_is_none_is_malformed(tablet: Tablet, part: Any) -> None:
    answer = tablet.put(tablet.photo(str(uuid4()), jpeg()) | {"part": part}, url=f"/outbox/{uuid4()}/photos/1/")

    assert (answer.status_code, answer.json()["reason"]) == (400, "malformed")


def test_what_is_larger_than_a_photo_is_made_is_413(tablet: Tablet) -> None:
    answer = tablet.put(json.dumps({"sealed": "A" * 1_100_000}), url=f"/outbox/{uuid4()}/photos/1/")

    assert (answer.status_code, answer.json()["reason"]) == (413, "too_large")


def test_the_largest_that_a_tablet_keeps_is_taken(tablet: Tablet) -> None:
    assert tablet.put(tablet.photo(str(uuid4()), b"x" * 700 * 1024)).status_code == 201


def test_a_photo_is_only_put(tablet: Tablet) -> None:
    url = f"/outbox/{uuid4()}/photos/1/"

    assert [tablet.client.get(url).status_code, tablet.client.post(url).status_code] == [405, 405]


@pytest.mark.parametrize(("named", "sealed_in"), [(0, 1), (1, 0), (2, 1), (1, 2), ("1", 1)])
def test_a_sender_that_does_not_know_of_the_photo_keeps_the_form(
    tablet: Tablet, returned: Record, named: Any, sealed_in: int
) -> None:
    """A script from before there were photos sends the form without its photo, and would then forget both."""
    envelope = form(tablet, returned, str(uuid4()), parts=sealed_in) | {"parts": named}

    answer = tablet.post(envelope)

    assert answer.status_code == 400
    assert answer.json()["reason"] in {"parts", "malformed"}
    assert not SetAside.objects.exists()


def test_without_its_key_it_stays_on_the_tablet(tablet: Tablet, settings: Any) -> None:
    photo = tablet.photo(str(uuid4()), jpeg())
    settings.TABLET_KEYS = tablet_keys.make(9)

    assert tablet.put(photo).json()["reason"] == "unsealable"


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
    photo, whole = tablet.photo(id_, jpeg()), form(tablet, returned, id_)

    put = together(worker, 8, lambda one, _: one.put(photo))
    posted = together(worker, 8, lambda one, _: one.post(whole))

    assert Counter(one.status_code for one in put) == {201: 1, 200: 7}
    assert Counter(one.status_code for one in posted) == {201: 1, 200: 7}
    assert (Attachment.objects.count(), Entry.objects.filter(id=id_).count()) == (1, 1)
