"""Forms that waited on a tablet: every answer it can get, and that each form is entered once or set aside once."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from gridapp import tablet_keys
from gridapp.org.models import OpenSession, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Entry, Record, SetAside
from tests.desk.tablets import MADE_AT, Tablet, sealed

NEW_RESIDENT = "/entries/new/resident/"
Filled = Callable[..., dict[str, Any]]


@pytest.fixture
def tablet(worker: User) -> Tablet:
    return Tablet.of(worker)


@pytest.fixture
def other_tablet(other_worker: User) -> Tablet:
    return Tablet.of(other_worker)


def people() -> int:
    return Record.objects.filter(kind="resident").count()


def test_a_form_is_saved_and_its_id_said_back(tablet: Tablet, form_of: Filled) -> None:
    form = form_of()

    response = tablet.send(NEW_RESIDENT, form)

    record = Record.objects.get(kind="resident")
    url = reverse("desk:record", args=[record.id])
    told = {"ok": True, "id": form["entry_id"], "state": "saved", "record": str(record.id), "url": url}
    assert (response.status_code, response.json()) == (201, told)


def test_a_lost_answer_costs_nothing(tablet: Tablet, form_of: Filled) -> None:
    envelope = tablet.envelope(NEW_RESIDENT, form_of())

    first, *again = [tablet.post(envelope) for _ in range(3)]

    assert (first.status_code, [one.status_code for one in again]) == (201, [200, 200])
    assert all(one.json() == first.json() for one in again)
    assert people() == 1


def test_the_time_it_was_made_is_the_entrys(tablet: Tablet, form_of: Filled) -> None:
    tablet.send(NEW_RESIDENT, form_of(), made_at=MADE_AT)

    assert Entry.objects.latest("number").made_at == datetime.fromisoformat(MADE_AT)


def test_what_cannot_be_saved_is_set_aside_once(tablet: Tablet, form_of: Filled) -> None:
    form = form_of(id_number="990101199202290011")

    first, again = tablet.send(NEW_RESIDENT, form), tablet.send(NEW_RESIDENT, form)

    row = SetAside.objects.get()
    url = reverse("desk:set_aside", args=[row.entry_id])
    told = {"ok": True, "id": form["entry_id"], "state": "set_aside", "url": url}
    assert [(one.status_code, one.json()) for one in (first, again)] == [(202, told)] * 2
    assert row.refusals == [["id_number", "id_checksum"]]
    assert people() == 0


def test_signed_out_is_401(tablet: Tablet, form_of: Filled) -> None:
    envelope = tablet.envelope(NEW_RESIDENT, form_of())
    OpenSession.objects.all().delete()

    response = tablet.post(envelope)

    assert (response.status_code, response.json()) == (401, {"ok": False, "reason": "signed_out"})
    assert people() == 0


def test_an_old_token_is_403(worker: User, form_of: Filled) -> None:
    tablet = Tablet.of(worker, strict=True)
    envelope = tablet.envelope(NEW_RESIDENT, form_of())

    response = tablet.post(envelope, **{"x-csrftoken": "x" * 64})

    assert (response.status_code, response.json()) == (403, {"ok": False, "id": envelope["id"], "reason": "csrf"})
    assert tablet.post(envelope).status_code == 201


def test_a_form_of_another_worker_is_not_sent_under_this_name(
    tablet: Tablet, other_tablet: Tablet, form_of: Filled
) -> None:
    envelope = tablet.envelope(NEW_RESIDENT, form_of())

    response = other_tablet.post(envelope)

    assert (response.status_code, response.json()) == (403, {"ok": False, "id": envelope["id"], "reason": "owner"})
    assert people() == 0
    assert not SetAside.objects.exists()


def test_the_id_of_anothers_entry_is_not_theirs(tablet: Tablet, other_tablet: Tablet, form_of: Filled) -> None:
    saved, refused = form_of(), form_of(id_number="990101199202290011")
    tablet.send(NEW_RESIDENT, saved)
    tablet.send(NEW_RESIDENT, refused)

    answers = [other_tablet.send(NEW_RESIDENT, form) for form in (saved, refused)]

    assert [(one.status_code, one.json()["reason"]) for one in answers] == [(403, "owner")] * 2
    assert SetAside.objects.count() == 1


def test_who_enters_nothing_is_told_so(areas: dict[str, Any], auditor: User, form_of: Filled) -> None:
    tablet = Tablet.of(auditor)

    response = tablet.send(NEW_RESIDENT, form_of())

    assert (response.status_code, response.json()["reason"]) == (403, "role")


def flipped(text: str) -> str:
    """Base64 of the same bytes with one bit changed."""
    raw = bytearray(base64.b64decode(text))
    raw[len(raw) // 2] ^= 1
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize("part", ["wrapped", "iv", "sealed"])
def test_a_seal_that_was_tampered_with_does_not_open(tablet: Tablet, form_of: Filled, part: str) -> None:
    envelope = tablet.envelope(NEW_RESIDENT, form_of())

    response = tablet.post(envelope | {part: flipped(envelope[part])})

    told = {"ok": False, "id": envelope["id"], "reason": "unsealable"}
    assert (response.status_code, response.json()) == (400, told)
    assert people() == 0


@pytest.mark.parametrize("changed", [{"id": str(uuid4())}, {"key": "77"}, {"key": ""}, {"iv": "AAAA"}, {"wrapped": ""}])
def test_a_form_opens_only_under_its_own_id_and_key(tablet: Tablet, form_of: Filled, changed: dict[str, str]) -> None:
    response = tablet.post(tablet.envelope(NEW_RESIDENT, form_of()) | changed)

    assert (response.status_code, response.json()["reason"]) == (400, "unsealable")


def test_what_was_sealed_with_an_older_key_opens(tablet: Tablet, form_of: Filled, settings: Any) -> None:
    envelope = tablet.envelope(NEW_RESIDENT, form_of())
    settings.TABLET_KEYS += f",{tablet_keys.make(8)}"

    assert Tablet.of(tablet.user).session["key"]["id"] == "8"
    assert tablet.post(envelope).status_code == 201


def test_without_its_key_it_stays_on_the_tablet(tablet: Tablet, form_of: Filled, settings: Any) -> None:
    envelope = tablet.envelope(NEW_RESIDENT, form_of())
    settings.TABLET_KEYS = tablet_keys.make(9)

    assert tablet.post(envelope).json()["reason"] == "unsealable"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "1",
        "null",
        "{}",
        "[" * 50_000,
        '{"id": 1, "owner": 2, "key": 3, "wrapped": 4, "iv": 5, "sealed": 6}',
        '{"id": "x", "owner": "", "key": "1", "wrapped": "", "iv": "", "sealed": ""}',
        '{"id": "6f2f4f0e000040008000000000000000", "owner": "", "key": "1", "wrapped": "§", "iv": "", "sealed": ""}',
    ],
)
def test_what_is_no_envelope_is_malformed(tablet: Tablet, body: str) -> None:
    response = tablet.post(body)

    assert response.status_code == 400
    assert (response.json()["ok"], response.json()["reason"]) == (False, "malformed")


@pytest.mark.parametrize(
    "said",
    [
        [],
        {"path": NEW_RESIDENT, "form": "name=x"},
        {"path": NEW_RESIDENT, "form": {"name": "x"}, "made_at": ""},
        {"path": NEW_RESIDENT, "form": "name=甲", "made_at": ""},
        {"path": NEW_RESIDENT, "form": f"entry_id={uuid4()}", "made_at": ""},
        {"path": NEW_RESIDENT, "form": "&".join(f"a{number}=1" for number in range(600)), "made_at": ""},
        {"path": "/logout/", "form": "name=x", "made_at": ""},
        {"path": "/nowhere/", "form": "name=x", "made_at": ""},
        {"path": "https://example.org/entries/new/resident/", "form": "name=x", "made_at": ""},
    ],
)
def test_what_is_no_form_of_ours_is_malformed(tablet: Tablet, said: object) -> None:
    envelope = sealed(str(uuid4()), json.dumps(said), tablet.session["key"]) | {"owner": tablet.session["user"]}

    response = tablet.post(envelope)

    assert (response.status_code, response.json()["reason"]) == (400, "malformed")
    assert not SetAside.objects.exists()


def test_what_is_larger_than_a_form_can_be_is_413(tablet: Tablet) -> None:
    response = tablet.post(json.dumps({"id": str(uuid4()), "sealed": "A" * 1_100_000}))

    assert (response.status_code, response.json()["reason"]) == (413, "too_large")


def test_it_is_only_posted_to(tablet: Tablet) -> None:
    assert tablet.client.get("/outbox/").status_code == 405


def test_a_form_without_an_id_of_its_own_takes_the_envelopes(tablet: Tablet, resident: Record) -> None:
    id_ = str(uuid4())
    said = {"path": f"/records/{resident.id}/verify/", "form": "", "made_at": ""}
    envelope = sealed(id_, json.dumps(said), tablet.session["key"]) | {"owner": tablet.session["user"]}

    assert tablet.post(envelope).status_code == 201
    assert Entry.objects.filter(id=UUID(id_), action="verify").exists()


def test_no_resident_stands_in_the_log(tablet: Tablet, form_of: Filled, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="gridapp")
    envelope = tablet.envelope(NEW_RESIDENT, form_of())

    tablet.post(envelope)
    tablet.post(envelope | {"sealed": flipped(envelope["sealed"])})
    tablet.send(NEW_RESIDENT, form_of(id_number="990101199202290011"))

    said = "\n".join(record.getMessage() for record in caplog.records)
    assert not any(word in said for word in ("测试甲", "990101199202290010", "13912345678", "9901011992"))


def test_a_supervisors_tablet_is_one_like_any_other(areas: dict[str, Any], form_of: Filled) -> None:
    tablet = Tablet.of(
        create_account("chief", name="钱", role=Role.SUPERVISOR, staff_no="A-9", areas=[areas["990101"]])
    )

    assert tablet.send(NEW_RESIDENT, form_of()).status_code == 201


def test_a_tablet_that_hands_in_a_form_needs_no_page(tablet: Tablet, form_of: Filled) -> None:
    """Fifty forms after a shift leave no fifty banners behind."""
    tablet.send(NEW_RESIDENT, form_of())

    page = Client()
    page.cookies = tablet.client.cookies
    assert "已保存：" not in page.get("/").content.decode()
