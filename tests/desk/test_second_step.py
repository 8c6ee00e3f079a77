"""The second factor: nothing is open between password and code; each code once, five tries, no way around it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from gridapp import sealing
from gridapp.audit.models import Note
from gridapp.org import accounts, factors, recovery
from gridapp.org.areas import Unfit
from gridapp.org.models import Factor, OpenSession, RecoveryCode, Role, User
from gridapp.registry.models import Record
from tests import factories
from tests.desk.cast import PASSWORD

BOTH = {"username": "worker", "password": PASSWORD}


def phone_of(user: User) -> pyotp.TOTP:
    row = Factor.objects.get(user=user)
    return pyotp.TOTP(sealing.unseal(row.sealed_secret, bound_to=row.bound_to).decode())


def later(user: User) -> None:
    """Half a minute went by: what was taken is long ago."""
    Factor.objects.filter(user=user).update(used_step=0)


@pytest.fixture
def codes(worker: User) -> list[str]:
    """The worker has a phone set up, and these codes on paper."""
    factors.begun(worker)
    shown = factors.confirm(worker, phone_of(worker).now())
    later(worker)
    return shown


@pytest.fixture
def half(codes: list[str]) -> Client:
    """A browser in which the worker's password was right, and nothing else was shown yet."""
    client = Client()
    assert client.post("/login/", BOTH)["Location"] == "/login/code/?next=%2F"
    return client


@pytest.mark.parametrize(
    "path",
    ["/", "/work/", "/records/6f2f4f0e-0000-4000-8000-000000000000/", "/factor/", "/factor/new/", "/prove/",
     "/password/", "/review/targets/", "/review/accounts/", "/entries/new/resident/"],
)  # fmt: skip
@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}])
def test_after_the_password_alone_every_page_is_closed(half: Client, path: str, headers: dict[str, str]) -> None:
    answer = half.get(path, headers=headers)

    assert answer.status_code in {302, 401}
    assert answer.get("Location", "/login/").startswith("/login/")


def test_after_the_password_alone_a_tablet_is_signed_out(half: Client) -> None:
    asked = half.get("/session/", headers={"x-tablet": "1"})
    sent = half.post("/outbox/", "{}", content_type="application/json", headers={"x-tablet": "1"})
    api = half.get("/api/v1/changes/")

    assert (asked.status_code, asked.json()["reason"]) == (401, "signed_out")
    assert sent.status_code == 401
    assert api.status_code == 401
    assert not OpenSession.objects.exclude(user=None).exists()


def test_the_code_signs_in_and_the_session_is_another_one(half: Client, worker: User) -> None:
    before = half.cookies["sessionid"].value

    answer = half.post("/login/code/", {"code": phone_of(worker).now(), "next": "/work/"})

    assert answer["Location"] == "/work/"
    assert half.get("/work/").status_code == 200
    assert half.cookies["sessionid"].value != before


def test_a_code_is_taken_once(half: Client, worker: User) -> None:
    code = phone_of(worker).now()
    half.post("/login/code/", {"code": code})
    other = Client()
    other.post("/login/", BOTH)

    answer = other.post("/login/code/", {"code": code})

    assert answer.status_code == 422
    assert "已经用过" in answer.content.decode()
    assert other.get("/").status_code == 302


def test_an_older_code_is_not_taken_after_a_newer_one(half: Client, worker: User) -> None:
    half.post("/login/code/", {"code": phone_of(worker).at(int(time.time()) + 30)})

    assert factors.prove(worker, phone_of(worker).now())


@pytest.mark.parametrize(("off", "right"), [(-90, False), (-60, False), (0, True), (90, False)])
def test_clocks_may_be_half_a_minute_apart_and_no_more(worker: User, codes: list[str], off: int, right: bool) -> None:
    now = int(time.time()) // 30 * 30 + 15

    said = phone_of(worker).at(now + off)

    assert (factors.prove(worker, said) == "") is right


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("on_paper", [False, True])
def test_of_two_who_bring_the_same_code_at_once_one_is_let_in(worker: User, codes: list[str], on_paper: bool) -> None:
    code = codes[3] if on_paper else phone_of(worker).now()

    def bring(_: int) -> bool:
        try:
            return factors.prove(User.objects.get(pk=worker.pk), code) == ""
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        let_in = list(pool.map(bring, range(4)))

    assert sum(let_in) == 1


def test_five_wrong_codes_and_the_right_one_has_to_wait(half: Client, worker: User) -> None:
    for guess in range(5):
        half.post("/login/code/", {"code": f"00000{guess}"})

    answer = half.post("/login/code/", {"code": phone_of(worker).now()})

    assert answer.status_code == 422
    assert "试得太多了" in answer.content.decode()
    assert half.get("/").status_code == 302
    assert Note.objects.filter(act="factor.failed", by=worker.pk).count() == 5


def test_signing_in_anew_gives_no_new_tries(half: Client, worker: User) -> None:
    for guess in range(5):
        half.post("/login/", BOTH)
        half.post("/login/code/", {"code": f"00000{guess}"})

    assert half.post("/login/code/", {"code": phone_of(worker).now()}).status_code == 422


def test_after_five_minutes_the_password_is_asked_for_again(half: Client, worker: User) -> None:
    session = half.session
    session["half_signed_in"] = session["half_signed_in"] | {"at": int(time.time()) - 301}
    session.save()

    answer = half.post("/login/code/", {"code": phone_of(worker).now()})

    assert answer["Location"].startswith("/login/?")
    assert half.get("/").status_code == 302


def test_a_password_that_was_changed_meanwhile_counts_no_more(half: Client, worker: User) -> None:
    accounts.chose_password(worker, "another-2026-way")

    assert half.post("/login/code/", {"code": phone_of(worker).now()})["Location"].startswith("/login/?")


def test_the_code_page_is_nobody_s_without_a_password(codes: list[str], worker: User) -> None:
    client = Client()

    assert client.get("/login/code/")["Location"].startswith("/login/?")
    assert client.post("/login/code/", {"code": phone_of(worker).now()})["Location"].startswith("/login/?")
    assert client.get("/login/factor/")["Location"].startswith("/login/?")


def test_who_has_a_phone_sets_up_no_other_after_the_password_alone(half: Client, worker: User) -> None:
    before = bytes(Factor.objects.get().sealed_secret)

    shown = half.get("/login/factor/")
    tried = half.post("/login/factor/", {"code": "123456"})

    assert (shown.status_code, tried.status_code) == (302, 302)
    assert bytes(Factor.objects.get().sealed_secret) == before


def test_a_browser_that_is_known_needs_the_code_all_the_same(half: Client, worker: User) -> None:
    half.post("/login/code/", {"code": phone_of(worker).now()})
    half.post("/logout/")

    answer = half.post("/login/", BOTH)

    assert answer["Location"].startswith("/login/code/")
    assert half.get("/").status_code == 302


def test_a_reset_password_leaves_the_factor(codes: list[str], worker: User) -> None:
    supervisor = factories.UserFactory.create(role=Role.SUPERVISOR, areas=["990101"])

    password = accounts.reset_password(worker, by=supervisor)

    client = Client()
    assert client.post("/login/", BOTH | {"password": password})["Location"].startswith("/login/code/")
    assert client.get("/").status_code == 302


def test_a_form_whose_session_ended_asks_for_both_and_is_saved(
    codes: list[str], worker: User, form_of: Callable[..., dict[str, Any]], flat: Record
) -> None:
    client, form = Client(), form_of()
    signing = {"again-username": "worker", "again-password": PASSWORD}

    first = client.post("/entries/new/resident/", form | signing)
    wrong = client.post("/entries/new/resident/", form | {"again-code": "000000"})
    done = client.post("/entries/new/resident/", form | {"again-code": phone_of(worker).now()})

    assert (first.status_code, wrong.status_code, done.status_code) == (401, 401, 302)
    assert 'name="again-code"' in first.content.decode()
    assert "测试" in first.content.decode()
    assert Record.objects.filter(kind="resident").count() == 1


def test_a_code_on_paper_signs_in_once_and_is_noted(half: Client, codes: list[str], worker: User) -> None:
    answer = half.post("/login/code/", {"code": codes[3].lower()})
    again = factors.prove(worker, codes[3])

    assert answer.status_code == 302
    assert again
    assert recovery.left(worker) == 9
    assert Note.objects.filter(act="factor.recovery", by=worker.pk).count() == 1


def test_what_is_kept_of_the_codes_opens_nothing(codes: list[str], worker: User) -> None:
    kept = list(RecoveryCode.objects.values_list("encoded", flat=True))
    secret = phone_of(worker).secret.encode()

    assert len(set(codes)) == 10
    assert not any(code.replace("-", "")[1:] in stored for code in codes for stored in kept)
    assert secret not in bytes(Factor.objects.get().sealed_secret)


def test_a_role_that_needs_one_sets_it_up_at_the_first_sign_in(worker: User, settings: Any) -> None:
    settings.SECOND_FACTOR = frozenset({"worker"})
    client = Client()

    led = client.post("/login/", BOTH)
    page = client.get("/login/code/", follow=True).content.decode()
    wrong = client.post("/login/factor/", {"code": "000000", "next": "/work/"})
    closed = client.get("/").status_code
    done = client.post("/login/factor/", {"code": phone_of(worker).now(), "next": "/work/"})

    assert led["Location"].startswith("/login/code/")
    assert "data:image/svg+xml" in page
    assert phone_of(worker).secret in page.replace(" ", "")
    assert (wrong.status_code, closed, done.status_code) == (422, 302, 200)
    assert len(re.findall(r"\d(?:-[2-9A-Z]{4}){3}", done.content.decode())) == 10
    assert client.get("/").status_code == 200
    assert Note.objects.filter(act="factor.added", by=worker.pk).count() == 1


def test_one_s_own_factor_is_set_up_renewed_and_taken_away(worker: User) -> None:
    client = Client()
    client.force_login(worker)

    client.post("/factor/new/")
    added = client.post("/factor/new/", {"code": phone_of(worker).now()})
    renewed = client.post("/factor/act/", {"act": "codes"})
    client.post("/factor/act/", {"act": "remove"})

    assert (added.status_code, renewed.status_code) == (200, 200)
    assert added.content != renewed.content
    assert not Factor.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert set(Note.objects.values_list("act", flat=True)) >= {"factor.added", "factor.codes", "factor.removed"}


def test_a_secret_that_is_confirmed_is_shown_no_more(worker: User, codes: list[str]) -> None:
    client = Client()
    client.force_login(worker)

    assert client.get("/factor/new/")["Location"] == "/factor/"
    with pytest.raises(Unfit, match="已经设置过"):
        factors.begun(worker)


def test_a_proof_is_a_code_where_there_is_a_phone(worker: User, codes: list[str]) -> None:
    client = Client()
    client.force_login(worker)
    OpenSession.objects.filter(user=worker).update(started_at=timezone.now() - timedelta(minutes=30))

    by_password = client.post("/factor/act/", {"act": "codes", "again-proof": PASSWORD})
    by_code = client.post("/factor/act/", {"act": "codes", "again-proof": phone_of(worker).now()})

    assert (by_password.status_code, by_code.status_code) == (422, 200)
