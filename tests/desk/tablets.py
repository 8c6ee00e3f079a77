"""A tablet as the server meets it: it asks who is signed in, seals forms the way the browser does, and sends them."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.test import Client

from gridapp.desk.session import owner
from gridapp.org.models import User

OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
MADE_AT = (datetime.now(timezone(timedelta(hours=8))) - timedelta(days=2)).isoformat(timespec="seconds")


@dataclass
class Tablet:
    """One browser of one account. `client` may check tokens; `post` then says the one that /session/ gave."""

    client: Client
    user: User
    session: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, user: User, *, strict: bool = False) -> Tablet:
        client = Client(enforce_csrf_checks=strict)
        client.force_login(user)
        tablet = cls(client, user)
        tablet.session = client.get("/session/").json()
        return tablet

    def envelope(self, path: str, form: dict[str, Any], *, made_at: str = MADE_AT, **more: Any) -> dict[str, Any]:
        """The form, sealed under its entry id. `more`: what else is sealed with it."""
        id_ = form["entry_id"]
        said = {"path": path, "form": urlencode(form, doseq=True), "made_at": made_at} | more
        return sealed(id_, json.dumps(said), self.session["key"]) | {"owner": owner(self.user)}

    def photo(self, id_: str, content: bytes, *, number: int = 1) -> dict[str, Any]:
        """A photo, sealed as part of the form with this id."""
        parts = sealed(id_, content, self.session["key"], bound_to=f"{id_}/{number}")
        return parts | {"owner": owner(self.user), "part": number}

    def supplement(
        self, record_id: UUID, id_: str, *, name: str = "attachment.lease_signature", parts: int = 1
    ) -> dict[str, Any]:
        """The form that a photo belongs to."""
        form = {"entry_id": id_, "name": name}
        return self.envelope(f"/records/{record_id}/attachments/", form, parts=parts) | {"parts": parts}

    def put(self, envelope: dict[str, Any] | str, *, url: str = "", **headers: str) -> Any:
        told = {"x-csrftoken": self.session.get("csrf", "")} | headers
        if isinstance(envelope, str):
            return self.client.put(url, envelope, content_type="application/json", headers=told)
        url = url or f"/outbox/{envelope['id']}/photos/{envelope['part']}/"
        return self.client.put(url, json.dumps(envelope), content_type="application/json", headers=told)

    def post(self, envelope: dict[str, Any] | str, **headers: str) -> Any:
        told = {"x-csrftoken": self.session.get("csrf", "")} | headers
        body = envelope if isinstance(envelope, str) else json.dumps(envelope)
        return self.client.post("/outbox/", body, content_type="application/json", headers=told)

    def send(self, path: str, form: dict[str, Any], **more: str) -> Any:
        return self.post(self.envelope(path, form, **more))


def sealed(id_: str, plain: str | bytes, key: dict[str, str], *, bound_to: str | None = None) -> dict[str, str]:
    """What an outbox holds: AES-256-GCM bound to the entry's id, its key wrapped with the server's public key."""
    public = serialization.load_der_public_key(base64.b64decode(key["spki"]))
    assert isinstance(public, rsa.RSAPublicKey)
    secret, iv = os.urandom(32), os.urandom(12)
    text = AESGCM(secret).encrypt(
        iv, plain if isinstance(plain, bytes) else plain.encode(), (id_ if bound_to is None else bound_to).encode()
    )
    parts = {"wrapped": public.encrypt(secret, OAEP), "iv": iv, "sealed": text}
    return {"id": id_, "key": key["id"]} | {name: base64.b64encode(part).decode() for name, part in parts.items()}


def a_form(**values: Any) -> dict[str, Any]:
    """A form with an entry id of its own."""
    return {"entry_id": str(uuid4()), **values}
