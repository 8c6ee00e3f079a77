"""Tablets with a key of their own, as the office lets them in."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.test import Client

from gridapp.org.models import Area, Role, User
from gridapp.org.staff import create_account
from tests.desk.tablets import Tablet

NEW = "/entries/new/resident/"


@pytest.fixture
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
    approve(one, supervisor)
    assert one.show().json()["state"] == "bound"
    return one


def approve(one: Signing, by: User) -> Any:
    client = Client()
    client.force_login(by)
    return client.post(f"/review/devices/{one.name}/", {"act": "approve"})
