"""What a password has to be: the profile of 等保 and that of ASVS; when another one is due."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.password_validation import get_password_validators, validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation

from gridapp.org import accounts, passwords
from gridapp.org.models import FormerPassword, User
from tests import factories

pytestmark = pytest.mark.django_db
ASVS = [
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "gridapp.org.passwords.Length"},
    {"NAME": "gridapp.org.passwords.Context"},
]


@pytest.fixture
def asvs(settings: Any) -> Sequence[Any]:
    settings.PASSWORD_SHORTEST, settings.PASSWORD_DAYS, settings.PASSWORDS_REMEMBERED = 15, 0, 0
    return get_password_validators(ASVS)


def complaints(password: str, user: User | None = None, validators: Sequence[Any] | None = None) -> set[str]:
    try:
        validate_password(password, user, validators)
    except ValidationError as refused:
        return {str(error.code) for error in refused.error_list}
    return set()


@pytest.mark.parametrize("password", ["Grün-Wald8", "abc-def-12", "ABC-DEF-12", "aB3" * 40, "一次录入Ab-2026"])
def test_djbh_takes_three_kinds_of_character(password: str) -> None:
    assert complaints(password) == set()


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("aB3-xyz", "too_short"),
        ("aB3" * 43, "too_long"),
        ("waldwiesenbach", "too_plain"),
        ("waldwiesen1234", "too_plain"),
        ("WALDWIESEN1234", "too_plain"),
        ("P@ssw0rd", "password_too_common"),
    ],
)
def test_djbh_refuses(password: str, why: str) -> None:
    assert why in complaints(password)


@pytest.mark.parametrize("password", ["wald wiese bach fluss", "x" * 3 + "y" * 61, "中文口令也可以用十五个字以上的"])
def test_asvs_asks_for_length_and_nothing_else(password: str, asvs: Sequence[Any]) -> None:
    assert complaints(password, None, asvs) == set()


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Aa1!Bb2?Cc3", "too_short"),
        ("yfdbufnjh10305070", "password_too_common"),
        ("we all like gridapp so much", "of_the_context"),
        ("the district is 990101 here", "of_the_context"),
        ("this is HONG.LI signing in", "of_the_context"),
        ("李红红的口令不应该含有自己的名字", "of_the_context"),
    ],
)
def test_asvs_refuses(password: str, why: str, asvs: Sequence[Any]) -> None:
    user = factories.UserFactory.create(username="hong.li", first_name="李红红")

    assert why in complaints(password, user, asvs)


def test_none_of_the_last_five_comes_back() -> None:
    user = factories.UserFactory.create()
    chosen = [f"Spruce-{number}-forest" for number in range(6)]
    for one in chosen:
        accounts.chose_password(user, one)

    refused = [one for one in chosen if "used_before" in complaints(one, user)]

    assert refused == chosen[1:]
    assert FormerPassword.objects.filter(user=user).count() == 4
    assert not any(one in row.encoded for row in FormerPassword.objects.all() for one in chosen)


@pytest.mark.parametrize("shortest", [8, 12, 15, 40])
def test_what_is_made_for_others_fulfils_each_profile(shortest: int, settings: Any) -> None:
    settings.PASSWORD_SHORTEST = shortest

    for password in {passwords.made() for _ in range(50)}:
        assert complaints(password) == set()
        assert complaints(password, None, get_password_validators(ASVS)) == set()


def test_after_ninety_days_every_page_leads_to_another_one() -> None:
    user = factories.UserFactory.create()
    client = Client()
    client.force_login(user)

    fresh = client.get("/work/").status_code
    User.objects.filter(pk=user.pk).update(password_set_at=timezone.now() - timedelta(days=90))

    assert fresh == 200
    assert client.get("/work/")["Location"] == "/password/"
    assert "密码到期了" in client.get("/password/").content.decode()
    said = {
        "old_password": "a long pass phrase",
        "new_password1": "Spruce-7-forest",
        "new_password2": "Spruce-7-forest",
    }
    assert client.post("/password/", said).status_code == 302
    assert client.get("/work/").status_code == 200


def test_where_passwords_are_not_renewed_none_is_over(settings: Any) -> None:
    settings.PASSWORD_DAYS = 0
    user = factories.UserFactory.create(date_joined=timezone.now() - timedelta(days=4000))

    assert not passwords.is_over(user)


@pytest.mark.parametrize(("age", "warned"), [(10, False), (82, False), (84, True), (89, True)])
def test_some_days_before_one_is_warned_on_signing_in(age: int, warned: bool) -> None:
    user = factories.UserFactory.create(password_set_at=timezone.now() - timedelta(days=age))
    client = Client()

    client.post("/login/", {"username": user.username, "password": "a long pass phrase"})

    assert ("天到期" in client.get("/").content.decode()) == warned


def test_the_page_says_the_rules_in_both_languages(settings: Any) -> None:
    client = Client()
    client.force_login(factories.UserFactory.create())

    chinese = client.get("/password/").content.decode()
    english = client.get("/password/", headers={"accept-language": "en"}).content.decode()

    assert "四类里至少有三类" in chinese and "最近 5 次" in chinese
    assert "three of the four" in english and "last 5" in english
    translation.deactivate()


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({}, False),
        ({"PASSWORD_PROFILE": "asvs"}, False),
        ({"PASSWORD_PROFILE": "none"}, True),
        ({"PASSWORD_SHORTEST": "6"}, True),
        ({"PASSWORD_PROFILE": "asvs", "PASSWORD_SHORTEST": "8"}, True),
        ({"SESSION_HOURS": "48"}, True),
        ({"SESSION_IDLE_ADMINISTRATORS_MINUTES": "600"}, True),
        ({"THROTTLE_PASSWORD": "5"}, True),
        ({"THROTTLE_PASSWORD": "0/900/900"}, True),
    ],
)
def test_weaker_rules_than_the_profile_allows_are_refused_at_the_start(said: dict[str, str], refused: bool) -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import gridapp.sign_in_rules"], env=os.environ | said, capture_output=True, check=False
    )

    assert (started.returncode != 0) == refused
    assert not refused or b"ImproperlyConfigured" in started.stderr
