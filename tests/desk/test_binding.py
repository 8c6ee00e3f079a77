"""Tablets that the office lets in: a key of their own, and a signature a form."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from gridapp.org import devices
from gridapp.org.models import Area, Device, DeviceKey, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Entry
from tests.desk.signing import NEW, Signing, approve
from tests.desk.tablets import Tablet

pytestmark = pytest.mark.usefixtures("bound")
Form = Callable[..., dict[str, Any]]


def test_who_signs_in_elsewhere_can_do_nothing_but_ask_for_the_tablet(worker: User) -> None:
    one = Signing(worker)

    led = one.client.get("/search/")

    assert led["Location"] == "/tablet/?next=%2Fsearch%2F"
    assert one.client.get("/tablet/").status_code == 200
    assert one.client.post("/search/", {"q": "测试"}).status_code == 403
    assert one.client.get("/work/", headers={"hx-request": "true"}).status_code == 403
    refused = one.client.get("/places/", headers={"x-tablet": "1"})
    assert (refused.status_code, refused.json()["reason"]) == (403, "unbound")


def test_a_tablet_waits_until_the_office_says_that_it_is_one_of_its_own(worker: User, supervisor: User) -> None:
    one = Signing(worker)
    first = one.show().json()["state"]
    before = one.client.get("/").status_code
    approve(one, supervisor)
    second = one.show().json()["state"]

    assert (first, before, second, one.client.get("/").status_code) == ("waiting", 302, "bound", 200)
    assert DeviceKey.objects.get().approved_by == supervisor


def test_supervisors_of_elsewhere_and_workers_let_nothing_in(worker: User, areas: dict[str, Area]) -> None:
    far = Area.objects.create(code="990101002", name="别的街道")
    stranger = create_account("far", name="远", role=Role.SUPERVISOR, areas=[far])
    one = Signing(worker)
    one.show()

    for user in (stranger, worker):
        approve(one, user)

    assert one.show().json()["state"] == "waiting"


def test_supervisors_are_not_bound_and_may_be(supervisor: User, settings: Any) -> None:
    client = Client()
    client.force_login(supervisor)
    free = client.get("/").status_code
    settings.TABLETS_BOUND = frozenset({"worker", "supervisor"})

    assert (free, client.get("/").status_code) == (200, 302)


def test_a_form_is_signed_by_the_tablet_it_comes_from(tablet: Signing, form_of: Form) -> None:
    answer = tablet.send(form_of())

    assert answer.status_code == 201
    assert Entry.objects.filter(record__kind="resident").count() == 1


@pytest.mark.parametrize("signed", ["", "x", "1.AAAA", "9" * 40 + ".AAAA"])
def test_without_a_signature_nothing_is_taken(tablet: Signing, form_of: Form, signed: str) -> None:
    answer = tablet.send(form_of(), signed=signed)

    assert (answer.status_code, answer.json()["reason"]) == (403, "unsigned")


@pytest.mark.parametrize("off", [-301, 301])
def test_a_signature_is_good_for_some_minutes(tablet: Signing, form_of: Form, off: int) -> None:
    assert tablet.send(form_of(), at=int(time.time()) + off).status_code == 403


def test_a_signature_is_of_these_bytes_this_session_and_this_tablet(tablet: Signing, form_of: Form) -> None:
    body, token = json.dumps(tablet.envelope(form_of())), tablet.said["csrf"]
    other = Signing(tablet.user)

    answers = [
        tablet.send(form_of(), signed=tablet.signed(body, token)),
        tablet.send(form_of(), signed=tablet.signed(body, "another token")),
        tablet.send(form_of(), signed=other.signed(body, token)),
    ]

    assert [one.status_code for one in answers] == [403] * 3


def test_a_session_that_was_carried_to_another_browser_sends_nothing(tablet: Signing, form_of: Form) -> None:
    thief = Signing(tablet.user)
    thief.client.cookies["sessionid"] = tablet.client.cookies["sessionid"].value
    thief.said = thief.client.get("/session/", headers={"x-device": thief.name}).json()

    assert thief.send(form_of()).json()["reason"] == "unsigned"


def test_a_tablet_that_was_let_in_takes_no_second_key(tablet: Signing) -> None:
    other = Signing(tablet.user, name=tablet.name)

    assert other.show().json()["state"] == "other"
    assert other.client.get("/").status_code == 302


@pytest.mark.parametrize("spki", ["", "x", base64.b64encode(b"no key").decode()])
def test_only_a_key_of_its_kind_is_taken(worker: User, spki: str) -> None:
    assert Signing(worker).show(spki=spki).status_code == 403
    assert not DeviceKey.objects.exists()


def test_a_key_of_another_curve_is_none(worker: User) -> None:
    big = ec.generate_private_key(ec.SECP384R1()).public_key()
    spki = big.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    assert Signing(worker).show(spki=base64.b64encode(spki).decode()).status_code == 403


def test_a_lost_tablet_is_signed_out_and_its_forms_are_not_taken(
    tablet: Signing, supervisor: User, form_of: Form
) -> None:
    devices.report_lost(Device.objects.get(pk=tablet.name).pk, by=supervisor)

    assert tablet.send(form_of()).status_code == 401
    tablet.client.force_login(tablet.user)
    assert tablet.show().json()["state"] == "lost"
    assert tablet.client.get("/").status_code == 302


def test_with_binding_off_nothing_is_asked_for(worker: User, form_of: Form, settings: Any) -> None:
    settings.TABLETS_BOUND = frozenset()

    assert Tablet.of(worker).send(NEW, form_of()).status_code == 201
