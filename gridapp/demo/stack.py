"""The demo from start to stop: servers, tables, departments, district, worker, pages; watched until Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from gridapp.embedded import EmbeddedError, machine

from . import accounts, departments, district, parts, ports, processes, stories
from .processes import Child
from .showing import Screen
from .stories import answers, days

_PATIENCE = 60.0
_LOOK_EVERY = 0.5


class StoppedError(Exception):
    """Ctrl-C while the demo was still starting."""


class Stack:
    """One run of the demo in this process. `port` is wanted, not promised."""

    def __init__(self, screen: Screen, *, port: int, always_open: bool) -> None:
        self._screen, self._wanted, self._always_open = screen, port, always_open
        self._listening, self._got_it = ports.listen(port)
        self._url = ports.url_of(self._listening)
        self._stopping = threading.Event()
        self._children: list[Child] = []
        self._stories: list[Child] = []
        self._people: list[accounts.Account] = []
        self._told: departments.Departments
        self._notes: Path = settings.VAR / "demo.json"

    def run(self, *, reset: bool) -> None:
        """Until a signal says stop. Raises DiedEarlyError or EmbeddedError when something cannot be started."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stopping.set())
        self._notes.unlink(missing_ok=True)  # a run that was killed has left it
        try:
            self._bring_up(reset=reset)
            self._watch()
        except StoppedError:
            return
        finally:
            self._take_down()

    def _bring_up(self, *, reset: bool) -> None:
        if not self._got_it:
            self._screen.line(f"  端口 {self._wanted} 已被占用，改用 {self._url} · port {self._wanted} is in use")
        with self._screen.step("数据库与消息队列 · database and broker"):
            settings.EMBEDDED.ensure_pg()
            settings.EMBEDDED.ensure_broker()
            if reset:
                self._forget()
        sandbox = self._start(parts.sandbox(self._url))
        with self._screen.step("数据表 · tables"):
            call_command("migrate", verbosity=0, interactive=False)
        with self._screen.step("部门 · departments"):
            self._connect(sandbox)
        sandbox.restarted = lambda: self._connect(sandbox)
        with self._screen.step("辖区 · district"):
            self._people = self._loaded()
            told = stories.are_told()
            if not told:
                self._note()  # says where the departments are
                answers.forewarn()
                days.spread()
        connection.close()
        with self._screen.step("任务与页面 · worker and pages"):
            self._start(parts.worker())
            self._start(parts.web(self._listening))
            if settings.CARD_READER:
                self._start(parts.cards())
            self._until(self._is_served, *self._children)
        self._note()
        self._screen.welcome(self._url, self._people, self._told)
        if not told:
            self._tell_stories()

    def _forget(self) -> None:
        """Throws away all that was entered, here and at the departments; passwords stay."""
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        parts.forget_departments()

    def _connect(self, sandbox: Child) -> None:
        """The departments have new addresses and credentials each time they start."""
        assert sandbox.announces is not None  # noqa: S101 - told to the type checker
        self._until(sandbox.announces.exists, sandbox)
        self._told = departments.connect(sandbox.announces, always_open=self._always_open)
        connection.close()

    def _loaded(self) -> list[accounts.Account]:
        kept = settings.VAR / "secrets" / "demo_accounts.json"
        if district.is_loaded():
            people = accounts.ensure(kept)
            departments.assess()
            return people
        district.load_places()
        people = accounts.ensure(kept)
        departments.assess()
        accounts.importer()
        flats, residents = district.load(self._tell)
        district.plan_first_grid()
        self._screen.line(f"    房屋 {flats} · flats，居民 {residents} · residents")
        return people

    def _tell_stories(self) -> None:
        """Nobody waits for them, and they are not told twice: it is not started again when it ends."""
        child = parts.stories()
        child.start()
        self._stories = [child]

    def _tell(self, done: int, total: int) -> None:
        if self._stopping.is_set():
            raise StoppedError
        self._screen.tell(done, total)

    def _note(self) -> None:
        """What scripts read while the demo runs."""
        processes_now = {child.name: child.process.pid for child in self._children if child.process}
        noted = {
            "url": self._url,
            "control_url": self._told.control_url,
            "accounts": [asdict(one) for one in self._people],
            "processes": {"supervisor": os.getpid(), **processes_now},
        }
        accounts.write_private(self._notes, noted)

    def _start(self, child: Child) -> Child:
        child.start()
        self._children.append(child)
        return child

    def _is_served(self) -> bool:
        try:
            with urllib.request.urlopen(self._url, timeout=_PATIENCE) as page:  # noqa: S310 - our own address
                return bool(page.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def _until(self, condition: Callable[[], bool], *children: Child) -> None:
        end = time.monotonic() + _PATIENCE
        while not condition():
            if self._stopping.is_set():
                raise StoppedError
            for child in children:
                child.must_run()
            if time.monotonic() > end:
                names = ", ".join(str(child.log) for child in children)
                raise processes.DiedEarlyError(f"nothing after {_PATIENCE:.0f} s, see {names}")
            self._stopping.wait(0.05)

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY):
            self._watch_servers()
            if processes.revive(self._children, self._screen.line):
                self._note()

    def _watch_servers(self) -> None:
        """Programs reconnect by themselves; the server has to be there for that."""
        embedded = settings.EMBEDDED
        servers: dict[str, tuple[Path, Callable[[], object]]] = {"database": (embedded.pg_socket, embedded.ensure_pg)}
        if not settings.BROKER_URL:
            servers["broker"] = (embedded.broker_socket, embedded.ensure_broker)
        for name, (listening, ensure) in servers.items():
            if machine.answers(listening):
                continue
            try:
                ensure()
                self._screen.line(f"{name} ended: started again")
            except EmbeddedError as error:
                self._screen.line(f"{name} ended and does not start: {error}")

    def _take_down(self) -> None:
        self._screen.line("  停止 · stopping …")
        self._notes.unlink(missing_ok=True)
        processes.stop([*self._stories, *self._children])
        connection.close()
        settings.EMBEDDED.leave()
        self._listening.close()
