"""The pages' own posts by a script of a tablet (X-Tablet): the same entries, answered so that a script can tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from gridapp.org.models import OpenSession, User
from gridapp.registry.models import Record
from tests.desk.tablets import a_form

NEW_RESIDENT = "/entries/new/resident/"
BY_SCRIPT = {"x-tablet": "1"}
Filled = Callable[..., dict[str, Any]]


def test_saved_is_said_in_json_with_the_next_page(desk: Client, form_of: Filled) -> None:
    form = form_of()

    first = desk.post(NEW_RESIDENT, form, headers=BY_SCRIPT)
    again = desk.post(NEW_RESIDENT, form, headers=BY_SCRIPT)

    record = Record.objects.get(kind="resident")
    url = reverse("desk:record", args=[record.id])
    assert first.json() == {
        "ok": True,
        "id": form["entry_id"],
        "state": "saved",
        "record": str(record.id),
        "url": url,
    }
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_the_next_page_may_be_the_next_person(desk: Client, form_of: Filled, flat: Record) -> None:
    response = desk.post(NEW_RESIDENT, form_of(another="yes"), headers=BY_SCRIPT)

    record = Record.objects.get(kind="resident")
    assert response.json()["url"] == f"{NEW_RESIDENT}?housing={flat.id}&after={record.id}"


@pytest.mark.parametrize("values", [{"id_number": "990101199202290011"}, {"name": "甲"}])
def test_refused_and_doubtful_are_the_page_with_422(desk: Client, form_of: Filled, values: dict[str, str]) -> None:
    response = desk.post(NEW_RESIDENT, form_of(**values), headers=BY_SCRIPT)

    assert response.status_code == 422
    assert "<form" in response.content.decode()


def test_one_tap_is_answered_too(desk: Client, resident: Record) -> None:
    form = a_form()

    response = desk.post(f"/records/{resident.id}/verify/", form, headers=BY_SCRIPT)

    assert (response.status_code, response.json()["id"]) == (201, form["entry_id"])


def test_one_tap_that_is_refused_shows_the_record_and_why(desk: Client, worker: User, resident: Record) -> None:
    gone = {"residency.end_date": "20260601", "residency.end_reason": "1"}
    desk.post(f"/records/{resident.id}/move-out/", a_form(**gone), headers=BY_SCRIPT)

    response = desk.post(f"/records/{resident.id}/verify/", a_form(), headers=BY_SCRIPT)

    assert response.status_code == 422
    assert "此人当前没有在住登记" in response.content.decode()


def test_signed_out_is_401_in_json(desk: Client, form_of: Filled) -> None:
    OpenSession.objects.all().delete()

    answers = [desk.post(NEW_RESIDENT, form_of(), headers=BY_SCRIPT), desk.get("/", headers=BY_SCRIPT)]

    assert [(one.status_code, one.json()) for one in answers] == [(401, {"ok": False, "reason": "signed_out"})] * 2


def test_an_old_token_is_403_in_json(worker: User, form_of: Filled) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(worker)

    response = client.post(NEW_RESIDENT, form_of(), headers=BY_SCRIPT)

    assert (response.status_code, response.json()) == (403, {"ok": False, "reason": "csrf"})


def test_who_may_not_is_told_in_json(client: Client, auditor: User, form_of: Filled) -> None:
    client.force_login(auditor)

    response = client.post(NEW_RESIDENT, form_of(), headers=BY_SCRIPT)

    assert (response.status_code, response.json()) == (403, {"ok": False, "reason": "role"})


def test_what_is_not_theirs_is_not_found(desk: Client) -> None:
    assert desk.post(f"/records/{uuid4()}/verify/", a_form(), headers=BY_SCRIPT).status_code == 404


def test_a_tablet_asks_whether_it_would_be_saved_and_nothing_is(desk: Client, form_of: Filled) -> None:
    form = form_of()
    asking = BY_SCRIPT | {"x-hold": "1"}

    would = desk.post(NEW_RESIDENT, form, headers=asking)
    assert (would.status_code, would.json()) == (200, {"ok": True, "id": form["entry_id"], "state": "good"})
    assert not Record.objects.filter(kind="resident").exists()
    wrong = desk.post(NEW_RESIDENT, form | {"phone": "123"}, headers=asking)
    assert (wrong.status_code, "<form" in wrong.content.decode()) == (422, True)

    assert desk.post(NEW_RESIDENT, form, headers=BY_SCRIPT).status_code == 201
    assert desk.post(NEW_RESIDENT, form, headers=asking).json()["state"] == "saved"
