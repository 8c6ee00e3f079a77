"""A backup is made encrypted, tried by reading it in, and read in after a loss: nothing doubled, nobody is back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from gridapp import sealing
from gridapp.audit.acts import Act
from gridapp.audit.models import Note
from gridapp.delivery import backup as backing_up
from gridapp.delivery import restored
from gridapp.delivery.models import Delivery, Status
from gridapp.org.models import OpenSession, User
from gridapp.registry import tombstones
from gridapp.registry.models import Record, Tombstone

from .ledgers import Ledger, enter, serve_all, statuses

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)

CANARY = "测试甲"


@pytest.fixture
def identity(tmp_path: Path, settings: Settings) -> Path:
    """The file that opens what is made from now on."""
    made = pyrage.x25519.Identity.generate()
    settings.BACKUP_RECIPIENTS = [str(made.to_public())]
    settings.TOMBSTONES = tmp_path / "tombstones.jsonl"
    file = tmp_path / "identity"
    file.touch(0o600)
    file.write_text(f"# made for a test\n{made}\n")
    return file


def make(where: Path) -> Path:
    said = StringIO()
    call_command("backup", str(where), stdout=said)
    return Path(said.getvalue().strip())


def verify(folder: Path, identity: Path) -> str:
    said = StringIO()
    call_command("backup_verify", str(folder), identity=identity, stdout=said, stderr=said)
    return said.getvalue()


def lose_everything() -> None:
    """The database is gone; an empty one stands in its place."""
    reached = connection.cursor().connection.info
    name, where = reached.dbname, {"host": reached.host, "port": reached.port, "user": reached.user}
    connection.close()
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")


def hold_back(record: Record) -> None:
    Delivery.objects.filter(record=record).update(due_at=timezone.now() + timedelta(hours=1))


def let_go(record: Record) -> None:
    Delivery.objects.filter(record=record, status=Status.WAITING).update(due_at=timezone.now())


def test_after_a_loss_the_backup_is_read_in_and_nothing_is_doubled(
    departments: dict[str, type[Ledger]], tmp_path: Path, identity: Path
) -> None:
    before, sent_later = enter(CANARY), enter("测试乙")
    hold_back(sent_later)
    serve_all()
    OpenSession.objects.create(session_key="k" * 32, session_data="", expire_date=timezone.now())
    folder = make(tmp_path)
    let_go(sent_later)
    serve_all()
    assert set(statuses(sent_later).values()) == {"delivered"}

    lose_everything()
    began = time.monotonic()
    call_command("restore", str(folder), identity=identity, stdout=StringIO())
    page = Client().get("/login/")
    seconds = time.monotonic() - began
    let_go(sent_later)
    serve_all()

    assert page.status_code == 200
    assert seconds < 60
    doubled = {key: [name for name in one.created if one.created.count(name) > 1] for key, one in departments.items()}
    assert doubled == {"KEYED": [], "ASKED": [], "MUTE": []}
    assert statuses(sent_later) == {"KEYED": "delivered", "ASKED": "delivered", "MUTE": "uncertain"}
    assert Record.objects.get(pk=before.pk).document()["name"] == CANARY
    assert not OpenSession.objects.exists()
    assert Note.objects.filter(act=Act.BACKUP_RESTORED, about=f"backup:{folder.name}").exists()


def test_who_was_deleted_after_the_backup_is_deleted_again(
    departments: dict[str, type[Ledger]], tmp_path: Path, identity: Path
) -> None:
    gone, stays = enter(CANARY), enter("测试乙")
    folder = make(tmp_path)
    Tombstone.objects.create(record_id=gone.pk, why="period", by=1, agreed_by=2, begun_at=timezone.now())
    tombstones.write_down()

    lose_everything()
    call_command("restore", str(folder), identity=identity, stdout=StringIO())

    assert not Record.objects.get(pk=gone.pk).grid_code
    assert CANARY not in str(Record.objects.get(pk=gone.pk).document())
    assert Record.objects.get(pk=stays.pk).document()["name"] == "测试乙"


def test_a_backup_is_tried_by_reading_it_in(departments: Any, tmp_path: Path, identity: Path) -> None:
    enter(CANARY)
    folder = make(tmp_path)
    name = connection.settings_dict["NAME"]

    said = verify(folder, identity)

    assert " 0 values opened" not in said
    assert connection.settings_dict["NAME"] == name
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'gridapp_verify%%'")
        assert cursor.fetchone() == (0,)
    assert Note.objects.filter(act=Act.BACKUP_VERIFIED, result="done").exists()


def test_neither_a_value_nor_a_key_stands_in_clear_in_a_backup(
    departments: Any, tmp_path: Path, identity: Path, settings: Settings
) -> None:
    User.objects.create(username="canary-account", staff_no="W0099")
    enter(CANARY, "13987654321")

    folder = make(tmp_path)

    content = b"".join(file.read_bytes() for file in folder.iterdir())
    secrets = [settings.SEALING_KEYS.rpartition(":")[2], settings.INDEX_KEY]
    words = [CANARY, "13987654321", "canary-account", *secrets]
    assert [word for word in words if word.encode() in content or word.encode("utf-16-le") in content] == []
    assert [file.stat().st_mode & 0o077 for file in folder.iterdir() if file.suffix == ".age"] == [0]
    assert folder.stat().st_mode & 0o077 == 0


def spoiled_dump(folder: Path) -> None:
    file = folder / backing_up.DUMP
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def another_number(folder: Path) -> None:
    file = folder / backing_up.MANIFEST
    told = orjson.loads(file.read_bytes())
    told["tables"]["registry_record"] += 1
    file.write_bytes(orjson.dumps(told))


def no_dump(folder: Path) -> None:
    (folder / backing_up.DUMP).unlink()


@pytest.mark.parametrize("spoil", [spoiled_dump, another_number, no_dump])
def test_what_was_spoiled_or_forged_is_refused(
    departments: Any, tmp_path: Path, identity: Path, spoil: Callable[[Path], None]
) -> None:
    folder = make(tmp_path)
    spoil(folder)

    with pytest.raises(CommandError):
        verify(folder, identity)


def test_nobody_else_opens_it_and_an_identity_that_others_read_is_refused(
    departments: Any, tmp_path: Path, identity: Path
) -> None:
    folder = make(tmp_path)
    stranger = tmp_path / "stranger"
    stranger.touch(0o600)
    stranger.write_text(str(pyrage.x25519.Identity.generate()))

    with pytest.raises(CommandError, match="does not open with this identity"):
        verify(folder, stranger)
    identity.chmod(0o640)
    with pytest.raises(CommandError, match="chmod 600"):
        verify(folder, identity)


def test_a_rotated_key_is_asked_for_before_anything_is_read_in(
    departments: Any, tmp_path: Path, identity: Path, settings: Settings
) -> None:
    folder = make(tmp_path)
    settings.SEALING_KEYS = "9:aes:" + "cd" * 32

    with pytest.raises(CommandError, match="of that time are not at hand"):
        verify(folder, identity)


def test_a_database_that_holds_something_is_not_read_into(departments: Any, tmp_path: Path, identity: Path) -> None:
    enter(CANARY)
    folder = make(tmp_path)

    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", str(folder), identity=identity, stdout=StringIO())

    assert Record.objects.count() == 1


def test_without_a_recipient_there_is_no_backup_and_nothing_is_left(
    departments: Any, tmp_path: Path, settings: Settings
) -> None:
    settings.BACKUP_RECIPIENTS = []

    with pytest.raises(CommandError, match="nobody could open it"):
        make(tmp_path / "backups")

    assert not (tmp_path / "backups").exists()


def test_a_value_that_was_moved_to_another_row_is_found_when_the_backup_is_tried(
    departments: Any, tmp_path: Path, identity: Path
) -> None:
    one, other = enter(CANARY), enter("测试乙")
    Record.objects.filter(pk=one.pk).update(sealed=bytes(other.sealed))
    folder = make(tmp_path)

    with pytest.raises(CommandError, match="do not rely on it"):
        verify(folder, identity)

    with pytest.raises(sealing.Unsealable):
        Record.objects.get(pk=one.pk).document()


def told_otherwise(folder: Path, **other: Any) -> None:
    """As if another version, or another moment, had made and sealed it."""
    file = folder / backing_up.MANIFEST
    told = {name: value for name, value in orjson.loads(file.read_bytes()).items() if name != "seal"} | other
    file.write_bytes(orjson.dumps(told | {"seal": backing_up.seal(told)}))


def test_what_another_version_made_is_not_read_in(departments: Any, tmp_path: Path, identity: Path) -> None:
    folder = make(tmp_path)
    told_otherwise(folder, migrations=["registry.0001_initial", "registry.9999_of_tomorrow"])

    with pytest.raises(CommandError, match="another version"):
        verify(folder, identity)


def test_what_was_read_in_with_faults_is_as_safe_as_what_was_not(
    departments: dict[str, type[Ledger]], tmp_path: Path, identity: Path
) -> None:
    gone = enter(CANARY)
    OpenSession.objects.create(session_key="k" * 32, session_data="", expire_date=timezone.now())
    folder = make(tmp_path)
    told_otherwise(folder, tables={"registry_record": 99})
    Tombstone.objects.create(record_id=gone.pk, why="period", by=1, agreed_by=2, begun_at=timezone.now())
    tombstones.write_down()

    lose_everything()
    with pytest.raises(CommandError, match="1 things are not as they were: registry_record"):
        call_command("restore", str(folder), identity=identity, stdout=StringIO())

    assert not Record.objects.get(pk=gone.pk).grid_code
    assert not OpenSession.objects.exists()
    assert restored.runs()


def test_a_folder_that_cannot_be_written_is_said_so(departments: Any, tmp_path: Path, identity: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CommandError, match="cannot be written"):
        make(tmp_path / "file")
