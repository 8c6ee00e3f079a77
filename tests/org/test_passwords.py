"""What a password has to be: the profile of 等保 and that of ASVS; when another one is due."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.password_validation import CommonPasswordValidator, get_password_validators, validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation

from gridapp.org import accounts, passwords
from gridapp.org.models import FormerPassword, User
from tests import factories

pytestmark = pytest.mark.django_db
ASVS = [
    {"NAME": "gridapp.org.guessable.Common"},
    {"NAME": "gridapp.org.passwords.Length"},
    {"NAME": "gridapp.org.passwords.Context"},
]


DJBH = [{"NAME": name} for name in (ASVS[0]["NAME"], "gridapp.org.passwords.Length", "gridapp.org.passwords.Kinds")]


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


@pytest.mark.parametrize("password", ["Grün-Wald8", "abc-def-12", "ABC-DEF-12", "aB3" * 40, "口令可以Ab-2026"])
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
        ("Gridapp-2026", "of_the_context"),
        ("Gr1d@pp-26", "of_the_context"),
        ("Wang-990101", "of_the_context"),
        ("一次录入Ab-2026", "of_the_context"),
        ("HONG.LI-2026", "of_the_context"),
        ("李红红-Ab12", "of_the_context"),
    ],
)
def test_djbh_refuses(password: str, why: str) -> None:
    user = factories.UserFactory.create(username="hong.li", first_name="李红红")

    assert why in complaints(password, user)


@pytest.mark.parametrize(
    "password",
    ["Password123", "Password@2026", "Aa123456!", "1qaz@WSX", "!QAZ2wsx", "Qwer!234", "Admin@123", "Woaini1314",
     "P@ssw0rd#2026", "Iloveyou-1234", "MonkeyMonkey1", "L3tm31n!!", "**Welcome2026**", "Abcd1234", "2026Dragon!"],
)  # fmt: skip
def test_what_is_made_of_a_common_one_is_as_common(password: str) -> None:
    assert complaints(password) == {"password_too_common"}


@pytest.mark.parametrize(
    "password", ["Tiger-8391-%27", "Spruce-7-forest", "Blau3-Pferd-Wolke", "monkeys-Climb-42", "大雁Fei-77"]
)
def test_a_common_word_in_a_good_one_is_no_matter(password: str) -> None:
    assert complaints(password) == set()


@pytest.mark.parametrize(("profile", "endings"), [("djbh", ("123", "@2026", "2025!")), ("asvs", ("1234567", "@2026"))])
def test_three_thousand_that_all_other_rules_let_pass_are_refused_for_being_common(
    profile: str, endings: Sequence[str], asvs: Sequence[Any], settings: Any
) -> None:
    settings.PASSWORD_SHORTEST = 8 if profile == "djbh" else 15
    common, *others = get_password_validators(ASVS) if profile == "asvs" else get_password_validators(DJBH)
    words = sorted(word for word in CommonPasswordValidator().passwords if word.isalpha())
    tried = {word.capitalize() + ending for word in words for ending in endings}

    fit = {one for one in tried if not complaints(one, None, others)}
    refused = {one for one in fit if complaints(one, None, [common])}

    assert len(fit) >= 3000
    assert refused == fit


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
        ({"SESSIONS_KEPT_DAYS": "183"}, True),
        ({"SESSIONS_KEPT_DAYS": "184"}, False),
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
