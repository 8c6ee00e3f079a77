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
    modes = ["engine", "submit", "backlog"]
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


def test_entering_is_timed_for_one_target_for_all_and_with_all_dead(
    rows: dict[tuple[str, str], dict[str, Any]],
) -> None:
    phases = [rows["submit", name] for name in ("1 target", "14 targets", "all dead")]

    assert [one["entries"] for one in phases] == [8, 8, 8]
    assert all(0 < one["p50_ms"] <= one["p95_ms"] for one in phases)


def test_a_backlog_is_looked_at_while_its_target_is_dead_and_when_it_returns(
    rows: dict[tuple[str, str], dict[str, Any]],
) -> None:
    without, behind, returned = (rows["backlog", name] for name in ("without", "with", "returned"))

    assert 0 < without["claim_p50_ms"] <= without["claim_p99_ms"]
    assert (behind["rows"], behind["claim_p50_ms"] > 0, behind["submit_p95_ms"] > 0) == (2000, True, True)
    assert (returned["delivered"] > 0, returned["doubled"]) == (True, 0)
    assert returned["share"] == pytest.approx(returned["per_second"] / 40)
