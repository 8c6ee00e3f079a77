"""The harness as the tests run it: the command of docs/chaos.md, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .stack_opening import ROOT

Harness = Callable[..., dict[str, Any]]


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    """`harness("chaos", "--short")` runs it and returns its report, whatever the verdict."""

    def run(*arguments: str) -> dict[str, Any]:
        report = tmp_path / "report.json"
        command = [sys.executable, "-m", "tests.chaos.run", *arguments, "--report", str(report)]
        # Nothing of this suite's own settings: the run makes itself the environment that it needs
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))}
        ran = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
        assert report.exists(), ran.stdout[-3000:] + ran.stderr[-3000:]
        told: dict[str, Any] = json.loads(report.read_text())
        return told

    return run
