"""Photos that waited on a tablet: every answer that one can get."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import uuid4

import pytest

from gridapp import tablet_keys
from gridapp.org import devices
from gridapp.org.models import Device, OpenSession, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Photo, Record, SetAside
from tests.desk.tablets import Tablet
from tests.files import exif, jpeg


@pytest.fixture
def tablet(worker: User) -> Tablet:
    return Tablet.of(worker)


@pytest.fixture
def other_tablet(other_worker: User) -> Tablet:
    return Tablet.of(other_worker)


def test_signed_out_is_401(tablet: Tablet) -> None:
    photo = tablet.photo(str(uuid4()), jpeg())
    OpenSession.objects.all().delete()

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
    tablet: Tablet, other_tablet: Tablet, flat: Record
) -> None:
    photo = tablet.photo(str(uuid4()), jpeg())

    answer = other_tablet.put(photo)

    assert (answer.status_code, answer.json()) == (403, {"ok": False, "id": photo["id"], "reason": "owner"})
    assert not Photo.objects.exists()


def test_the_id_of_anothers_photo_is_not_theirs(tablet: Tablet, other_tablet: Tablet, flat: Record) -> None:
    id_ = str(uuid4())
    tablet.put(tablet.photo(id_, jpeg()))

    answers = [
        other_tablet.put(other_tablet.photo(id_, jpeg(exif()))),
        other_tablet.post(other_tablet.supplement(flat.id, id_)),
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


def test_a_photo_is_no_form_and_a_form_no_photo(tablet: Tablet, flat: Record) -> None:
    id_ = str(uuid4())
    photo, whole = tablet.photo(id_, jpeg()), tablet.supplement(flat.id, id_)

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


def test_without_its_key_it_stays_on_the_tablet(tablet: Tablet, settings: Any) -> None:
    photo = tablet.photo(str(uuid4()), jpeg())
    settings.TABLET_KEYS = tablet_keys.make(9)

    assert tablet.put(photo).json()["reason"] == "unsealable"
