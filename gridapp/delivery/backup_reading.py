"""Reading a backup in: into a scratch database to see that it is whole, or into an empty one to go on with.

What was read in sends nothing before departments were asked (`restored`), and whoever was deleted since is deleted
again (`registry.tombstones`).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyrage
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from gridapp import resealing, sealing
from gridapp.audit import chaining, verifying
from gridapp.audit.acts import Act
from gridapp.audit.models import Link
from gridapp.audit.noting import note
from gridapp.org.models import OpenSession
from gridapp.registry import tombstones

from . import backup_programs, restored
from .backup import DUMP, FORMAT, MANIFEST, seal, tables
from .backup_programs import BackupError

SAMPLES = 50
"""Sealed values of each column that are opened."""
_OTHERS = 0o077


@dataclass
class Report:
    """What reading it in came to. `faults` empty: everything that was backed up was found again and opens."""

    rows: int = 0
    opened: int = 0
    links: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def identities(file: Path) -> list[Any]:
    """Of an age key file, which only its owner may read. Raises BackupError, without a word of the file."""
    try:
        if file.stat().st_mode & _OTHERS:
            raise BackupError("others than its owner may read the identity: chmod 600")
        lines = file.read_text().splitlines()
        return [pyrage.x25519.Identity.from_str(line.strip()) for line in lines if line.strip() and line[0] != "#"]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError):
        raise BackupError("the identity cannot be read: a file of age-keygen is wanted") from None


def manifest(folder: Path) -> dict[str, Any]:
    """Raises BackupError where it or the dump is not what was made, or a key is not at hand."""
    try:
        told: dict[str, Any] = orjson.loads((folder / MANIFEST).read_bytes())
        with (folder / DUMP).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        said, of_dump = str(told["seal"]), str(told["dump"]["sha256"])
        kept = {int(number): str(mark) for number, mark in told["sealing_keys"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BackupError("this is no backup, or not a whole one") from None
    if said != seal({name: value for name, value in told.items() if name != "seal"}):
        raise BackupError("the manifest was changed, or made with another INDEX_KEY")
    if told["format"] != FORMAT or digest != of_dump:
        raise BackupError("the dump is not the one of the manifest")
    if set(told["migrations"]) != {".".join(one) for one in MigrationLoader(None).disk_migrations}:
        raise BackupError("another version of the product made it: read it in with that one, then update")
    at_hand = {key.id: key.mark for key in sealing.at_hand()}
    if lacking := [number for number, mark in kept.items() if at_hand.get(number) != mark]:
        raise BackupError(f"sealing keys {lacking} of that time are not at hand: add them, marked :opens")
    return told


def verify(folder: Path, opens: Sequence[Any]) -> Report:
    """Reads it into a database of its own and looks at everything. Nothing of ours is touched. Raises BackupError."""
    told, began, report = manifest(folder), time.monotonic(), Report()
    with backup_programs.scratch(f"gridapp_verify_{os.getpid()}") as name:
        _read_in(folder, opens, name)
        with backup_programs.on(name):
            _compare(told, report)
            _open_samples(report)
    report.seconds = time.monotonic() - began
    result = "failed" if report.faults else "done"
    note(Act.BACKUP_VERIFIED, about=f"backup:{folder.name}", result=result, rows=report.rows, faults=len(report.faults))
    return report


def restore(folder: Path, opens: Sequence[Any]) -> dict[str, int]:
    """Reads it into our database, which must be empty. Raises BackupError.

    Afterwards nothing is sent before departments were asked, nobody is signed in, and who was deleted is gone again.
    """
    told = manifest(folder)
    if connection.introspection.table_names():
        raise BackupError("the database is not empty: a backup is read into an empty one only")
    _read_in(folder, opens, str(connection.settings_dict["NAME"]))
    report = Report()
    try:
        _compare(told, report)
    finally:  # whatever is found, or breaks off: who goes on with it all the same must be as safe
        restored.begin()
        OpenSession.objects.all().delete()
        buried = tombstones.apply_tombstones()
    if report.faults:
        raise BackupError(f"it was read in, but {len(report.faults)} things are not as they were: {report.faults[0]}")
    note(Act.BACKUP_RESTORED, about=f"backup:{folder.name}", rows=report.rows, buried=buried)
    chaining.chain(whole=True)  # transactions count from lower down here
    return {"rows": report.rows, "buried": buried, "asked": len(restored.runs())}


def _read_in(folder: Path, opens: Sequence[Any], database: str) -> None:
    arguments = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--dbname={database}"]
    running = backup_programs.start("pg_restore", *arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        with (folder / DUMP).open("rb") as file:
            pyrage.decrypt_io(file, running.stdin, list(opens))
    except (pyrage.DecryptError, OSError) as error:
        running.kill()
        with contextlib.suppress(BackupError):
            backup_programs.ended(running, running.stdin)
        raise BackupError(f"it does not open with this identity, or breaks off ({type(error).__name__})") from None
    backup_programs.ended(running, running.stdin)


def _compare(told: dict[str, Any], report: Report) -> None:
    """Rows of every table, and the audit: each of its links, and the last one by its digest."""
    found = tables()
    report.rows = sum(found.values())
    for name, number in told["tables"].items():
        if found.get(name) != number:
            report.faults.append(f"{name}: {found.get(name)} rows instead of {number}")
    checked = verifying.verify()
    report.links = checked.links
    # Anchors went on being made after the backup: that its chain ends before them is no fault.
    said = [fault for fault in checked.faults if fault.kind != verifying.Kind.TRUNCATED]
    report.faults += [f"audit {fault.kind} {fault.number or fault.note_id}" for fault in said]
    if last := told["audit"]:
        link = Link.objects.filter(number=last["number"]).first()
        if link is None or bytes(link.digest).hex() != last["digest"]:
            report.faults.append(f"audit: link {last['number']} is another one")


def _open_samples(report: Report) -> None:
    for column in resealing.columns():
        for row in column.model._base_manager.order_by("?")[:SAMPLES]:
            sealed = getattr(row, column.name)
            try:
                if sealed:
                    sealing.unseal(sealed, bound_to=getattr(row, "bound_to"))  # noqa: B009 - each model has it
                    report.opened += 1
            except sealing.Unsealable:
                report.faults.append(f"{column}: a value does not open")
