"""The modes of `manage.py bench` that look at one thing each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

pytestmark = [pytest.mark.stack]


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], dict[str, Any]]:
    """(mode, targets) -> our row, of one run of all of them."""
    modes = ["engine", "memory", "idle", "submit", "isolation", "backlog", "killed", "flood"]
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "--size", "tiny", "--processes", "1", "--json", "--mode", *modes],
        capture_output=True, text=True, timeout=900, cwd=settings.BASE_DIR, check=False,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "gridapp.settings"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {(one["mode"], one["targets"]): one for one in told if one["way"] == "ours"}


def test_the_engine_alone_delivers_every_round(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    engine = rows["engine", "answers at once"]

    assert (engine["deliveries"], engine["not_delivered"]) == (2 * 8 * 12, 0)
    assert engine["per_second"] > 0 < engine["first_per_second"]


def test_memory_is_looked_at_over_many_deliveries_of_fourteen_lanes(
    rows: dict[tuple[str, str], dict[str, Any]],
) -> None:
    memory = rows["memory", "14 fast"]

    assert memory["deliveries"] >= 200
    assert memory["grown_mb"] == pytest.approx(memory["resident_mb"] - memory["first_resident_mb"])


def test_an_idle_house_is_watched(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert rows["idle", "14 fast"]["cpu_share"] >= 0


def test_entering_is_timed_for_one_target_for_all_and_with_all_dead(
    rows: dict[tuple[str, str], dict[str, Any]],
) -> None:
    phases = [rows["submit", name] for name in ("1 target", "14 targets", "all dead")]

    assert [one["entries"] for one in phases] == [8, 8, 8]
    assert all(0 < one["p50_ms"] <= one["p95_ms"] for one in phases)


def test_what_dead_targets_cost_the_others_is_measured_in_one_run(
    rows: dict[tuple[str, str], dict[str, Any]],
) -> None:
    rounds = [rows["isolation", f"{gone} gone"] for gone in (0, 2)]

    assert [one["deliveries"] for one in rounds] == [6 * 12, 6 * 10]
    assert [one["not_delivered"] for one in rounds] == [0, 0]
    assert rounds[0]["share"] == 1
    assert all(one["per_second_each"] > 0 for one in rounds)


def test_a_backlog_is_looked_at_while_its_target_is_dead_and_when_it_returns(
    rows: dict[tuple[str, str], dict[str, Any]],
) -> None:
    without, behind, returned = (rows["backlog", name] for name in ("without", "with", "returned"))

    assert 0 < without["claim_p50_ms"] <= without["claim_p99_ms"]
    assert (behind["rows"], behind["claim_p50_ms"] > 0, behind["submit_p95_ms"] > 0) == (2000, True, True)
    assert (returned["delivered"] > 0, returned["doubled"]) == (True, 0)
    assert returned["share"] == pytest.approx(returned["per_second"] / 40)


def test_what_was_in_hand_when_workers_died_is_counted(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    killed = rows["killed", "fast"]

    assert killed["false"] == 0
    assert 0 <= killed["lost"] <= killed["not_delivered"] < killed["deliveries"]
    assert killed["in_hand"] >= 0


def test_what_a_flood_of_callbacks_costs_is_measured_in_one_run(
    rows: dict[tuple[str, str], dict[str, Any]],
) -> None:
    phases = [rows["flood", name] for name in ("quiet", "flood", "forged", "quiet again")]

    assert [one["calls"] for one in phases] == [0, 200, 50, 0]
    answers = [name for one in phases for name in one if name.startswith("answered_")]
    assert set(answers) <= {"answered_401", "answered_429"}
    seconds = phases[1]["calls"] / phases[1]["calls_per_second"]
    assert phases[1].get("answered_401", 0) <= 10 * (seconds + 2)
    assert {one["rows_changed"] for one in phases} == {0}
    assert all(one["entries"] >= 5 for one in phases)
