"""May this process be sent requests: what makes it unready, what is only told, and that nobody waits for the answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from gridapp.catalogue.models import Target
from gridapp.delivery.models import Sweep
from gridapp.watch import health
from gridapp.watch.health import Probe

pytestmark = pytest.mark.django_db(transaction=True)
ALL_WELL = {"database": "ok", "migrations": "ok", "keys": "ok", "broker": "ok", "clock": "ok"}


@pytest.fixture(autouse=True)
def _first_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_DATABASE", Probe(health._ask_database))
    monkeypatch.setattr(health, "_BROKER", Probe(health._ask_broker))


@pytest.fixture
def swept() -> Sweep:
    return Sweep.objects.create(done_at=timezone.now())


@pytest.fixture
def silent_server() -> Iterator[int]:
    """A port where somebody listens and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield listening.getsockname()[1]


def database_at(port: int) -> DatabaseWrapper:
    told = {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": str(port), "OPTIONS": {"connect_timeout": 2}}
    return DatabaseWrapper(told)


def test_a_house_in_order_is_ready(swept: Sweep) -> None:
    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "checks": ALL_WELL})


@pytest.mark.parametrize("last", [None, timedelta(minutes=10)])
def test_a_clock_that_stands_still_is_told_and_entries_are_taken_all_the_same(last: timedelta | None) -> None:
    if last is not None:
        Sweep.objects.create(done_at=timezone.now() - last)

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["checks"]) == (200, ALL_WELL | {"clock": "warn"})


def test_a_broker_that_is_away_is_told_and_entries_are_taken_all_the_same(swept: Sweep, settings: Settings) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:1"

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["checks"]) == (200, ALL_WELL | {"broker": "warn"})


def test_without_its_database_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "quick_connection", lambda: database_at(1))

    answer = Client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["checks"] | {"broker": "ok"} == {
        "database": "fail", "migrations": "fail", "keys": "fail", "broker": "ok", "clock": "warn",
    }  # fmt: skip


def test_nobody_waits_for_a_database_that_hangs(monkeypatch: pytest.MonkeyPatch, silent_server: int) -> None:
    monkeypatch.setattr(health, "quick_connection", lambda: database_at(silent_server))

    took = []
    for _ in range(3):
        began = time.monotonic()
        answer = Client().get("/readyz")
        took.append(time.monotonic() - began)

    assert answer.status_code == 503
    assert max(took) < 2
    assert sum(took[1:]) < 1  # who asks again meanwhile is told at once
    assert len([one for one in threading.enumerate() if one.name == "readiness"]) <= 1


def test_who_asks_in_a_loop_costs_the_database_one_look(swept: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    def look() -> BaseDatabaseWrapper:
        looks.append(1)
        return quick()

    quick = health.quick_connection
    monkeypatch.setattr(health, "quick_connection", look)
    monkeypatch.setattr(health, "KEPT", 60)
    answers = {Client().get("/readyz").status_code for _ in range(20)}

    assert (answers, len(looks)) == ({200}, 1)


def test_code_that_is_ahead_of_its_database_is_not_ready(swept: Sweep) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'delivery' RETURNING app, name, applied")
        taken = cursor.fetchall()
        try:
            answer = Client().get("/readyz")
        finally:
            cursor.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", taken)

    assert (answer.status_code, answer.json()["checks"]) == (503, ALL_WELL | {"migrations": "fail"})


def test_a_database_that_is_ahead_of_its_code_is_ready(swept: Sweep) -> None:
    assert health.migrated({*health._ours(), ("delivery", "9999_of_the_next_release")})


def test_keys_that_do_not_open_what_is_there_make_it_unready(swept: Sweep, settings: Settings) -> None:
    target = Target(key="WG", connector="grid_governance", zh="网格", en="Grid")
    target.seal_settings({"password": "secret"})
    target.save()
    ours = Client().get("/readyz").json()["checks"]["keys"]

    settings.SEALING_KEYS = "1:aes:" + "cd" * 32
    health._DATABASE.said_at = -60
    answer = Client().get("/readyz")

    assert ours == "ok"
    assert (answer.status_code, answer.json()["checks"]) == (503, ALL_WELL | {"keys": "fail"})


def test_one_target_with_a_lost_key_does_not_stop_the_house(swept: Sweep, settings: Settings) -> None:
    for key, keys in (("WG", "7:aes:" + "cd" * 32), ("LB", settings.SEALING_KEYS)):
        settings.SEALING_KEYS = keys
        target = Target(key=key, connector="x", zh="", en="")
        target.seal_settings({"password": "secret"})
        target.save()

    assert Client().get("/readyz").status_code == 200


def test_keys_that_are_none_make_it_unready(swept: Sweep, settings: Settings) -> None:
    settings.SEALING_KEYS = "nonsense"

    assert Client().get("/readyz").json()["checks"]["keys"] == "fail"
