"""The doctor: each finding is made to happen, told with its remedy, and gone when it is mended."""

from __future__ import annotations

import re
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as product
from django.core.management import get_commands
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from gridapp.watch.doctor import Level, configuration, database, machine

from .looking import bad, looked


@pytest.fixture
def production(settings: Settings) -> Settings:
    settings.DEVELOPMENT = False
    settings.SECRET_KEY = "s3cr3t-" + "abcdefgh" * 8
    settings.INDEX_KEY = "1ndex-" + "klmnopqr" * 4
    settings.SEALING_KEYS = "1:aes:" + "12ab" * 16 + ",2:sm4:" + "34cd" * 8
    settings.ALLOWED_HOSTS = ["grid.example"]
    settings.METRICS_TOKEN = "metrics-" + "stuvwxyz" * 3
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    return settings


def test_a_production_that_is_set_up_well_has_nothing_to_mend(production: Settings) -> None:
    found = looked(configuration.look)

    assert bad(configuration.look) == set()
    assert "2" in found["configuration.sealing_keys"].said and "sm4" in found["configuration.sealing_keys"].said


@pytest.mark.parametrize(
    ("name", "value", "check", "level"),
    [
        ("DEBUG", True, "configuration.debug", Level.FAIL),
        ("DEVELOPMENT", True, "configuration.debug", Level.WARN),
        ("SECRET_KEY", "django-insecure-" + "abcdefgh" * 8, "configuration.secret_key", Level.FAIL),
        ("SECRET_KEY", "x" * 64, "configuration.secret_key", Level.FAIL),
        ("INDEX_KEY", "zq7#zq7#", "configuration.index_key", Level.FAIL),
        ("INDEX_KEY", "12ab" * 16, "configuration.keys_apart", Level.FAIL),
        ("INDEX_KEY", "s3cr3t-" + "abcdefgh" * 8, "configuration.keys_apart", Level.FAIL),
        ("SEALING_KEYS", "1:aes:12ab", "configuration.sealing_keys", Level.FAIL),
        ("SEALING_KEYS", "", "configuration.sealing_keys", Level.FAIL),
        ("ALLOWED_HOSTS", [], "configuration.hosts", Level.FAIL),
        ("ALLOWED_HOSTS", ["*"], "configuration.hosts", Level.WARN),
        ("SECURE_PROXY_SSL_HEADER", None, "configuration.proxy", Level.WARN),
        ("METRICS_TOKEN", "", "configuration.metrics", Level.WARN),
        ("METRICS_TOKEN", "short", "configuration.metrics", Level.FAIL),
    ],
)
def test_what_is_set_up_badly_is_told_with_its_remedy_and_without_its_value(
    production: Settings, name: str, value: Any, check: str, level: Level
) -> None:
    setattr(production, name, value)

    found = looked(configuration.look)

    assert found[check].level is level
    assert found[check].remedy
    said = " ".join(one.said + one.remedy for one in found.values())
    secrets = [production.SECRET_KEY, production.INDEX_KEY, production.METRICS_TOKEN, "12ab12ab", "34cd34cd"]
    assert [secret for secret in secrets if len(secret) > 5 and secret in said] == []


@pytest.mark.django_db
def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LEAST", 10**9)
    short = looked(machine.look)["machine.disk"]
    monkeypatch.setattr(machine, "LEAST", 0)
    monkeypatch.setattr(machine, "LITTLE", 10**9)

    assert short.level is Level.FAIL
    assert looked(machine.look)["machine.disk"].level is Level.WARN


@pytest.mark.django_db
def test_a_clock_that_goes_wrong_is_told_for_database_and_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    right = bad(machine.look)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 30)

    assert right & {"machine.database_clock", "machine.broker_clock"} == set()
    assert {"machine.database_clock", "machine.broker_clock"} <= bad(machine.look)


@pytest.mark.django_db
def test_our_own_database_is_well_but_for_the_haste_of_tests() -> None:
    assert bad(database.look) - {"database.connections", "database.snapshot", "database.dead_rows"} == {
        "database.durability"  # the tests' server forgets when the machine dies
    }


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_stays_open_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "SNAPSHOT", -1)
    opened, looked_at = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
            opened.set()
            looked_at.wait(20)
        connection.close()

    holding = threading.Thread(target=hold)
    holding.start()
    opened.wait(20)
    found = looked(database.look)["database.snapshot"]
    looked_at.set()
    holding.join()

    assert found.level is Level.WARN


@pytest.mark.django_db
def test_a_database_that_is_nearly_full_of_connections_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "FULL", 0)

    assert looked(database.look)["database.connections"].level is Level.WARN


@pytest.mark.django_db
def test_an_old_server_and_transactions_without_end_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST", 99)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL synchronous_commit = off")

    found = looked(database.look)

    assert found["database.version"].level is Level.FAIL
    assert found["database.idle"].level is Level.WARN
    assert "synchronous_commit" in found["database.durability"].said


@pytest.mark.django_db
def test_a_migration_that_is_missing_is_told() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'delivery'")

    assert looked(database.look)["database.migrations"].level is Level.FAIL


@pytest.mark.django_db
def test_a_month_without_its_partition_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made = looked(database.look)["database.months"]
    monkeypatch.setattr(timezone, "now", lambda: datetime(2031, 5, 5, tzinfo=UTC))

    missing = looked(database.look)["database.months"]

    assert made.level is Level.OK
    assert missing.level is Level.WARN and "2031-05, 2031-06" in missing.said


@pytest.mark.django_db(transaction=True)
def test_a_replication_slot_without_a_limit_is_told() -> None:
    name = f"doctor_{uuid.uuid4().hex[:8]}"
    without = looked(database.look)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_create_physical_replication_slot(%s)", [name])
        try:
            found = looked(database.look)["database.slots"]
        finally:
            cursor.execute("SELECT pg_drop_replication_slot(%s)", [name])

    assert "database.slots" not in without
    assert found.level is Level.WARN


def test_every_command_that_a_remedy_names_exists() -> None:
    words = [path.read_text() for path in (product.BASE_DIR / "gridapp" / "watch").rglob("*.py")]
    words += [(product.BASE_DIR / "docs" / name).read_text() for name in ("alerts.yml", "operations.md")]
    named = {command for text in words for command in re.findall(r"manage\.py ([a-z_]+)", text)}

    assert {"lane", "replan", "migrate", "check", "doctor"} <= named
    assert named <= get_commands().keys()
