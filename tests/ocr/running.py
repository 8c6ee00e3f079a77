"""The process that reads cards, as an installation runs it, for tests that ask it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

ROOT = Path(__file__).resolve().parents[2]
Until = Callable[..., object]


class Running:
    """`manage.py ocr` on a socket of its own, and what it has said."""

    def __init__(self, folder: Path) -> None:
        self.socket, self._output = folder / "cards", folder / "said"
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "ocr"],
                cwd=ROOT,
                env={**os.environ, "CARD_READER": str(self.socket)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self._output.read_text()


@pytest.fixture(scope="module")
def running(until: Until) -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as folder:
        one = Running(Path(folder))
        until(lambda: "reads cards on" in one.said)
        yield one
        one.process.terminate()
        assert one.process.wait(20) == 0


@pytest.fixture
def reader(running: Running, settings: Settings) -> Running:
    settings.CARD_READER = str(running.socket)
    return running
