"""From an empty folder to a house at work, and back: servers, tables, a grid with flats, targets, processes.

`prepare` comes first, before Django is set up: settings are read from the environment once.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .stack_departments import KINDS, Department, departments

ROOT = Path(__file__).resolve().parents[2]
CONNECTORS = Path(__file__).with_name("connectors")
HURRY = {
    "LANE_MARGIN": "0.5",
    "LANE_SLICE": "5",
    "LANE_LINGER": "1",
    "BREAKER_FIRST": "0.5",
    "BREAKER_LONGEST": "2",
    "SWEEP_EVERY": "1",
}
"""Claims, pauses and looks in seconds instead of minutes; every rule between them stays what it is."""
PATIENT = {**HURRY, "LANE_MARGIN": "5", "CHAOS_ANSWER_WITHIN": "10"}
"""A machine that stands still for some seconds brings no doubt: what is in doubt then, our own doing brought."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was made for a run: the departments, the flats to live in, and how to speak to the API."""

    departments: list[Department]
    flats: list[str]
    token: str
    user_id: int
    environment: dict[str, str]


def prepare(folder: Path, *, hurry: Mapping[str, str] = HURRY) -> None:
    """Turns this process's environment to the house in `folder`; before django.setup()."""
    for name in ("var", "log", "tmp", "ledgers"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("DATABASE_URL", "DATABASE_NAME", "BROKER_URL", "TEST_RUN"):
        os.environ.pop(name, None)
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "gridapp.settings",
            "GRIDAPP_VAR": str(folder / "var"),
            "GRIDAPP_QUEUE": "chaos",
            "GRIDAPP_DEBUG": "1",
            "EMBEDDED_FAST": "0",  # what was committed survives the database's death: that is part of what is asked
            "LOG_LEVEL": "INFO",
            "PYTHONPATH": os.pathsep.join([str(CONNECTORS), str(ROOT)]),
            **hurry,
        }
    )
    sys.path[:0] = [str(CONNECTORS)]


@contextlib.contextmanager
def opened(
    folder: Path,
    *,
    count: int,
    flats: int,
    seed: int,
    rates: Mapping[str, float],
    kinds: str = "",
) -> Iterator[Opened]:
    """Servers, tables and departments in `folder`; everything is gone again afterwards but the folder itself.

    `kinds`: all departments are of this one.
    """
    from django.conf import settings
    from django.core.management import call_command

    chosen = departments(folder / "ledgers", count, seed=seed, rates=rates)
    for one in chosen:
        one.kind = kinds or one.kind
    try:
        call_command("migrate", verbosity=0, interactive=False)
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        for one in chosen:
            one.start()
        yield _furnished(folder, chosen, flats)
    finally:
        for one in chosen:
            one.stop()
        _close_servers()


def _furnished(folder: Path, chosen: list[Department], flats: int) -> Opened:
    from django.conf import settings

    from gridapp.bench import load
    from gridapp.catalogue.models import Target
    from gridapp.org import tokens

    from .stack import until

    until(lambda: all(one.is_up for one in chosen), "a department did not start")
    scene = load.scene(flats * load.HOUSEHOLD)
    for position, one in enumerate(chosen):
        target = Target(key=one.key, connector=f"chaos_{one.kind}", zh=one.key, en=one.key, position=position)
        target.enabled = True
        target.seal_settings({"url": one.url})
        target.save()
    address = settings.EMBEDDED.ensure_pg()
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://{address['user']}@{quote(address['host'], safe='')}:{address['port']}/postgres",
        "BROKER_URL": settings.EMBEDDED.ensure_broker(),
        "TMPDIR": str(folder / "tmp"),
    }
    return Opened(chosen, scene.flats, tokens.issue(scene.worker), scene.worker.pk, environment)


def postmaster() -> int:
    """The database server's process id. Raises OSError where it is down."""
    from django.conf import settings

    files = list(settings.EMBEDDED.home.glob("pg*/postmaster.pid"))
    if not files:
        raise ProcessLookupError("no database server")
    return int(files[0].read_text().split()[0])


def _close_servers() -> None:
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    home: Path = settings.EMBEDDED.home
    with contextlib.suppress(OSError):
        os.kill(postmaster(), signal.SIGCONT)
    settings.EMBEDDED.leave()
    if not home.is_relative_to(settings.VAR):
        shutil.rmtree(home, ignore_errors=True)  # root's folders are closed to the server: it was given another


__all__ = ["HURRY", "KINDS", "PATIENT", "Opened", "opened", "postmaster", "prepare"]
