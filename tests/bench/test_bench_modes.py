"""A mode of `manage.py bench` that looks at one thing; the others take minutes and are `make bench`'s."""

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
    """(mode, targets) -> our row."""
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "--size", "tiny", "--processes", "1", "--json", "--mode", "engine"],
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
