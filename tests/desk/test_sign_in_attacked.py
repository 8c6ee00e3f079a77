"""Guessing passwords: by force, by lists, one password on many accounts, from many addresses; and finding out names."""

from __future__ import annotations

import re
import statistics
import time
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gridapp.audit.models import Note
from gridapp.org import accounts, known_browsers
from gridapp.org.models import KnownBrowser, Role, Throttled, User
from gridapp.org.sign_in_form import SignInForm
from tests.desk.cast import PASSWORD

LOGIN = "/login/"
WRONG = "wrong-1-wrong"


class SlowHasher(PBKDF2PasswordHasher):
    """Slow enough that leaving it out would be seen, fast enough for a hundred tries."""

    algorithm = "pbkdf2_slow"
    iterations = 30_000


@pytest.fixture
def known(worker: User) -> Client:
    """A browser in which the worker signed in before, and out again."""
    client = Client()
    assert client.post(LOGIN, {"username": "worker", "password": PASSWORD}).status_code == 302
    client.post("/logout/")
    return client


def tried(client: Client, password: str = WRONG, name: str = "worker", address: str = "192.0.2.1") -> Any:
    return client.post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address)


@pytest.mark.parametrize("name", ["worker", "nobody.of.this.name"])
def test_after_five_failures_one_is_told_how_long_to_wait_and_whom_to_ask(worker: User, name: str) -> None:
    answers = [tried(Client(), name=name) for _ in range(6)]

    page = answers[-1].content.decode()
    assert [one.status_code for one in answers] == [422, 422, 422, 422, 422, 429]
    assert 890 <= int(answers[-1]["Retry-After"]) <= 900
    assert "请 15 分钟后再试" in page and "督导或管理员" in page


def test_even_the_right_password_waits_then_and_is_good_afterwards(worker: User) -> None:
    for _ in range(5):
        tried(Client())

    waiting = tried(Client(), PASSWORD)
    Throttled.objects.update(until=timezone.now())

    assert waiting.status_code == 429
    assert tried(Client(), PASSWORD).status_code == 302


def test_failures_elsewhere_do_not_keep_out_who_signed_in_here_before(known: Client) -> None:
    for number in range(20):
        tried(Client(), address=f"198.51.100.{number}")

    assert tried(Client(), PASSWORD).status_code == 429
    assert tried(known, PASSWORD).status_code == 302


def test_a_known_browser_waits_for_its_own_failures(known: Client) -> None:
    assert [tried(known).status_code for _ in range(6)] == [422] * 5 + [429]
    assert tried(Client(), PASSWORD).status_code == 302


def test_mistakes_before_the_right_password_are_forgiven(worker: User) -> None:
    for _ in range(4):
        assert [tried(Client()).status_code for _ in range(3)] == [422] * 3
        assert tried(Client(), PASSWORD).status_code == 302


def test_a_cookie_made_up_or_of_another_account_makes_no_browser_known(known: Client, other_worker: User) -> None:
    stranger, borrowed = Client(), known.cookies["known"].value
    stranger.cookies["known"] = f"x{borrowed}"
    known_of_other = RequestFactory().get("/", headers={"cookie": f"known={borrowed}"})

    for _ in range(5):
        tried(Client())

    assert tried(stranger, PASSWORD).status_code == 429
    assert not known_browsers.knows(known_browsers.of(known_of_other), "other")


def test_a_reset_password_makes_every_browser_unknown(known: Client, worker: User, areas: dict[str, Any]) -> None:
    keeper = User.objects.create(username="keeper", role=Role.SECURITY, staff_no="S0001")
    keeper.areas.set([areas["990101"]])
    assert KnownBrowser.objects.count() == 1

    accounts.reset_password(worker, by=keeper)

    assert not KnownBrowser.objects.exists()


def test_an_address_that_fails_on_many_accounts_waits(worker: User) -> None:
    answers = [tried(Client(), name=f"name{number}").status_code for number in range(51)]

    assert answers == [422] * 50 + [429]
    assert tried(Client(), PASSWORD).status_code == 429
    assert tried(Client(), PASSWORD, address="192.0.2.2").status_code == 302


def test_addresses_that_a_caller_makes_up_are_not_heard(worker: User) -> None:
    answers = [
        Client().post(
            LOGIN,
            {"username": f"name{number}", "password": "wrong"},
            REMOTE_ADDR="192.0.2.1",
            headers={"x-forwarded-for": f"198.51.100.{number}"},
        )
        for number in range(51)
    ]

    assert answers[-1].status_code == 429


def test_one_household_of_ipv6_is_one_address(worker: User) -> None:
    answers = [tried(Client(), name=f"name{number}", address=f"2001:db8::{number:x}") for number in range(51)]

    assert answers[-1].status_code == 429
    assert tried(Client(), PASSWORD, address="2001:db8:0:1::1").status_code == 302


def test_ten_thousand_tries_from_a_hundred_addresses(known: Client, worker: User, other_worker: User) -> None:
    factory, looked_at = RequestFactory(), 0
    names = ["worker", "other", *(f"name{number}" for number in range(198))]

    for number in range(10_000):
        request = factory.post(LOGIN, REMOTE_ADDR=f"198.51.100.{number % 100}")
        form = SignInForm(request, {"username": names[number % 200], "password": f"stuffed-{number}"})
        assert not form.is_valid()
        looked_at += not form.wait

    assert 500 <= looked_at <= 1000
    assert tried(known, PASSWORD).status_code == 302
    unknown = tried(Client(), PASSWORD, name="other", address="203.0.113.9")
    assert unknown.status_code == 429
    assert 1 <= int(unknown["Retry-After"]) <= 900
    assert Note.objects.filter(act="session.failed").count() == looked_at


def test_an_unknown_name_gets_the_very_same_answer(worker: User) -> None:
    def answer(name: str) -> tuple[int, str]:
        answered = tried(Client(), name=name)
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answered.content.decode())
        return answered.status_code, page.replace(name, "")

    closed = User.objects.create(username="closed1", is_active=False)
    closed.set_password(PASSWORD)
    closed.save()
    User.objects.create(username="import1")

    assert answer("worker") == answer("nobody") == answer("closed1") == answer("import1")


def test_a_closed_account_with_its_right_password_is_as_unknown(worker: User) -> None:
    User.objects.filter(pk=worker.pk).update(is_active=False)

    assert tried(Client(), PASSWORD).status_code == 422
    assert "用户名或密码不对" in tried(Client(), PASSWORD).content.decode()


def test_an_unknown_name_takes_as_long(worker: User, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.SlowHasher"]
    settings.THROTTLES = dict.fromkeys(settings.THROTTLES, "100000/900/900")
    worker.set_password(PASSWORD)
    worker.save()
    User.objects.create(username="import1", password="!none")
    took: dict[str, list[float]] = {"worker": [], "nobody": [], "import1": []}
    request = RequestFactory().post(LOGIN)

    for _ in range(60):
        for name, times in took.items():
            began = time.perf_counter()
            SignInForm(request, {"username": name, "password": "wrong-1-wrong"}).is_valid()
            times.append(time.perf_counter() - began)

    medians = [statistics.median(times) for times in took.values()]
    assert max(medians) - min(medians) < 0.005, [round(1000 * one, 2) for one in medians]
    assert min(medians) > 0.005  # it was hashed


def test_an_unknown_name_asks_the_database_as_much(worker: User) -> None:
    def statements(name: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            SignInForm(RequestFactory().post(LOGIN), {"username": name, "password": "wrong"}).is_valid()
        return len(asked)

    assert statements("worker") == statements("nobody")


def test_what_was_typed_is_noted_nowhere(worker: User) -> None:
    for _ in range(6):
        tried(Client(), "typed-in-Anger-1", name="my password by mistake")

    notes = [f"{row.act} {row.about} {row.what} {row.result}" for row in Note.objects.all()]
    assert [one.split()[0] for one in notes if "session" in one] == ["session.failed"] * 5 + ["session.throttled"]
    assert not any("mistake" in one or "Anger" in one for one in notes)


def test_signing_in_and_out_are_noted(worker: User) -> None:
    client = Client()
    tried(client, PASSWORD)
    client.post("/logout/")
    tried(client)

    noted = Note.objects.filter(act__startswith="session").order_by("pk")
    rows = [(row.act, row.by, row.about, row.result) for row in noted]
    about = f"account:{worker.pk}"
    assert rows == [
        ("session.in", worker.pk, about, "done"),
        ("session.out", worker.pk, about, "done"),
        ("session.failed", None, about, "failed"),
    ]


def test_guessing_the_present_password_on_an_open_page_is_throttled(desk: Client) -> None:
    said = {"old_password": "wrong", "new_password1": "Spruce-7-forest", "new_password2": "Spruce-7-forest"}

    pages = [desk.post("/password/", said).content.decode() for _ in range(6)]

    assert ["试得太多了" in page for page in pages] == [False] * 5 + [True]


def test_a_form_that_is_held_counts_its_tries_once(desk: Client, worker: User) -> None:
    desk.post("/logout/")
    posted = {"name": "甲", "again-username": "worker", "again-password": "wrong"}

    answers = [desk.post("/entries/new/resident/", posted) for _ in range(6)]

    assert [one.status_code for one in answers] == [401] * 5 + [429]
    assert 'name="name" value="甲"' in answers[-1].content.decode()
