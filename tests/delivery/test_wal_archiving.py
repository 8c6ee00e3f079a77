"""The drill of docs/operations.md: the log is archived, the server is killed and its disk lost, another one goes on."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection
from django.test import Client

from gridapp.delivery import restored
from gridapp.embedded import machine, postgresql
from gridapp.registry.models import Record

from .ledgers import Ledger, enter, serve_all
from .test_recovered import Server

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)
Until = Callable[..., Any]
logger = logging.getLogger(__name__)
EVERY = int(os.environ.get("DRILL_ARCHIVE_TIMEOUT", "1"))
"""Seconds of archive_timeout. As documented they are 30: docs/operations.md has the command for that."""
ARCHIVING = f"""
wal_level = replica
archive_mode = on
archive_timeout = {EVERY}s
archive_command = 'test ! -f {{archive}}/%f && cp %p {{archive}}/.%f && mv {{archive}}/.%f {{archive}}/%f'
"""
RECOVERING = "restore_command = 'cp {archive}/%f %p'\nrecovery_target_timeline = 'latest'\n"


class Archived(Server):
    """One whose log goes to `archive`, piece by piece."""

    def start(self) -> None:
        self.home.mkdir(exist_ok=True)
        self.home.chmod(0o755)
        machine.make_own(self.sockets, 0o755, owner=machine.rights())
        postgresql.start(self.home, self.listening, fast=False)

    def said(self, settings: str) -> None:
        with (self.folder / "postgresql.conf").open("a") as file:
            file.write(settings)

    def kill(self) -> None:
        """As a power cut does; then its disk is gone, too."""
        main = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
        for process in [main, *main.children()]:
            process.send_signal(signal.SIGKILL)
        psutil.wait_procs([main])
        shutil.rmtree(self.folder)

    def program(self, name: str, *arguments: str) -> None:
        line = [str(postgresql._programs() / name), "-h", str(self.sockets), "-p", "5432", "-U", "app", *arguments]
        subprocess.run(line, check=True, cwd="/", **machine.rights())

    @contextmanager
    def ours(self) -> Iterator[None]:
        """The product works on this server meanwhile."""
        connection.close()
        reached = {**connection.get_connection_params(), "host": str(self.sockets), "port": "5432", "user": "app"}
        with self.monkeypatch.context() as patched:
            patched.setattr(connection, "get_connection_params", lambda: {**reached, "dbname": "postgres"})
            try:
                yield
            finally:
                connection.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: the server does not run as root, and nobody else can look into that."""
    with tempfile.TemporaryDirectory(prefix="archiving-") as made:
        Path(made).chmod(0o755)
        machine.make_own(Path(made) / "archive", 0o755, owner=machine.rights())
        yield Path(made)


@pytest.fixture
def first(folder: Path, monkeypatch: pytest.MonkeyPatch, until: Until, departments: Any) -> Iterator[Archived]:
    """With our tables, and the log being archived; stopped with the test, like whatever else runs in the folder."""
    dump = folder / "dump"
    reached = connection.cursor().connection.info
    where = ["-h", reached.host, "-p", str(reached.port), "-U", reached.user, "-Fc", "-f", str(dump), reached.dbname]
    subprocess.run([postgresql._programs() / "pg_dump", *where], check=True)
    dump.chmod(0o644)
    made = Archived(folder / "first", monkeypatch, until)
    made.start()
    made.said(ARCHIVING.format(archive=folder / "archive"))
    made.stop()
    made.start()
    made.program("pg_restore", "-d", "postgres", str(dump))
    yield made
    for home in folder.glob("*/pg*"):
        Archived(home.parent, monkeypatch, until).stop()


def another(first: Archived, folder: Path) -> Archived:
    """A base backup of the first one, made ready to take up what the archive has."""
    home = folder / "second"
    machine.make_own(home, 0o755, owner=machine.rights())
    first.program("pg_basebackup", "-D", str(home / first.folder.name), "-c", "fast", "-X", "none", "--no-sync")
    return Archived(home, first.monkeypatch, first.until)


def go_on_from(second: Archived, folder: Path) -> None:
    second.said(RECOVERING.format(archive=folder / "archive"))
    (second.folder / "recovery.signal").touch()
    if owner := machine.rights():
        os.chown(second.folder / "recovery.signal", owner["user"], owner["group"])
    second.start()


def pieces(folder: Path) -> int:
    return sum(1 for file in (folder / "archive").iterdir() if len(file.name) == 24)


def entered_all_the_time(folder: Path, until: Until) -> list[tuple[float, str]]:
    """When each person was entered, and the record: until two more pieces were archived and then until the next one is
    nearly due, which is when a loss costs most. Of what is lost, departments have the older half."""
    entered: list[tuple[float, str]] = []

    def one_more(enough: Callable[[], bool]) -> bool:
        record = enter(f"测试{len(entered)}")
        entered.append((time.monotonic(), str(record.pk)))
        return enough()

    for _ in range(2):
        serve_all()
        known = pieces(folder)
        until(lambda: one_more(lambda: pieces(folder) > known), seconds=3 * EVERY + 60)  # noqa: B023
    since = time.monotonic()
    until(lambda: one_more(lambda: time.monotonic() >= since + 0.4 * EVERY), seconds=EVERY + 60)
    serve_all()
    until(lambda: one_more(lambda: time.monotonic() >= since + 0.9 * EVERY), seconds=EVERY + 60)
    return entered


def test_a_server_that_is_gone_with_its_disk_costs_no_more_than_the_last_piece_of_the_log(
    first: Archived, folder: Path, until: Until, departments: dict[str, type[Ledger]]
) -> None:
    with first.ours():
        restored.moved()
        second = another(first, folder)
        entered = entered_all_the_time(folder, until)
    first.kill()
    began = time.monotonic()

    go_on_from(second, folder)
    with second.ours():
        until(lambda: Client().get("/login/").status_code == 200)
        seconds = time.monotonic() - began
        until(writable)
        known = {str(pk) for pk in Record.objects.values_list("pk", flat=True)}
        begun = restored.check()
        serve_all()

    there = [at for at, record in entered if record in known]
    lost = entered[-1][0] - there[-1]
    told = (EVERY, len(entered) - len(there), len(entered), lost, seconds)
    logger.warning("every %d s: %d of %d entries lost, of %.1f s; a page after %.1f s", *told)
    assert lost < EVERY + 5, f"{lost:.1f} s of entries"
    assert seconds < 60, f"the first page came after {seconds:.1f} s"
    assert begun, "another timeline is a restore: departments are asked first"
    for name in ("KEYED", "ASKED"):
        created = departments[name].created
        assert len(created) == len(set(created))


def writable() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT pg_is_in_recovery()")
        return bool(cursor.fetchone()[0])
