"""What a portal was shown long ago is no proof now, and it is spoken to where it was judged to be."""

from __future__ import annotations

import socket
import sys
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from gridapp.org.models import Federated, User
from tests.desk.cast import PASSWORD
from tests.desk.portals import Crooked, back, is_signed_in, there


@pytest.mark.parametrize(
    ("minutes", "fresh"),
    [(0, True), (9, True), (11, False), (600, False), (None, False)],
)
def test_what_was_shown_to_the_portal_long_ago_is_no_fresh_proof(
    client: Client, linked: User, liar: Crooked, minutes: int | None, fresh: bool
) -> None:
    liar.claims = {"auth_time": None if minutes is None else int(time.time()) - minutes * 60}
    back(client, liar.consent(there(client)))

    assert is_signed_in(client)
    assert client.get("/prove/", {"next": "/work/"}).status_code == (302 if fresh else 200)
    client.post("/prove/", {"next": "/work/", "again-proof": PASSWORD})
    assert client.get("/prove/", {"next": "/work/"}).status_code == 302


@pytest.mark.parametrize("told", [-13 * 3600, 3600, "soon", True, [1]])
def test_a_portal_that_did_not_ask_as_it_was_told_signs_nobody_in(
    client: Client, linked: User, liar: Crooked, told: Any
) -> None:
    liar.claims = {"auth_time": int(time.time()) + told if type(told) is int else told}

    back(client, liar.consent(there(client)))

    assert not is_signed_in(client)


def test_who_proves_themselves_there_once_more_is_asked_by_the_portal(
    client: Client, linked: User, liar: Crooked
) -> None:
    linked.set_unusable_password()
    linked.save()
    back(client, liar.consent(there(client)))

    client.post("/prove/", {"next": "/work/", "elsewhere": "1"})

    assert not is_signed_in(client)
    assert parse_qs(urlsplit(there(client)).query)["prompt"] == ["login"]
    assert "prompt" not in parse_qs(urlsplit(there(client)).query)


def test_the_portal_is_spoken_to_at_the_address_that_was_judged(
    client: Client, linked: User, liar: Crooked, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers otherwise a moment later leads nowhere else."""
    port = urlsplit(liar.issuer).port
    liar.issuer = settings.OIDC_ISSUER = f"http://portal.example:{port}"
    Federated.objects.update(issuer=liar.issuer)
    monkeypatch.setenv("EGRESS_ALLOW", f"portal.example:{port},127.0.0.1:{port}")
    truly = socket.getaddrinfo

    def resolve(host: Any, *args: Any, **options: Any) -> Any:
        judges = sys._getframe(1).f_globals["__name__"] == "gridapp.egress"
        return truly({"portal.example": "127.0.0.1" if judges else "127.0.0.2"}.get(host, host), *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    back(client, liar.consent(there(client)))

    assert is_signed_in(client)
