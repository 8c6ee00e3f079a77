"""The private servers: shared by any number of processes, started again when killed, gone with their last user."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from gridapp.embedded import Services
from tests.embedded.running import User, guard_of, nothing_runs, pid_of, ping, query


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
