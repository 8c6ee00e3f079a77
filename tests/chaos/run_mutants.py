"""All known-bad designs in turn, each in a short run that must end red; then the controls, which must end green.

python -m tests.chaos.run_mutants [NAME …]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from .mutants import CONTROLS, MUTANTS
from .stack_opening import ROOT


def main(names: list[str]) -> int:
    wrong = []
    for name in names or [*MUTANTS, *CONTROLS]:
        began = time.monotonic()
        found = _found(name)
        if not _as_it_should(name, found):
            wrong.append(name)
        said = ", ".join(f"{question} ({n})" for question, n in found.items()) or "nothing found"
        sys.stdout.write(f"{name:24} {time.monotonic() - began:5.0f} s  {said}\n")
        sys.stdout.flush()
    sys.stdout.write(f"not as they should be: {', '.join(wrong)}\n" if wrong else "all as they should be\n")
    return 1 if wrong else 0


def _as_it_should(name: str, found: Mapping[str, int]) -> bool:
    """A control finds nothing; a mutant breaks what it is to break, not just something on a machine that is busy."""
    broken = {question.split()[0] for question in found}
    return not found if name in CONTROLS else not broken.isdisjoint(MUTANTS[name].breaks)


def _found(name: str) -> dict[str, int]:
    """Question -> how many findings a short run with this design had. Raises RuntimeError where it did not end."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "tests.chaos.run", "chaos", "--short", "--mutation", name, "--folder", folder]
        first = [] if name in CONTROLS else ["--first"]
        ran = subprocess.run(
            [*command, *first, "--report", str(report)], cwd=ROOT, check=False, capture_output=True, text=True
        )
        if not report.exists():
            raise RuntimeError(f"{name} did not come to an end: {ran.stderr[-2000:]}")
        told = json.loads(report.read_text())
    # What clients could not enter in time says nothing about the design
    return {question: len(found) for question, found in told["findings"].items() if found and "entries" not in question}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
