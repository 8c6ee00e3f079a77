"""The chaos harness from the command line. docs/chaos.md tells what it does.

    python -m tests.chaos.run chaos [--short] [--seed N] [--mutation NAME] [--first]
    python -m tests.chaos.run rolling | idle | isolation

Ends with 0 when the oracle found nothing, with 1 when it did.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from .stack_opening import HURRY, PATIENT, prepare


def main() -> int:
    told = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever ends it early leaves no process behind
    folder = Path(tempfile.mkdtemp(prefix="chaos-")) if told.folder is None else told.folder
    prepare(folder, hurry={"idle": {}, "rolling": PATIENT}.get(told.mode, HURRY))
    import django

    django.setup()
    report = _run(folder, told)
    said = json.dumps(report, ensure_ascii=False, indent=1)
    if told.report is not None:
        told.report.write_text(said)
    sys.stdout.write(said + "\n")
    if told.folder is None and report["passed"]:
        shutil.rmtree(folder)
    elif not report["passed"]:
        sys.stdout.write(f"everything is left in {folder}\n")
    return 0 if report["passed"] else 1


def _run(folder: Path, told: argparse.Namespace) -> dict[str, Any]:
    from . import mutants, run_chaos, run_isolation, run_quiet  # after django.setup()

    bad = mutants.known(told.mutation) if told.mutation else None
    if told.mode == "isolation" or (bad is not None and bad.hanging):
        return run_isolation.isolation(
            folder, hanging=told.hanging, seconds=told.seconds or 20, seed=told.seed, mutation=told.mutation
        ).as_json()
    if told.mode == "chaos":
        size = run_chaos.SHORT if told.short else run_chaos.LONG
        size = replace(size, poisoned=size.poisoned if told.poisoned is None else told.poisoned)
        return run_chaos.chaos(folder, size, seed=told.seed, mutation=told.mutation, first=told.first).as_json()
    if told.mode == "rolling":
        return run_quiet.rolling(folder, seconds=told.seconds or 40, seed=told.seed).as_json()
    return run_quiet.idle(folder, seconds=told.seconds or 60).as_json()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", nargs="?", choices=["chaos", "rolling", "idle", "isolation"], default="chaos")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="two minutes instead of a quarter of an hour")
    parser.add_argument("--mutation", default="", help="a known-bad design of tests/chaos/mutants.py: must end red")
    parser.add_argument("--poisoned", type=int, help="people whose record kills whatever sends it")
    parser.add_argument("--first", action="store_true", help="ends at the first finding")
    parser.add_argument("--seconds", type=float, help="of the modes rolling, idle, isolation")
    parser.add_argument("--hanging", type=int, default=1, help="mode isolation: departments that never answer")
    parser.add_argument("--folder", type=Path, help="where to run; kept. Else a temporary one, kept when it ends red")
    parser.add_argument("--report", type=Path, help="also writes the report there")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
