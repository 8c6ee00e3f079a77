"""Cookies as a browser gets them, in production as a neighbour under the same domain cannot plant them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from tests.factories import UserFactory

ASKED = """
import json
from gridapp import sign_in_rules as rules
print(json.dumps({name: getattr(rules, name) for name in dir(rules) if "COOKIE" in name}))
"""


def rules(**said: str) -> dict[str, Any]:
    ran = subprocess.run([sys.executable, "-c", ASKED], env=os.environ | said, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_in_production_they_are_tied_to_this_very_host() -> None:
    found = rules(GRIDAPP_DEBUG="0")

    assert found["SESSION_COOKIE_NAME"].startswith("__Host-") and found["CSRF_COOKIE_NAME"].startswith("__Host-")
    assert found["COOKIE_PREFIX"] == "__Host-"
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"]
    assert not any("DOMAIN" in name or "PATH" in name for name in found)  # a __Host- cookie has no domain, and path /


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "known"])
def test_no_script_reads_them_and_no_other_site_sends_them(name: str) -> None:
    user, client = UserFactory.create(), Client()
    client.get("/login/")
    client.post("/login/", {"username": user.username, "password": "a long pass phrase"})

    cookie = client.cookies[name]

    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert (cookie["path"], cookie["domain"]) == ("/", "")


@pytest.mark.django_db
def test_as_in_production_each_is_secure(settings: Any) -> None:
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    settings.COOKIE_PREFIX = "__Host-"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    user, client = UserFactory.create(), Client()

    client.get("/login/", secure=True)
    client.post("/login/", {"username": user.username, "password": "a long pass phrase"}, secure=True)

    meaning = [one for one in client.cookies.values() if one.key.startswith("__Host-")]
    assert len(meaning) == 3
    assert all(one["secure"] and one["httponly"] and one["path"] == "/" and not one["domain"] for one in meaning)
    assert client.get("/", secure=True).status_code == 200


@pytest.mark.django_db
def test_a_cookie_of_the_plain_name_counts_for_nothing_then(settings: Any) -> None:
    user, client = UserFactory.create(), Client()
    client.force_login(user)

    settings.SESSION_COOKIE_NAME = "__Host-sessionid"

    assert client.get("/").status_code == 302
