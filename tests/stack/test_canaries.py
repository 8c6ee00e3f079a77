"""Residents go the whole way, by every door, through whatever breaks: where they must not be, they are not."""

from __future__ import annotations

import logging
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyrage
import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from psycopg import sql
from pytest_django import Settings

from gridapp.celery import broker_url
from gridapp.delivery import backup, backup_programs
from gridapp.delivery.models import Delivery, Status
from gridapp.org.models import Area, OpenSession, Role, User
from gridapp.org.session_store import SessionStore
from gridapp.registry.models import Export
from tests.canaries import found
from tests.exporting import made, read, taken
from tests.watch.conftest import Heard, heard  # noqa: F401 - a fixture

from .conftest import GRID, Stack
from .doors import Api, Page, fill_by_workbook
from .golden import homes, people

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]
_ON_THE_WAY = (Status.WAITING, Status.HELD, Status.SENDING, Status.SUBMITTED)


class Overheard:
    """All that any process says to the broker from now on, as MONITOR tells it."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self.said = line, bytearray()
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def _listen(self) -> None:
        while part := self._line.recv(65536):
            self.said += part

    def end(self) -> bytes:
        self._line.shutdown(socket.SHUT_RDWR)
        self._listening.join(timeout=30)
        return bytes(self.said)


@contextmanager
def _line_to_the_broker() -> Iterator[socket.socket]:
    parts = urlsplit(broker_url())
    kind = socket.AF_INET if parts.hostname else socket.AF_UNIX
    with socket.socket(kind) as line:
        line.connect((parts.hostname, parts.port or 6379) if parts.hostname else unquote(parts.path))
        yield line


@pytest.fixture
def broker() -> Iterator[Overheard]:
    with _line_to_the_broker() as line:
        line.sendall(b"MONITOR\r\n")
        yield Overheard(line)


@pytest.fixture
def supervisor(worker: User) -> User:
    user = User.objects.create(username="supervisor", role=Role.SUPERVISOR, staff_no="S0001")
    user.areas.add(Area.objects.get(pk=GRID[:6]))
    return user


def _canaries(entered: list[dict[str, Any]]) -> list[str]:
    """Numbers and phones of whoever is named in them."""
    said = [one.get(part, {}) for one in entered for part in ("fields", "tenancy")]
    values = [value for fields in said for name, value in fields.items() if name.endswith(("id_number", "phone"))]
    return sorted({value for value in values if isinstance(value, str)})


def _dumped() -> bytes:
    """Every row of every table as text, and what sessions hold, which is packed there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall()]
        rows = [f"{SessionStore().decode(session.session_data)}" for session in OpenSession.objects.all()]
        for table in tables:
            cursor.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
            rows += [row for (row,) in cursor.fetchall()]
    assert len(rows) > 100
    return "\n".join(rows).encode()


def _backed_up(where: Path, settings: Settings) -> tuple[bytes, bytes]:
    """The files of a backup, and the dump that whoever has the identity finds in it, as text."""
    settings.BACKUP_RECIPIENTS = [str(pyrage.x25519.Identity.generate().to_public())]
    folder = backup.make(where)
    running = backup_programs.start("pg_dump", "--format=plain", stdout=subprocess.PIPE)
    plain, _ = running.communicate(timeout=120)
    assert running.returncode == 0
    return b"".join(file.read_bytes() for file in folder.iterdir()), plain


def _exported(by: User) -> bytes:
    """An export that masks, and whatever somebody of another area is given: every cell as text."""
    elsewhere = User.objects.create(username="elsewhere", role=Role.SUPERVISOR, staff_no="S0002")
    elsewhere.areas.add(Area.objects.create(code=f"{GRID[:6]}999"))
    contents = [taken(made(by))]
    theirs = made(elsewhere)
    contents += [taken(theirs)] if theirs.state == Export.State.READY else []
    assert len(read(contents[0])) > 2
    return b"".join(content + str(read(content)).encode() for content in contents)


def _broken_into(stack: Stack, by: User, canaries: list[str]) -> bytes:
    """What strangers and workers in a hurry are answered by pages that say no."""
    browser = Client(raise_request_exception=False)
    browser.force_login(by)
    number, phone = canaries[0], canaries[-1]
    answers = [
        browser.get(f"/records/{number}/"),
        browser.get("/search/", {"q": phone}),
        browser.get("/", headers={"Host": f"{number}.example"}),
        browser.post(f"/callbacks/{number}/", phone, content_type="text/plain"),
        Client().post(f"/callbacks/ZZSB/?{number}", {"phone": phone}, content_type="application/json"),
        Client().get(f"/review/?next={number}"),
        Client(enforce_csrf_checks=True).post("/login/", {"username": number, "password": phone}),
        Client().get("/api/v1/changes/", {"q": number}),
        Client(headers={"Authorization": f"Token {number}"}).get("/api/v1/changes/"),
    ]
    assert {answer.status_code for answer in answers} & {302, 400, 401, 403, 404}
    return b"".join(answer.content for answer in answers if answer.status_code != 302)


def test_residents_are_where_they_are_wanted_and_nowhere_else(
    worker: User,
    supervisor: User,
    stack: Stack,
    broker: Overheard,
    heard: Heard,  # noqa: F811 - a fixture
    tmp_path: Path,
    settings: Settings,
) -> None:
    logging.getLogger("gridapp.access").setLevel(logging.DEBUG)
    stack.department("WG", "faults/", tell={"slow": 1})
    stack.department("PDA", "stop/", post=True)
    home, _other = [Api(worker).enter(raw) for raw in homes().values()]
    persons = people(str(home.pk))
    for raw in persons.values():
        Page(worker).enter(raw)
    canaries = _canaries([*homes().values(), *persons.values()])

    answers = _broken_into(stack, worker, canaries)
    stack.until(lambda: Delivery.objects.filter(target__key="WG", status=Status.SENDING).exists())
    stack.kill_worker()
    stack.end_leases()
    stack.department("PDA", "start/", post=True)
    stack.start_worker()
    stack.until(lambda: not Delivery.objects.filter(status__in=_ON_THE_WAY).exists())
    fill_by_workbook(stack, "SZZ", supervisor)
    stores = "".join(str(stack.department(key, "store/")) for key in ("JZDJ", "WG", "PDA"))

    exported = _exported(supervisor)
    backed_up, plain = _backed_up(tmp_path, settings)
    said, dumped, logged = broker.end(), _dumped(), stack.log.read_bytes() + heard.text.encode()
    assert found(canaries, stores.encode())  # they did go out, and everybody else was busy
    assert (stack.queue.encode() in said, str(home.pk).encode() in dumped, b"callbacks/<slug:key>/" in logged) == (
        True,
    ) * 3
    assert plain.startswith(b"--") and str(home.pk).encode() in plain
    nowhere = (said, dumped, logged, answers, exported, backed_up, plain)
    assert [found(canaries, there) for there in nowhere] == [[]] * len(nowhere)
    assert not any(getattr(cache, "_cache", None) for cache in caches.all(initialized_only=True))
