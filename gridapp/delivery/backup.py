"""A backup: the database as it is at one moment, encrypted as it is read, and beside it what must be found in it again.

The dump never lies in clear on a disk. What comes next is `backup_reading`: trying whether it can be read in,
and reading it in.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyrage
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from gridapp import sealing
from gridapp.audit.acts import Act
from gridapp.audit.models import Link
from gridapp.audit.noting import note

from . import backup_programs
from .backup_programs import BackupError

FORMAT = 1
DUMP, MANIFEST = "database.dump.age", "manifest.json"


class Digesting:
    """A file that knows how long it is and its SHA-256."""

    def __init__(self, path: Path) -> None:
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._seen, self.size = hashlib.sha256(), 0

    def write(self, part: bytes) -> int:
        self._seen.update(part)
        self.size += len(part)
        return self._file.write(part)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> str:
        """To the disk; the digest."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._seen.hexdigest()


def make(where: Path) -> Path:
    """A folder with the backup in `where`. Raises BackupError; then nothing is left there."""
    recipients = [_recipient(one) for one in settings.BACKUP_RECIPIENTS]
    if not recipients:
        raise BackupError("BACKUP_RECIPIENTS is empty: nobody could open it")
    now = datetime.now(UTC)
    folder = where / f"gridapp-{now:%Y%m%dT%H%M%SZ}"
    part = folder.with_name(f".{folder.name}.part")
    try:
        part.mkdir(mode=0o700, parents=True)
        with _one_moment() as snapshot:
            found = _found()
            dump = _dump(part / DUMP, snapshot, recipients)
        manifest = {"format": FORMAT, "made_at": now.isoformat(), **found, "dump": dump}
        (part / MANIFEST).write_bytes(orjson.dumps(manifest | {"seal": seal(manifest)}, option=orjson.OPT_INDENT_2))
        part.rename(folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise BackupError(f"it cannot be written in {where}: {error.strerror}") from None
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    note(Act.BACKUP_MADE, about=f"backup:{folder.name}", bytes=dump["bytes"], tables=len(found["tables"]))
    return folder


def seal(manifest: dict[str, Any]) -> str:
    """Keyed: who can write to where backups lie cannot make one of their own."""
    told = orjson.dumps({**manifest, "seal": ""}, option=orjson.OPT_SORT_KEYS)
    return sealing.standing(hashlib.sha256(told).hexdigest(), purpose="backup").hex()


def tables() -> dict[str, int]:
    """Rows of every table of ours."""
    names = {model._meta.db_table for model in apps.get_models() if model._meta.managed}
    counted = {}
    with connection.cursor() as cursor:
        for name in sorted(names & set(connection.introspection.table_names(cursor))):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608 - names of our models
            counted[name] = int(cursor.fetchone()[0])
    return counted


@contextmanager
def _one_moment() -> Iterator[str]:
    """Everything that is read meanwhile is of this moment, also by another process that is given the snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def _found() -> dict[str, Any]:
    """What must be found again when it is read in; ids and marks of keys, no key."""
    last = Link.objects.order_by("-number").values("number", "digest").first()
    applied = MigrationRecorder(connection).applied_migrations()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        (server,) = cursor.fetchone()
    return {
        "server": server,
        "tables": tables(),
        "migrations": sorted(".".join(one) for one in applied),
        "sealing_keys": {str(key.id): key.mark for key in sealing.at_hand()},
        "audit": {"number": last["number"], "digest": bytes(last["digest"]).hex()} if last else None,
    }


def _dump(file: Path, snapshot: str, recipients: list[Any]) -> dict[str, Any]:
    arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    running = backup_programs.start("pg_dump", *arguments, stdout=subprocess.PIPE)
    to = Digesting(file)
    try:
        pyrage.encrypt_io(running.stdout, to, recipients)
    finally:
        digest = to.close()
        backup_programs.ended(running, running.stdout)
    return {"file": DUMP, "bytes": to.size, "sha256": digest}


def _recipient(text: str) -> Any:
    try:
        return (pyrage.ssh if text.startswith("ssh-") else pyrage.x25519).Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise BackupError("a recipient is written age1… or ssh-ed25519 …") from None
