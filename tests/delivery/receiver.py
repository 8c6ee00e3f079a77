"""A department on a real socket that answers every request as a test says, counts them, and the connector for it.

The sandbox's departments have rules of their own; what is asked here is only how often somebody is called at all.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

import pytest
from django.utils import timezone

from connectors.transport.http import Answer, Http
from connectors.transport.one_by_one import OneByOne
from gridapp import sealing
from gridapp.catalogue import targets as configured_targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import (
    Action,
    Capabilities,
    Connector,
    Delivered,
    Kind,
    Layout,
    Outcome,
    Parcel,
    Profile,
    Rejected,
    Row,
)
from gridapp.delivery.models import Delivery, Rank
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record

PROFILE = Profile(
    key="TEST",
    slug="scripted",
    zh="测试系统",
    en="Test system",
    owner="测试",
    basis="测试",
    layouts={Kind.RESIDENT: Layout(rows=(Row("name", "XM"), Row("phone", "DH")), actions=frozenset(Action))},
)


class Receiver:
    """`status`: what it answers from now on, 200 taken, 422 rejected; `calls`: how often it was asked anything."""

    def __init__(self) -> None:
        self.status, self.calls, self.headers = 200, 0, {}  # type: int, int, dict[str, str]
        counted = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                with counted:
                    receiver.calls += 1
                self.send_response(receiver.status)
                for name, value in {"Content-Length": "0", **receiver.headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def do_GET(self) -> None:
                page = "<!doctype html><meta charset=utf-8><title>入口</title>".encode()
                self.send_response(200)
                for name, value in {"Content-Type": "text/html", "Content-Length": str(len(page))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *said: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


PATIENT = 20.0
"""Seconds for one answer: the machine may pause for some, and no test here asks about a department that is slow."""


class OverTheWire(Connector):
    """One request a record, up to sixteen at once, as most departments are spoken to."""

    profile = PROFILE
    capabilities = Capabilities(batch=50, concurrency=16, resend_safe=True, deadline=2 * PATIENT)
    url: ClassVar[str] = ""

    async def __aenter__(self) -> Self:
        self._http = Http(self.url, deadline=PATIENT, concurrency=16)
        await self._http.__aenter__()
        self._line = OneByOne(self._post, concurrency=16, seconds=PATIENT)
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return await self._line.send(parcels)

    async def _post(self, parcel: Parcel) -> Outcome:
        answer: Answer = await self._http.post(b"{}", content_type="application/json", judges=(422,))
        return Delivered(parcel.key[:8]) if answer.status == 200 else Rejected("22", "字段不存在")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def wired(receiver: Receiver, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Target:
    """A live target that is served over the wire, as its row says at this moment."""

    class Fresh(OverTheWire):
        url: ClassVar[str] = receiver.url

    row = Target.objects.create(key="TEST", connector="scripted", zh="测试系统", en="Test system", enabled=True)

    def now() -> list[Configured]:
        return [Configured(Target.objects.get(pk=row.pk), PROFILE, Fresh)]

    monkeypatch.setattr(configured_targets, "targets", now)
    monkeypatch.setattr(configured_targets, "target", lambda target_id: now()[0] if target_id == row.pk else None)
    return row


@pytest.fixture
def backlog(wired: Target) -> Callable[[int], None]:
    """`backlog(2000)`: so many residents wait for the target, all due."""
    user = User.objects.create(username="clerk", staff_no="W0009")

    def make(number: int) -> None:
        records = []
        for _ in range(number):
            record = Record(id=uuid.uuid4(), kind=Kind.RESIDENT, grid_code="990101001001001")
            told = {"name": "测试甲", "phone": "13912345678"}
            record.sealed = sealing.seal_json(told, bound_to=record.bound_to)
            records.append(record)
        Record.objects.bulk_create(records)
        due = timezone.now() - timedelta(minutes=1)
        Entry.objects.bulk_create(
            Entry(
                id=uuid.uuid4(), record=record, action="create", version=1, digest=b"", sealed=b"", by=user,
                grid_code=record.grid_code, made_at=due,
            )
            for record in records
        )  # fmt: skip
        Delivery.objects.bulk_create(
            Delivery(
                record=record, target=wired, status="waiting", wanted_version=1, wanted_digest=b"x" * 20, due_at=due,
                rank=Rank.BACKLOG,
            )
            for record in records
        )  # fmt: skip

    return make
