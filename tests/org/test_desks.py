"""Administrators bound to addresses: elsewhere they do not sign in, and what they opened before opens nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from ipaddress import ip_network
from typing import Any

import pyotp
import pytest
from django.test import Client

from gridapp import sealing
from gridapp.audit.models import Note
from gridapp.org import factors, tokens
from gridapp.org.models import Factor, OpenSession, Role
from tests import factories

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "10.8.0.7", "10.9.0.7"
PASSWORD = "a long pass phrase"


@pytest.fixture
def bound(settings: Any) -> None:
    settings.ADMIN_ADDRESSES = (ip_network("10.8.0.0/24"), ip_network("fd00::/64"))


def at(address: str) -> Client:
    return Client(REMOTE_ADDR=address)


def sign_in(address: str, username: str) -> Any:
    return at(address).post("/login/", {"username": username, "password": PASSWORD})


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR])
@pytest.mark.parametrize(
    ("address", "status"), [(HERE, 302), ("::ffff:10.8.0.9", 302), ("fd00::5", 302), (ELSEWHERE, 422)]
)
def test_an_administrator_signs_in_at_their_desk_alone(bound: None, role: Role, address: str, status: int) -> None:
    user = factories.UserFactory.create(role=role)

    answer = sign_in(address, user.username)

    assert answer.status_code == status
    assert OpenSession.objects.filter(user=user).exists() == (status == 302)
    if status == 422:
        assert "用户名或密码不对" in answer.content.decode()
        assert Note.objects.get(act="session.failed").what["why"] == "address"


@pytest.mark.parametrize("role", [Role.WORKER, Role.SUPERVISOR, Role.OFFICER])
def test_nobody_else_is_asked_where_they_are(bound: None, role: Role) -> None:
    assert sign_in(ELSEWHERE, factories.UserFactory.create(role=role).username).status_code == 302


def test_without_a_list_nobody_is() -> None:
    assert sign_in(ELSEWHERE, factories.UserFactory.create(role=Role.SECURITY).username).status_code == 302


def test_a_session_that_is_carried_elsewhere_opens_nothing_there(bound: None) -> None:
    client = at(HERE)
    client.force_login(factories.UserFactory.create(role=Role.SECURITY))

    here = client.get("/review/accounts/").status_code
    elsewhere = [
        client.get(path, REMOTE_ADDR=ELSEWHERE).status_code for path in ("/review/accounts/", "/", "/sessions/")
    ]
    sent = client.post("/review/accounts/new/", {}, REMOTE_ADDR=ELSEWHERE).status_code

    assert (here, elsewhere, sent) == (200, [403, 403, 403], 403)
    assert client.post("/logout/", REMOTE_ADDR=ELSEWHERE).status_code == 302


def test_a_form_that_signs_in_by_the_way_does_nothing_elsewhere(bound: None) -> None:
    user = factories.UserFactory.create(role=Role.SECURITY)

    answer = at(ELSEWHERE).post("/sessions/", {"again-username": user.username, "again-password": PASSWORD})

    assert answer.status_code == 401
    assert not OpenSession.objects.filter(user=user).exists()


def test_a_second_step_elsewhere_signs_nobody_in(bound: None) -> None:
    user = factories.UserFactory.create(role=Role.SECURITY)
    factors.begun(user)
    row = Factor.objects.get(user=user)
    phone = pyotp.TOTP(sealing.unseal(row.sealed_secret, bound_to=row.bound_to).decode())
    factors.confirm(user, phone.now())
    Factor.objects.filter(user=user).update(used_step=0)
    client = at(HERE)
    client.post("/login/", {"username": user.username, "password": PASSWORD})

    answer = client.post("/login/code/", {"code": phone.now()}, REMOTE_ADDR=ELSEWHERE)

    assert answer.status_code == 403
    assert not OpenSession.objects.filter(user=user).exists()


def test_a_token_of_theirs_is_heard_from_there_alone(bound: None) -> None:
    user = factories.UserFactory.create(role=Role.ADMINISTRATOR)
    text = tokens.issue(user)
    told = {"Authorization": f"Token {text}"}

    assert at(HERE).get("/api/v1/lanes/", headers=told).status_code == 200
    refused = at(ELSEWHERE).get("/api/v1/lanes/", headers=told)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:gridapp:problem:network")


@pytest.mark.parametrize(
    ("said", "known"), [("10.8.0.0/24, 10.9.1.7", True), ("", True), ("the office", False), ("10.8.0.1/24", False)]
)
def test_what_is_no_network_is_refused_at_the_start(said: str, known: bool) -> None:
    line = [sys.executable, "-c", "from gridapp.administrator_addresses import ADMIN_ADDRESSES"]
    started = subprocess.run(line, env=os.environ | {"ADMIN_ADDRESSES": said}, capture_output=True, check=False)

    assert (started.returncode == 0) == known
    assert known or b"ADMIN_ADDRESSES must be networks" in started.stderr
