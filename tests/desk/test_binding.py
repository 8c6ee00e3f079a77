"""Tablets that the office lets in: a key of their own, a signature a form, and what a lost one still hands in."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.test import Client
from django.utils import timezone

from gridapp.desk.session import owner
from gridapp.org import devices
from gridapp.org.models import Area, Device, DeviceKey, HeldBack, Role, User
from gridapp.org.staff import create_account
from gridapp.registry.models import Entry
from tests.desk.tablets import Tablet, sealed

Form = Callable[..., dict[str, Any]]
NEW = "/entries/new/resident/"


@pytest.fixture(autouse=True)
def bound(settings: Any) -> None:
    settings.TABLETS_BOUND = frozenset({"worker"})


@pytest.fixture
def supervisor(areas: dict[str, Area]) -> User:
    return create_account("supervisor", name="赵督导", role=Role.SUPERVISOR, areas=[areas["990101001"]])


@dataclass
class Signing:
    """A browser with a key of its own."""

    user: User
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    name: str = field(default_factory=lambda: str(uuid4()))

    def __post_init__(self) -> None:
        self.client = Client()
        self.client.force_login(self.user)
        self.said = self.client.get("/session/", headers={"x-device": self.name}).json()

    @property
    def spki(self) -> str:
        public = self.key.public_key()
        encoded = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(encoded).decode()

    def signed(self, body: str, token: str, *, at: int | None = None) -> str:
        told = str(int(time.time()) if at is None else at)
        text = "\n".join((self.name, told, hashlib.sha256(body.encode()).hexdigest(), token))
        r, s = decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{told}.{base64.b64encode(r.to_bytes(32) + s.to_bytes(32)).decode()}"

    def show(self, **more: Any) -> Any:
        body = json.dumps({"spki": more.get("spki", self.spki)})
        return self._post("/tablet/key/", body, self.signed(body, self.said["csrf"]), self.said["csrf"])

    def send(self, form: dict[str, Any], *, at: int | None = None, signed: str | None = None) -> Any:
        body = json.dumps(self.envelope(form))
        proof = self.signed(body, self.said["csrf"], at=at) if signed is None else signed
        return self._post("/outbox/", body, proof, self.said["csrf"])

    def hand_in(self, envelope: dict[str, Any]) -> Any:
        body = json.dumps(envelope)
        return self._post("/outbox/held/", body, self.signed(body, ""), "")

    def envelope(self, form: dict[str, Any]) -> dict[str, Any]:
        return Tablet(self.client, self.user, self.said).envelope(NEW, form)

    def _post(self, url: str, body: str, proof: str, token: str) -> Any:
        headers = {"x-signed": proof, "x-csrftoken": token, "x-device": self.name, "x-tablet": "1"}
        return self.client.post(url, body, content_type="application/json", headers=headers)


@pytest.fixture
def tablet(worker: User, supervisor: User) -> Signing:
    """The worker's own, let in by the supervisor."""
    one = Signing(worker)
    assert one.show().json()["state"] == "waiting"
    _approve(one, supervisor)
    assert one.show().json()["state"] == "bound"
    return one


def _approve(one: Signing, by: User) -> Any:
    client = Client()
    client.force_login(by)
    return client.post(f"/review/devices/{one.name}/", {"act": "approve"})


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
    _approve(one, supervisor)
    second = one.show().json()["state"]

    assert (first, before, second, one.client.get("/").status_code) == ("waiting", 302, "bound", 200)
    assert DeviceKey.objects.get().approved_by == supervisor


def test_supervisors_of_elsewhere_and_workers_let_nothing_in(worker: User, areas: dict[str, Area]) -> None:
    far = Area.objects.create(code="990101002", name="别的街道")
    stranger = create_account("far", name="远", role=Role.SUPERVISOR, areas=[far])
    one = Signing(worker)
    one.show()

    for user in (stranger, worker):
        _approve(one, user)

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


def test_what_waits_on_a_lost_tablet_is_held_back_and_neither_filed_nor_lost(
    tablet: Signing, supervisor: User, form_of: Form
) -> None:
    form = form_of()
    envelope = tablet.envelope(form)
    devices.report_lost(Device.objects.get(pk=tablet.name).pk, by=supervisor)

    told = tablet.client.get("/session/", headers={"x-waiting": "1"})
    answer = tablet.hand_in(envelope)
    tablet.hand_in(envelope)
    wiped = tablet.client.get("/session/", headers={"x-waiting": "0"})

    assert told.json()["hand_in"] is True
    assert "Clear-Site-Data" not in told
    assert (answer.status_code, answer.json()["state"], answer.json()["id"]) == (202, "held", form["entry_id"])
    assert "Clear-Site-Data" in wiped
    assert HeldBack.objects.count() == 1
    assert form["id_number"] not in str(HeldBack.objects.get().envelope)
    assert not Entry.objects.filter(id=form["entry_id"]).exists()


def test_a_supervisor_takes_it_and_it_is_the_workers_entry(tablet: Signing, supervisor: User, form_of: Form) -> None:
    form = form_of()
    envelope = tablet.envelope(form)
    devices.report_lost(Device.objects.get(pk=tablet.name).pk, by=supervisor)
    tablet.hand_in(envelope)
    client = Client()
    client.force_login(supervisor)

    page = client.get("/held/").content.decode()
    client.post("/held/", {"device": tablet.name, "act": "take"})

    assert "1 条待定" in page
    assert Entry.objects.get(id=form["entry_id"]).by == tablet.user
    assert HeldBack.objects.get().said == "saved"
    assert "没有待定的" in client.get("/held/").content.decode()


def test_a_supervisor_puts_it_away(tablet: Signing, supervisor: User, form_of: Form) -> None:
    form = form_of()
    envelope = tablet.envelope(form)
    devices.report_lost(Device.objects.get(pk=tablet.name).pk, by=supervisor)
    tablet.hand_in(envelope)
    client = Client()
    client.force_login(supervisor)

    client.post("/held/", {"device": tablet.name, "act": "drop"})

    assert (HeldBack.objects.get().said, Entry.objects.filter(id=form["entry_id"]).exists()) == ("dropped", False)


def test_a_form_made_up_for_somebody_elsewhere_is_not_filed(
    tablet: Signing, supervisor: User, form_of: Form, areas: dict[str, Area]
) -> None:
    far = Area.objects.create(code="990101002002001", name="别的网格")
    stranger = create_account("far", name="远", role=Role.WORKER, areas=[far])
    form = form_of()
    made_up = sealed(form["entry_id"], "{}", tablet.said["key"]) | {"owner": owner(stranger)}
    devices.report_lost(Device.objects.get(pk=tablet.name).pk, by=supervisor)
    tablet.hand_in(made_up)
    client = Client()
    client.force_login(supervisor)

    client.post("/held/", {"device": tablet.name, "act": "take"})

    assert HeldBack.objects.get().said == "owner"
    assert not Entry.objects.filter(id=form["entry_id"]).exists()


def test_nobody_hands_in_for_a_tablet_that_is_not_lost_or_was_never_let_in(
    tablet: Signing, worker: User, supervisor: User, form_of: Form
) -> None:
    unknown = Signing(worker)
    unknown.show()
    devices.report_lost(Device.objects.get(pk=unknown.name).pk, by=supervisor)

    answers = [tablet.hand_in(tablet.envelope(form_of())), unknown.hand_in(unknown.envelope(form_of()))]
    told = unknown.client.get("/session/", headers={"x-waiting": "3"})

    assert [one.status_code for one in answers] == [401, 401]
    assert "Clear-Site-Data" in told
    assert not HeldBack.objects.exists()


def test_time_to_hand_in_ends(tablet: Signing, supervisor: User, settings: Any) -> None:
    settings.HAND_IN_MINUTES = 60
    devices.report_lost(Device.objects.get(pk=tablet.name).pk, by=supervisor)
    Device.objects.filter(pk=tablet.name).update(told_at=timezone.now() - timedelta(minutes=61))

    told = tablet.client.get("/session/", headers={"x-waiting": "3"})

    assert "hand_in" not in told.json()
    assert "Clear-Site-Data" in told


def test_with_binding_off_nothing_is_asked_for(worker: User, form_of: Form, settings: Any) -> None:
    settings.TABLETS_BOUND = frozenset()

    assert Tablet.of(worker).send(NEW, form_of()).status_code == 201
