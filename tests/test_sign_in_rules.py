"""Cookies as a browser gets them, in production as a neighbour under the same domain cannot plant them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from gridapp.org.models import OpenSession
from tests.factories import UserFactory

EVERY = {"sessionid", "csrftoken", "known", "tablet", "django_language", "messages", "ended"}
"""Each that this product leaves, but the one after signing out of a portal: see desk/test_openid.py."""
PASSWORD = "a long pass phrase"

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
    assert found["LANGUAGE_COOKIE_NAME"] == "__Host-django_language"
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"] and found["LANGUAGE_COOKIE_SECURE"]
    assert not any("DOMAIN" in name or "PATH" in name for name in found)  # a __Host- cookie has no domain, and path /


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "known"])
def test_no_script_reads_them_and_no_other_site_sends_them(name: str) -> None:
    user, client = UserFactory.create(), Client()
    client.get("/login/")
    client.post("/login/", {"username": user.username, "password": PASSWORD})

    cookie = client.cookies[name]

    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert (cookie["path"], cookie["domain"]) == ("/", "")


@pytest.mark.django_db
def test_as_in_production_each_is_secure(settings: Any) -> None:
    for kind in ("SESSION", "CSRF", "LANGUAGE"):
        setattr(settings, f"{kind}_COOKIE_NAME", f"__Host-{getattr(settings, f'{kind}_COOKIE_NAME')}")
        setattr(settings, f"{kind}_COOKIE_SECURE", True)
    settings.COOKIE_PREFIX = "__Host-"
    user, client = UserFactory.create(language="en"), Client()
    told: dict[str, Any] = {"secure": True, "headers": {"X-Tablet": "1", "X-Device": str(uuid4())}}
    chosen = {"old_password": PASSWORD, "new_password1": "another-2026-way", "new_password2": "another-2026-way"}

    answers = [
        client.get("/login/", secure=True),
        client.post("/login/", {"username": user.username, "password": PASSWORD}, secure=True),
        client.get("/session/", **told),
        client.post("/password/", chosen, secure=True),  # the page that comes next says so
    ]
    OpenSession.objects.update(expire_date=timezone.now())
    answers.append(client.get("/", secure=True))

    left = [one for answer in answers for one in answer.cookies.values() if one.value]
    assert {one.key for one in left} == {f"__Host-{name}" for name in EVERY}
    assert all(one["secure"] and one["httponly"] and one["samesite"] == "Lax" for one in left)
    assert all(one["path"] == "/" and not one["domain"] for one in left)


@pytest.mark.django_db
def test_a_cookie_of_the_plain_name_counts_for_nothing_then(settings: Any) -> None:
    user, client = UserFactory.create(), Client()
    client.force_login(user)

    settings.SESSION_COOKIE_NAME = "__Host-sessionid"

    assert client.get("/").status_code == 302
