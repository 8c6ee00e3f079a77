"""`manage.py bench` as an operator runs it: real workers, targets and databases of its own; every way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from gridapp.bench import written

pytestmark = [pytest.mark.stack, pytest.mark.django_db]

Rows = dict[tuple[str, str, str], dict[str, Any]]


def bench(*options: str) -> Rows:
    """(mode, way, targets) -> the row."""
    command = [sys.executable, "manage.py", "bench", "--size", "tiny", "--processes", "1", "--json", *options]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "gridapp.settings"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, cwd=settings.BASE_DIR, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {(one["mode"], one["way"], one["targets"]): one for one in rows}


def test_every_way_delivers_everything_once_to_targets_that_are_well(tmp_path: Path) -> None:
    kept = tmp_path / "rows.jsonl"

    rows = bench("--mode", "drain", "--keep", str(kept))

    by_hand = ["by hand, as written", "by hand, tuned", "by hand, tuned (threads)"]
    assert [way for _, way, _ in rows] == ["ours", "bare aiohttp loop", *by_hand]
    durable = [row for row in rows.values() if row["way"] != "bare aiohttp loop"]
    assert {(row["not_delivered"], row["lost"], row["doubled"], row["false"]) for row in durable} == {(0, 0, 0, 0)}
    assert all(row["per_second"] > 0 and row["doubled"] == 0 for row in rows.values())
    assert all(row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"] for row in durable)
    assert rows["drain", "ours", "fast"]["deliveries"] == 8 * 12
    told, again = written.read(kept.read_text())
    assert (len(again), "fsync" in told) == (len(rows), True)
