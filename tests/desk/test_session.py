"""What a tablet is told when it asks: who is signed in, the key to seal to, that it was lost."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gridapp.catalogue.models import Target
from gridapp.desk import session
from gridapp.org import devices
from gridapp.org.models import Device, OpenSession, Role, User
from gridapp.org.staff import create_account

DEVICE = "6f2f4f0e-1111-4000-8000-000000000001"


@pytest.fixture
def supervisor(areas: dict[str, Any]) -> User:
    return create_account("supervisor", name="赵督导", role=Role.SUPERVISOR, areas=[areas["990101001"]])


def ask(client: Client, **headers: str) -> Any:
    return client.get("/session/", headers={"x-device": DEVICE} | headers)


def test_it_says_who_is_signed_in_and_what_to_seal_with(desk: Client, worker: User, settings: Any) -> None:
    settings.UNDO_SECONDS = 8
    response = ask(desk)

    said = response.json()
    assert response.status_code == 200
    assert said.keys() == {"ok", "user", "name", "csrf", "key", "version", "language", "hold", "enters", "device"}
    assert (said["ok"], said["name"], said["language"], said["hold"]) == (True, "王秀英", "zh-hans", 8)
    assert said["user"] == session.owner(worker)
    public = serialization.load_der_public_key(base64.b64decode(said["key"]["spki"]))
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == 3072


def test_it_is_kept_by_nobody(desk: Client) -> None:
    assert "no-store" in ask(desk)["Cache-Control"]


def test_the_account_is_named_by_something_that_says_nothing(worker: User, other_worker: User) -> None:
    names = {session.owner(worker), session.owner(other_worker)}

    assert len(names) == 2
    assert all(len(name) == 32 and "worker" not in name for name in names)


def test_signed_out_is_401_in_json_and_never_a_redirect(client: Client, db: None) -> None:
    response = ask(client)

    assert response.status_code == 401
    assert response.json() == {"ok": False, "reason": "signed_out"}


def test_an_expired_session_is_the_same(desk: Client) -> None:
    OpenSession.objects.all().delete()

    assert ask(desk).status_code == 401


def test_the_token_is_good_for_the_next_post(worker: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(worker)

    token = ask(client).json()["csrf"]
    response = client.post("/logout/", headers={"x-tablet": "1", "x-csrftoken": token})

    assert (response.status_code, response.json()) == (200, {"ok": True})


def test_the_version_changes_when_a_system_is_switched_off(desk: Client, targets: None) -> None:
    before = ask(desk).json()["version"]
    again = ask(desk).json()["version"]
    Target.objects.filter(key="PDA").update(enabled=False)

    assert before == again != ask(desk).json()["version"]


def test_it_notes_what_waits_on_the_tablet(desk: Client, worker: User) -> None:
    ask(desk, **{"x-waiting": "3", "x-oldest": "7200"})

    row = Device.objects.get()
    assert (str(row.id), row.user, row.waiting) == (DEVICE, worker, 3)
    assert row.oldest_at is not None
    assert timedelta(hours=2) <= timezone.now() - row.oldest_at < timedelta(hours=2, minutes=1)


@pytest.mark.parametrize("headers", [{"x-device": "x"}, {"x-device": ""}, {"x-waiting": "-1", "x-oldest": "a lot"}])
def test_what_cannot_be_is_not_noted(desk: Client, headers: dict[str, str]) -> None:
    assert ask(desk, **headers).status_code == 200
    assert all((row.waiting, row.oldest_at) == (0, None) for row in Device.objects.all())


def test_asking_again_writes_nothing(desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    ask(desk)
    seen = Device.objects.get().seen_at

    with django_assert_max_num_queries(5):  # session, user, tablet (lost? known?), targets
        ask(desk)

    assert Device.objects.get().seen_at == seen


def test_a_tablet_that_was_wiped_is_still_the_same_one(desk: Client) -> None:
    ask(desk)

    again = ask(desk, **{"x-device": str(uuid4())})

    assert again.json()["device"] == DEVICE
    assert Device.objects.count() == 1


def test_a_lost_tablet_is_told_to_wipe_itself(desk: Client, supervisor: User) -> None:
    ask(desk)
    devices.report_lost(Device.objects.get().pk, by=supervisor)

    response = ask(desk)

    assert (response.status_code, response.json()) == (200, {"ok": True, "wipe": True})
    assert response["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert Device.objects.get().told_at is not None


def test_its_open_session_ends_before_it_asks(desk: Client, supervisor: User) -> None:
    ask(desk)

    devices.report_lost(Device.objects.get().pk, by=supervisor)

    assert desk.get("/").status_code == 302
    assert [row.ended_why for row in OpenSession.objects.all()] == ["lost"]


def test_a_lost_tablet_that_signs_in_again_is_told_and_signed_out(desk: Client, worker: User, supervisor: User) -> None:
    ask(desk)
    devices.report_lost(Device.objects.get().pk, by=supervisor)
    desk.force_login(worker)

    assert ask(desk).json() == {"ok": True, "wipe": True}
    assert desk.get("/").status_code == 302


def test_signing_out_by_script_clears_what_the_browser_keeps(desk: Client) -> None:
    response = desk.post("/logout/", headers={"x-tablet": "1"})

    assert (response.status_code, response.json()) == (200, {"ok": True})
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert ask(desk).status_code == 401


def test_what_waits_of_others_is_not_cleared(desk: Client) -> None:
    response = desk.post("/logout/", headers={"x-tablet": "1", "x-keep": "1"})

    assert response["Clear-Site-Data"] == '"cache"'


def test_signing_out_without_a_script_leads_to_the_sign_in_page(desk: Client) -> None:
    response = desk.post("/logout/")

    assert response["Location"] == "/login/"
    assert "Clear-Site-Data" not in response
