"""Which copies of a database are seen to be another one, with servers of the test's own that are stopped and copied."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper

from gridapp.delivery import restored
from gridapp.delivery.restored import Place
from gridapp.embedded import machine, postgresql

pytestmark = pytest.mark.django_db
Until = Callable[..., Any]
TABLE = "CREATE TABLE delivery_timeline (id int PRIMARY KEY)"


class Server:
    """A PostgreSQL of its own in `home`, stopped with the test."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, until: Until) -> None:
        self.home, self.sockets, self.monkeypatch, self.until = home, home / "s", monkeypatch, until
        self.listening = self.sockets / ".s.PGSQL.5432"

    @property
    def folder(self) -> Path:
        return next(self.home.glob("pg*"))

    def start(self) -> None:
        self.home.mkdir(exist_ok=True)
        self.home.chmod(0o755)
        machine.make_own(self.sockets, 0o755, owner=machine.rights())
        postgresql.start(self.home, self.listening, fast=True)

    def stop(self) -> None:
        postgresql.stop(self.home, self.listening)

    def copied(self, to: Path) -> Server:
        """The files as they lie there, with their owners: what a cold backup keeps."""
        to.mkdir()
        to.chmod(0o755)
        subprocess.run(["cp", "-a", self.folder, to], check=True)
        return Server(to, self.monkeypatch, self.until)

    def place(self, before: str = "") -> Place:
        """What `here` says of it, after a statement, once it has recovered: until then nobody can write there."""
        told = {**connection.settings_dict, "NAME": "postgres", "HOST": str(self.sockets), "PORT": "5432"}
        own = DatabaseWrapper({**told, "USER": "app"}, alias="default")
        try:
            with own.cursor() as cursor:
                self.until(lambda: _tells(cursor, "SELECT NOT pg_is_in_recovery()"))
                if before:
                    cursor.execute(before)
            with self.monkeypatch.context() as patched:
                patched.setattr(restored, "connection", own)
                return restored.here()
        finally:
            own.close()


def _tells(cursor: Any, question: str) -> bool:
    cursor.execute(question)
    return bool(cursor.fetchone()[0])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, until: Until) -> Iterator[Callable[[], Server]]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        first = Server(Path(folder) / "first", monkeypatch, until)
        first.start()
        yield lambda: first
        for home in Path(folder).iterdir():
            Server(home, monkeypatch, until).stop()


def test_what_was_recovered_is_another_copy_and_what_was_only_copied_is_not(server: Callable[[], Server]) -> None:
    first = server()
    known = first.place(TABLE)
    again = first.place()
    first.stop()
    cold = first.copied(first.home.with_name("cold"))
    recovered = first.copied(first.home.with_name("recovered"))
    cold.start()
    (recovered.folder / "recovery.signal").touch()
    with (recovered.folder / "postgresql.conf").open("a") as settings:
        settings.write("restore_command = 'false'\n")

    recovered.start()

    assert again == known
    assert cold.place() == known, "a cold copy shows nothing: `manage.py restored` must be told"
    found = recovered.place()
    assert (found.cluster, found.timeline) == (known.cluster, known.timeline + 1)


def test_a_table_that_was_read_in_again_is_another_copy(server: Callable[[], Server]) -> None:
    first = server()
    known = first.place(TABLE)

    read_in = first.place(f"DROP TABLE delivery_timeline; {TABLE}")

    assert read_in.timeline == known.timeline
    assert read_in.cluster != known.cluster


def test_another_cluster_is_another_copy_even_where_its_tables_have_the_same_numbers(
    server: Callable[[], Server],
) -> None:
    first = server()
    second = Server(first.home.with_name("second"), first.monkeypatch, first.until)
    second.start()

    assert first.place(TABLE).cluster != second.place(TABLE).cluster
