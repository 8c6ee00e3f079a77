"""The doctor looks further: broker, workers, clock, connectors, targets; and how an operator runs it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as product
from django.core.management import call_command
from django.db import connection
from django.utils import timezone, translation
from pytest_django import Settings

from gridapp.catalogue import profiles
from gridapp.catalogue.models import Target
from gridapp.delivery import alarms, clock
from gridapp.delivery.models import Alarm, Lane, Sweep
from gridapp.watch.doctor import Finding, Level, connectors, examine, lanes, machine
from gridapp.watch.doctor import broker as broker_look

from .looking import bad, looked


@pytest.mark.django_db(transaction=True)
def test_a_round_trip_a_silent_house_and_a_clock_that_never_ticked() -> None:
    found = looked(broker_look.look)

    assert found["broker.reachable"].level is Level.OK
    assert found["broker.workers"].level is Level.FAIL
    assert found["broker.clock"].level is Level.FAIL


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("ago", "level"), [(3, Level.OK), (900, Level.FAIL)])
def test_a_clock_that_stands_still_is_told(ago: int, level: Level) -> None:
    Sweep.objects.create(done_at=clock.now() - timedelta(seconds=ago))

    assert looked(broker_look.look)["broker.clock"].level is level


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_is_told_and_the_clock_is_looked_at_all_the_same(settings: Settings) -> None:
    settings.BROKER_URL = "redis://:s3cret@127.0.0.1:1"

    found = looked(broker_look.look)

    assert found["broker.reachable"].level is Level.FAIL
    assert "s3cret" not in found["broker.reachable"].said
    assert "broker.workers" not in found
    assert "broker.clock" in found


@pytest.mark.django_db
def test_a_target_whose_connector_is_gone_is_told() -> None:
    Target.objects.create(key="OLD", connector="no_such_package", zh="旧", en="Old", enabled=True)

    found = looked(connectors.look)

    assert found["connectors.load"].level is Level.OK
    assert found["connectors.missing"].level is Level.FAIL and "OLD" in found["connectors.missing"].said


@pytest.mark.django_db
def test_a_connector_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = profiles.Installed({}, {}, {"broken": "ImportError: No module named 'x'"})
    monkeypatch.setattr(profiles, "load", lambda points: broken)

    assert "ImportError" in looked(connectors.look)["connectors.load"].said


@pytest.mark.django_db
def test_a_page_that_is_filled_by_a_browser_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Target(key="GZZ", connector="workstation", zh="工作站", en="Work station", enabled=True)
    page.seal_settings({"url": "http://127.0.0.1:1/", "account": "agent", "password": "s3cret", "agent": "yes"})
    page.save()
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chromium")
    without = looked(connectors.look)["connectors.browser"]
    monkeypatch.setenv("BROWSER_PATH", sys.executable)  # something that can be run

    assert without.level is Level.FAIL
    assert looked(connectors.look)["connectors.browser"].level is Level.OK


@pytest.fixture
def target(db: None) -> Target:
    row = Target(key="WG", connector="plain_json", zh="网格", en="Grid", enabled=True)
    row.seal_settings({"url": "http://127.0.0.1:1/", "secret": "s3cret-value", "token": "s3cret-value"})
    row.save()
    return row


def test_without_a_target_entries_are_only_kept(db: None) -> None:
    assert bad(lanes.look) == {"lanes.targets"}


def test_a_target_that_is_well_is_one_line(target: Target) -> None:
    assert bad(lanes.look) == set()
    assert "lanes.target" in looked(lanes.look)


@pytest.mark.parametrize(
    ("columns", "check", "level"),
    [
        ({"stopped_why": "unauthorized 王小明 13912340000", "failures": 5}, "lanes.stopped", Level.FAIL),
        ({"failures": 7, "closed_until": timezone.now() + timedelta(hours=1)}, "lanes.resting", Level.WARN),
    ],
)
def test_a_lane_that_is_not_open_is_told(target: Target, columns: dict[str, Any], check: str, level: Level) -> None:
    Lane.objects.create(target=target, **columns)

    found = looked(lanes.look)[check]

    assert found.level is level
    assert "lane WG reopen" in found.remedy
    assert "13912340000" not in found.said and "王小明" not in found.said


def test_a_paused_target_is_told(target: Target) -> None:
    Target.objects.update(paused_at=timezone.now(), paused_why="对方割接")

    assert "对方割接" in looked(lanes.look)["lanes.paused"].said


def test_settings_that_do_not_open_or_are_not_complete_are_told(target: Target, settings: Settings) -> None:
    Target.objects.update(sealed_settings=b"")
    empty = looked(lanes.look)["lanes.settings"]
    target.save()
    settings.SEALING_KEYS = "9:aes:" + "cd" * 32

    lost = looked(lanes.look)["lanes.settings"]

    assert empty.level is lost.level is Level.FAIL
    assert "SEALING_KEYS" in lost.said


def test_an_alarm_that_is_not_over_is_told(target: Target) -> None:
    alarms.raise_alarm(target.pk, Alarm.Kind.REJECTIONS, "12/50")

    assert "WG" in looked(lanes.look)["lanes.alarm"].said


def test_a_target_that_does_not_answer_is_told_when_it_is_called(target: Target) -> None:
    (found,) = lanes.call()

    assert found.level is Level.FAIL
    assert found.check == "targets.call"
    assert "s3cret-value" not in found.said


@pytest.mark.django_db
def test_a_look_that_breaks_is_a_finding_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterator[Finding]:
        raise ValueError("王小明")

    monkeypatch.setattr(machine, "_room", broken)
    found = {finding.check: finding for _, finding in examine()}

    assert found["machine.broken"].level is Level.FAIL
    assert "王小明" not in found["machine.broken"].said
    assert "lanes.targets" in found


def doctor(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As an operator runs it: a process of its own."""
    told = {**os.environ, "DJANGO_SETTINGS_MODULE": "gridapp.settings", **environment}
    return subprocess.run(
        [sys.executable, "manage.py", "doctor", *options], env=told, cwd=product.BASE_DIR, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def other_database(db: None) -> Iterator[str]:
    """A database that was made without a thought: bytes instead of letters."""
    name = f"doctor_{uuid.uuid4().hex[:8]}"
    reached = connection.cursor().connection.info
    where = {"host": reached.host, "port": reached.port, "user": reached.user, "dbname": "postgres"}
    with psycopg.connect(**where, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        yield name
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_database_that_takes_chinese_for_no_letters_is_told(other_database: str) -> None:
    ran = doctor("--json", DATABASE_NAME=other_database)

    found = {one["check"]: one for one in json.loads(ran.stdout)["findings"]}
    assert ran.returncode == 1
    assert found["database.letters"]["level"] == found["database.migrations"]["level"] == "fail"
    assert "LC_CTYPE" in found["database.letters"]["remedy"]


def test_without_a_database_the_rest_is_told_in_english_and_no_password_is_shown(tmp_path: Path) -> None:
    ran = doctor(
        LANGUAGE="en", DATABASE_URL="postgresql://somebody:s3cret@127.0.0.1:1/none",
        BROKER_URL="redis://:s3cret@127.0.0.1:1", GRIDAPP_VAR=str(tmp_path),
    )  # fmt: skip

    assert ran.returncode == 1
    assert "The database cannot be reached" in ran.stdout
    assert "The broker cannot be used" in ran.stdout
    assert "connectors can be loaded" in ran.stdout
    assert "s3cret" not in ran.stdout + ran.stderr
    assert ran.stdout.count("→") >= ran.stdout.count("✗")


@pytest.mark.django_db(transaction=True)
def test_what_only_warns_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    told = io.StringIO()
    one = Finding("a.b", Level.WARN, "要留意", "这样办")
    monkeypatch.setattr("gridapp.watch.management.commands.doctor.examine", lambda **_: [("configuration", one)])

    call_command("doctor", stdout=told)

    assert told.getvalue().splitlines() == ["配置", "  ! 要留意", "    → 这样办", "0 项正常，1 项要留意，0 项不行。"]
    assert translation.get_language() == "zh-hans"
