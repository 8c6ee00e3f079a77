"""The targets of a bench as the bench sees them: their addresses, how they behave, what they have taken."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from .answering import KINDS

WELL = frozenset({"fast", "slow", "flaky"})
"""Kinds that take everything in the end."""


@dataclass(frozen=True)
class Tally:
    """What one target was asked and has taken. `receipts` - `keys`: what it was given twice. Times: epoch seconds."""

    kind: str
    asked: int
    keys: int
    receipts: int
    first_at: float
    last_at: float


class Departments:
    """Targets that run, one port each."""

    def __init__(self, kinds: Sequence[str], process: subprocess.Popen[str]) -> None:
        self.kinds = list(kinds)
        self._process = process
        self.urls = [f"http://127.0.0.1:{port}/" for port in self._heard()]

    @property
    def well(self) -> list[int]:
        """Numbers of those that take everything in the end."""
        return [number for number, kind in enumerate(self.kinds) if kind in WELL]

    def tally(self) -> list[Tally]:
        return self._tell("tally")

    def forget(self) -> None:
        self._tell("forget")

    def behave(self, number: int, kind: str) -> None:
        self.kinds[number] = kind
        self._tell(f"behave {number} {kind}")

    def _tell(self, line: str) -> list[Tally]:
        if self._process.stdin is None:
            raise ValueError("the targets were started without a way to speak to them")
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return [Tally(**one) for one in self._heard()]

    def _heard(self) -> Any:
        if self._process.stdout is None or not (line := self._process.stdout.readline()):
            raise RuntimeError("the bench's targets have ended")
        return json.loads(line)


@contextlib.contextmanager
def departments(kinds: Sequence[str]) -> Iterator[Departments]:
    """One target for each of `kinds` (answering.KINDS), gone when the block ends."""
    if unknown := set(kinds) - set(KINDS):
        raise ValueError(f"no such kind of target: {', '.join(sorted(unknown))}")
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "gridapp.bench.answering", *kinds],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR,
    )  # fmt: skip
    with process:  # closes its input, which ends it
        yield Departments(kinds, process)


def mixed(count: int, kind: str) -> list[str]:
    """`count` targets: all `slow` or `flaky`, or one that is hanging or refusing among fast ones."""
    return [kind] + ["fast"] * (count - 1) if kind in ("hanging", "refusing") else [kind] * count
