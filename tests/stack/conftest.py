"""The whole stack as separate processes: a Celery worker with its clock, Valkey, PostgreSQL, the departments."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import seed
from gridapp.delivery.models import Delivery, Lane, Status
from gridapp.delivery.submit import submit
from gridapp.org.models import Area, GridMapping, User
from gridapp.registry.entries import Entered
from gridapp.registry.forms import EntryForm
from gridapp.registry.models import Building
from tests.conftest import Until

from .cases import BUILDING

GRID = "990101001001001"
PROVINCIAL_PATH = "S省/S市/测试区/测试街道/测试社区/001网格"
ALWAYS_OPEN = {"opens": "00:00", "closes": "00:00"}


@dataclass(frozen=True, slots=True)
class Sandbox:
    """All departments in one process. `told`: what its file says of each."""

    control: str
    told: dict[str, dict[str, Any]]

    def ask(self, path: str, *, tell: dict[str, Any] | None = None, post: bool = False) -> Any:
        body = json.dumps(tell).encode() if tell is not None else b"" if post else None
        request = urllib.request.Request(self.control + path, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read() or b"null")

    def first_day(self) -> None:
        """Nothing held, nothing seen, no faults, and everybody is there."""
        for key, standing in self.ask("reset/", post=True).items():
            if not standing["running"]:
                self.ask(f"departments/{key}/start/", post=True)


class Stack:
    """What a test does with the running house: enter, look, kill. `url`: where its pages and its API are."""

    def __init__(self, folder: Path, until: Until, url: str, sandbox: Sandbox) -> None:
        self.folder, self.until, self.url, self.sandbox = folder, until, url, sandbox
        self.log = folder / "worker.log"
        self.worker: subprocess.Popen[bytes] | None = None
        self.started: list[subprocess.Popen[bytes]] = []
        self.queue = settings.QUEUE

    def start_worker(self) -> None:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "gridapp.settings",
            "DATABASE_NAME": str(connection.settings_dict["NAME"]),
            "GRIDAPP_QUEUE": self.queue,
            "LANE_MARGIN": "0.5",
            "BREAKER_FIRST": "1",
            "BREAKER_LONGEST": "3",
            "SWEEP_EVERY": "1",
        }
        command = [sys.executable, "-m", "celery", "-A", "gridapp", "worker", "-B", "-P", "threads", "-c", "24",
                   "--without-gossip", "--without-mingle", "-n", f"{self.queue}@%h",
                   "-s", str(self.folder / "beat")]  # fmt: skip
        with self.log.open("ab") as log:
            self.worker = subprocess.Popen(
                command, env=environment, cwd=settings.BASE_DIR, stdout=log, stderr=log, start_new_session=True
            )
        self.started.append(self.worker)

    def kill_worker(self, how: int = signal.SIGKILL) -> None:
        if self.worker is not None:
            os.killpg(self.worker.pid, how)
            self.worker.wait(timeout=30)
            self.worker = None

    def end(self) -> None:
        """Also of those that a test froze and left: one that lived on would serve the next test's house.

        A statement of one that was killed runs on in PostgreSQL, and a department may be calling back: emptying the
        tables meanwhile could end in a deadlock.
        """
        for worker in self.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(timeout=30)
        self.sandbox.ask("reset/", post=True)
        self.until(nobody_is_at_work, why="somebody is still inside a transaction")

    def end_leases(self) -> None:
        """What was claimed by now is nobody's any more, as after a long wait: the database's clock is what counts."""
        ended = timezone.now() - timedelta(seconds=1)
        Delivery.objects.filter(status=Status.SENDING).update(lease_until=ended)
        Lane.objects.filter(token__isnull=False).update(lease_until=ended)

    def department(self, key: str, path: str = "", *, tell: dict[str, Any] | None = None, post: bool = False) -> Any:
        """Asks or tells the sandbox's control server about one department."""
        return self.sandbox.ask(f"departments/{key}/{path}", tell=tell, post=post)

    def enter(self, raw: dict[str, Any], by: User) -> Entered:
        return submit(EntryForm.parse({"id": str(uuid.uuid4()), "grid_code": GRID, **raw}), by=by)

    def statuses(self, entered: Entered) -> dict[str, str]:
        rows = Delivery.objects.filter(record=entered.record)
        return dict(rows.values_list("target__key", "status"))

    def settled(self, entered: Entered, wanted: dict[str, str]) -> None:
        """Waits until these targets stand like that."""

        def there() -> bool:
            now = self.statuses(entered)
            return all(now.get(key) == status for key, status in wanted.items())

        try:
            self.until(there)
        except AssertionError:
            rows = Delivery.objects.filter(record=entered.record).values_list(
                "target__key", "status", "reason", "fields"
            )
            raise AssertionError(f"wanted {wanted}, have {list(rows)}\n{self.log.read_text()[-3000:]}") from None


def nobody_is_at_work() -> bool:
    """No session of this database but ours is inside a transaction or has a statement running."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle')"
        )
        [[quiet]] = cursor.fetchall()
    return bool(quiet)


@pytest.fixture
def worker(transactional_db: None) -> User:
    for code in (GRID[:6], GRID[:9], GRID[:12], GRID):
        Area.objects.create(code=code, name="测试")
    Building.objects.create(
        code=BUILDING, grid_code=GRID, road="测试路", door_no="9号", building_no="1栋", floors=8, building_use="01",
        house_structure="3", longitude="114.05", latitude="22.55",
    )  # fmt: skip
    user = User.objects.create(username="worker", first_name="测试网格员", staff_no="W0001")
    user.areas.add(Area.objects.get(pk=GRID))
    return user


@pytest.fixture
def connected() -> frozenset[str] | None:
    """The departments that are connected; None for all. A module that needs a few says which."""
    return None


@pytest.fixture(scope="session")
def sandbox(
    django_db_setup: None, django_db_blocker: Any, live_server: Any, tmp_path_factory: Any, until: Until
) -> Iterator[Sandbox]:
    """One for all houses that this process of the tests opens: each finds the departments on their first day."""
    told = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with django_db_blocker.unblock(), _exchange_database() as url:
        departments = subprocess.Popen(
            [sys.executable, "-m", "connectors.sandbox", "--file", str(told), "--database-url", url,
             "--hurry", "1000", "--at-once", "--callback-url", f"{live_server.url}/callbacks/"],
            cwd=settings.BASE_DIR,
        )  # fmt: skip
        try:
            until(told.exists, why="the sandbox did not start")
            known = json.loads(told.read_text())
            yield Sandbox(known["control_url"], known["departments"])
        finally:
            departments.terminate()
            departments.wait(timeout=60)


@pytest.fixture
def stack(
    transactional_db: None,
    tmp_path: Path,
    until: Until,
    live_server: Any,
    sandbox: Sandbox,
    connected: frozenset[str] | None,
) -> Iterator[Stack]:
    """Everything up and configured; the worker runs. Torn down whole, whatever the test did to it."""
    house = Stack(tmp_path, until, str(live_server.url), sandbox)
    sandbox.first_day()
    _configure({key: one for key, one in sandbox.told.items() if connected is None or key in connected})
    try:
        house.start_worker()
        yield house
    finally:
        house.end()


@contextlib.contextmanager
def _exchange_database() -> Iterator[str]:
    """The police's exchange database: a second database, reached by an address alone."""
    name = f"exchange_{uuid.uuid4().hex[:8]}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        reached = cursor.connection.info
        host, port, user = reached.host, reached.port, reached.user
    connection.close()
    yield f"postgresql://{user}@/{name}?host={host}&port={port}"
    with psycopg.connect(host=host, port=port, user=user, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _configure(departments: dict[str, dict[str, Any]]) -> None:
    seed()
    for key, one in departments.items():
        for target in Target.objects.filter(key=key):
            target.seal_settings(one["settings"])
            target.enabled = True
            target.window = ALWAYS_OPEN
            target.per_second = 100  # files that go out a few times a day go at once
            target.save()
    for system, code in (("police_grid", "990101010101"), ("provincial_grid", PROVINCIAL_PATH)):
        GridMapping.objects.create(grid_id=GRID, system=system, code=code)
