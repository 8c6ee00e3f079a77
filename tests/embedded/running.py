"""Processes that use private servers, and what can be asked of the servers from outside."""

from __future__ import annotations

import os
import pwd
import re
import socket
import subprocess
import sys
from pathlib import Path

import psycopg

import gridapp
from gridapp.embedded import Services, machine, postgresql

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
