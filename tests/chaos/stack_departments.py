"""Departments of a run: a ledger each, outside our database, behind a wire that can be bent."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KINDS = ("idempotent", "askable", "neither")
ROUGH: Mapping[str, float] = {"busy": 0.05, "drop": 0.05, "late": 0.02, "lie": 0.01, "redirect": 0.0, "refuse": 0.01}
"""How departments misbehave by themselves: shares of requests, of records in the case of `refuse`."""
TAME: Mapping[str, float] = {}


@dataclass
class Department:
    """One ledger and its wire. `kind`: one of KINDS; `key`: of the target."""

    key: str
    kind: str
    folder: Path
    seed: int
    rates: Mapping[str, float]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        port, wire = self.folder / f"{self.key}.port", self.folder / f"{self.key}.proxy"
        options = [part for name, rate in self.rates.items() for part in (f"--{name}", str(rate))]
        self._run("ledger.py", "--kind", self.kind, "--key", self.key, "--seed", str(self.seed), *options)
        self._run("proxy.py", "--name", self.key, "--to", str(port))
        self._files = (port, wire)

    @property
    def is_up(self) -> bool:
        return all(file.exists() for file in self._files)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._files[1].read_text()}/"

    def bend(self, how: str) -> None:
        """What the wire does from now on, in the proxy's words."""
        told = self.folder / f"{self.key}.mode"
        part = told.with_suffix(".part")
        part.write_text(how)
        part.replace(told)

    def requests(self) -> list[dict[str, Any]]:
        """What it was asked and what it did, in its own order."""
        path = self.folder / f"{self.key}.ledger"
        return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]] if path.exists() else []

    def stop(self) -> None:
        for one in self.running:
            one.kill()
            one.wait(timeout=10)

    def _run(self, program: str, *options: str) -> None:
        command = [sys.executable, str(HERE / program), "--folder", str(self.folder), *options]
        self.running.append(subprocess.Popen(command))


def departments(folder: Path, count: int, *, seed: int, rates: Mapping[str, float]) -> list[Department]:
    """`count` departments, the kinds in turn, each seeded for itself."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        Department(f"{KINDS[number % 3].upper()}{1 + number // 3}", KINDS[number % 3], folder, seed + number, rates)
        for number in range(count)
    ]
