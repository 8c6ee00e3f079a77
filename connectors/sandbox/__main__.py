"""`python -m connectors.sandbox`: every department of the tree as a real server, until SIGTERM or Ctrl-C.

Where they are and what lets a connector in is written to a file that only its owner can read.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import json
import os
import pkgutil
import signal
import sys
from pathlib import Path
from typing import Any

import connectors

from .control import Control
from .department import Department


def find() -> list[type[Department]]:
    """Every `connectors.<folder>.sandbox` that names its DEPARTMENT, by folder."""
    found: list[type[Department]] = []
    for folder in sorted(module.name for module in pkgutil.iter_modules(connectors.__path__) if module.ispkg):
        name = f"connectors.{folder}.sandbox"
        if importlib.util.find_spec(name) is not None:
            department = getattr(importlib.import_module(name), "DEPARTMENT", None)
            if department is not None:
                found.append(department)
    return found


def write(path: Path, content: dict[str, Any]) -> None:
    """Write JSON whole or not at all, readable by its owner alone: it holds credentials."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


async def run(arguments: argparse.Namespace) -> None:
    """Start all, write the file, wait for the signal, stop all, take the file away."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    departments: dict[str, Department] = {}
    for one in find():
        if one.needs_database and not arguments.database_url:
            sys.stderr.write(f"{one.key} needs --database-url and is left out\n")
            continue
        departments[one.key] = one(
            database_url=arguments.database_url,
            callback_url=arguments.callback_url,
            hurry=arguments.hurry,
            own_time=not arguments.at_once,
        )
    control = Control(departments)
    try:
        for department in departments.values():
            department.start()
        url = await control.open(arguments.control_port)
        listed = {key: {"slug": one.slug, "settings": one.settings()} for key, one in departments.items()}
        write(arguments.file, {"control_url": url, "departments": listed})
        await stopping.wait()
    finally:
        arguments.file.unlink(missing_ok=True)
        await control.close()
        for department in departments.values():
            department.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox", description=__doc__)
    parser.add_argument("--file", type=Path, required=True, help="where to write addresses and credentials")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control server, 0 for a free one")
    parser.add_argument("--database-url", default="", help="PostgreSQL for departments that work on tables")
    parser.add_argument("--callback-url", default="", help="where departments call back, with a slash at its end")
    parser.add_argument("--hurry", type=float, default=1000.0, help="divides the departments' waits above 10 s")
    parser.add_argument("--at-once", action="store_true", help="answer at once instead of in the department's own time")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
