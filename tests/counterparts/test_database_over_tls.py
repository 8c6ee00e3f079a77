"""Our own database on another machine: what DATABASE_URL says of TLS holds, for the product and for its backups."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

from gridapp.embedded.machine import rights
from tests.conftest import Until
from tests.counterparts.front_machine import running
from tests.security.test_production import environment

ASKED = """
import django
django.setup()
from django.db import connection
from gridapp.delivery import backup_programs
connection.ensure_connection()
print(connection.connection.pgconn.ssl_in_use)
dumped = backup_programs.start("pg_dump", "--schema-only", "--file", "/dev/null")
print(dumped.wait(60), dumped.args[0])
"""


class Server(NamedTuple):
    """`told`: account, password and port of DATABASE_URL; `authority`: the file that vouches for it."""

    told: dict[str, str]
    authority: Path

    def address(self, host: str = "front", **more: str) -> str:
        """The certificate is made out to `front`; hostaddr says where that is, as a name server would."""
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in more.items())
        account = f"{self.told['user']}:{self.told['password']}"
        return f"postgresql://{account}@{host}:{self.told['port']}/postgres?hostaddr=127.0.0.1&{asked}"


@pytest.fixture(scope="module")
def server(until: Until, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="database-"))
    if owner := rights():
        os.chown(folder, owner["user"], owner["group"])
    with running(folder, until) as url:
        authority = tmp_path_factory.mktemp("authority") / "server.crt"
        shutil.copyfile(folder / "db" / "server.crt", authority)
        yield Server({name: str(value) for name, value in conninfo_to_dict(url).items()}, authority)
    shutil.rmtree(folder)


def start(url: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """A process of the product, in production."""
    told = environment(tmp_path, DATABASE_URL=url)
    line = [sys.executable, "-c", ASKED]
    return subprocess.run(line, env=told, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)


def test_with_the_servers_authority_everything_is_encrypted(server: Server, tmp_path: Path) -> None:
    ended = start(server.address(sslmode="verify-full", sslrootcert=str(server.authority)), tmp_path)

    assert (ended.stdout.split()[:2], ended.stderr) == (["True", "0"], "")


def test_a_server_that_nobody_vouches_for_is_not_spoken_to(server: Server, tmp_path: Path) -> None:
    ended = start(server.address(sslmode="verify-full", sslrootcert="system"), tmp_path)

    assert ended.returncode != 0
    assert "certificate verify failed" in ended.stderr


def test_a_server_of_another_name_is_not_spoken_to(server: Server, tmp_path: Path) -> None:
    address = server.address("db.district.example", sslmode="verify-full", sslrootcert=str(server.authority))

    assert 'does not match host name "db.district.example"' in start(address, tmp_path).stderr


def test_without_looking_who_it_is_production_does_not_start(server: Server, tmp_path: Path) -> None:
    address = server.address("db.district.example", sslmode="require").replace("hostaddr=127.0.0.1&", "")

    ended = start(address, tmp_path)

    assert "?sslmode=verify-full" in ended.stderr.splitlines()[-1]
    assert server.told["password"] not in ended.stderr
