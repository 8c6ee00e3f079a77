"""Portals to sign in at: the maintained one as a process of its own, and a crooked one that answers as a test wants."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from gridapp.org.models import Federated, User
from tests.conftest import Until


@contextmanager
def maintained(until: Until, *claims: dict[str, Any]) -> Iterator[str]:
    """The address of an oidc-provider-mock that knows these people."""
    port = _free()
    issuer = f"http://127.0.0.1:{port}"
    told = [part for one in claims for part in ("--user-claims", json.dumps(one))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *told]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _answers(issuer))
        yield issuer
    finally:
        process.terminate()
        process.wait(timeout=20)


def consent(address: str, subject: str) -> str:
    """What somebody does there: choose who they are. Where they are sent with that."""
    answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=20)
    return answer.headers["Location"]


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _answers(issuer: str) -> bool:
    try:
        return requests.get(f"{issuer}/.well-known/openid-configuration", timeout=2).ok
    except requests.RequestException:
        return False


@dataclass
class Crooked:
    """`claims`: over what would be right; None takes one out. `signs`: how the token is signed."""

    issuer: str = ""
    says_issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    signs: str = "RS256"
    subject: str = "p-1"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "a"}))
    strangers: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "a"}))
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def consent(self, address: str) -> str:
        """Where a browser is sent that comes with this address."""
        told = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.asked)}"
        self.asked[code] = told
        return f"{told['redirect_uri']}?code={code}&state={told['state']}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        told = self.asked.get(form.get("code", ""))
        if told is None or form["code"] in self.used:
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != told["code_challenge"]:
            return None
        self.used.add(form["code"])
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": self.subject, "aud": told["client_id"], "nonce": told["nonce"]}
        whole: dict[str, Any] = {**claims, "iat": now, "exp": now + 300, **self.claims}
        said = {name: value for name, value in whole.items() if value is not None}
        return {"access_token": "a", "token_type": "Bearer", "id_token": self._signed(said)}

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.signs == "none":
            parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        if self.signs == "HS256":
            # The public key as a shared secret: what a library that believes the header would take.
            return jwt.encode({"alg": "HS256", "kid": "a"}, claims, OctKey.import_key(self.key.as_pem(private=False)))
        key = self.strangers if self.signs == "stranger" else self.key
        return jwt.encode({"alg": "RS256", "kid": "a"}, claims, key)


def _answering(portal: Crooked) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer = portal.issuer
            known: dict[str, Any] = {
                "issuer": portal.says_issuer or issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "end_session_endpoint": f"{issuer}/out",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            }
            keys = {"keys": [portal.key.as_dict(private=False)]}
            self._say(200, keys if self.path == "/keys" else known)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made = portal.token({name: values[0] for name, values in parse_qs(body).items()})
            self._say(200 if made else 400, made or {"error": "invalid_grant"})

        def _say(self, status: int, said: dict[str, Any]) -> None:
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing of what is asked."""

    return Answering


@contextmanager
def crooked() -> Iterator[Crooked]:
    """A portal in this process, spoken to over HTTP."""
    portal = Crooked()

    server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(portal))
    portal.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def state_of(address: str) -> str:
    """The state in an address."""
    found = re.search(r"[?&]state=([^&]+)", address)
    assert found
    return found[1]


@pytest.fixture
def liar(settings: Any, db: None) -> Iterator[Crooked]:
    with crooked() as portal:
        configure(settings, portal.issuer)
        yield portal


@pytest.fixture
def linked(worker: User, liar: Crooked) -> User:
    Federated.objects.create(user=worker, issuer=liar.issuer, subject="p-1", linked_how="self")
    return worker


def configure(settings: Any, issuer: str) -> None:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = issuer, "gridapp", "not a secret"


def there(client: Client, onward: str = "") -> str:
    """Where the browser is sent to sign in."""
    answer = client.get("/portal/", {"next": onward} if onward else {})
    assert answer.status_code == 302
    return str(answer["Location"])


def back(client: Client, address: str) -> Any:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session
