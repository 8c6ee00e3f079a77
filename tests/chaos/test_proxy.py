"""The wire of the chaos harness: what it does to a connection in each of its modes."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos import ledger, proxy
from tests.conftest import Until

TAKEN = b'{"ok": true}'


class Wire:
    """A ledger and the proxy before it."""

    def __init__(self, folder: Path, until: Until) -> None:
        self.folder, self._until = folder, until
        told = ["--folder", str(folder)]
        script = str(Path(ledger.__file__))
        self._ledger = subprocess.Popen(
            [sys.executable, script, *told, "--kind", "neither", "--key", "D", "--seed", "1"]
        )
        until((folder / "D.port").exists)
        script = str(Path(proxy.__file__))
        self._proxy = subprocess.Popen([sys.executable, script, *told, "--name", "D", "--to", str(folder / "D.port")])
        until((folder / "D.proxy").exists)
        self.port = int((folder / "D.proxy").read_text())

    def connect(self, seconds: float = 5) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)

    def mode(self, said: str) -> None:
        """Tells it, and waits until it must have looked."""
        part = self.folder / "D.mode.part"
        part.write_text(said)
        part.replace(self.folder / "D.mode")
        looked = time.monotonic() + 2 * proxy.LOOK
        self._until(lambda: time.monotonic() > looked)

    def ask(self, seconds: float = 5) -> bytes:
        with contextlib.closing(self.connect(seconds)) as connection:
            connection.request("GET", "/")
            return connection.getresponse().read()

    def end(self) -> None:
        for process in (self._proxy, self._ledger):
            process.kill()
            process.wait(timeout=10)


@pytest.fixture
def wire(tmp_path: Path, until: Until) -> Iterator[Wire]:
    running = Wire(tmp_path, until)
    yield running
    running.end()


def test_it_passes_on_what_is_said(wire: Wire) -> None:
    with contextlib.closing(wire.connect()) as connection:
        for _ in range(3):
            connection.request("GET", "/")
            assert connection.getresponse().read() == TAKEN


def test_a_delay_is_of_the_answer(wire: Wire) -> None:
    wire.mode("delay 0.5")
    began = time.monotonic()

    assert wire.ask() == TAKEN
    assert time.monotonic() - began >= 0.5


def test_what_was_asked_before_the_delay_was_over_has_arrived(wire: Wire, until: Until) -> None:
    wire.mode("delay 30")
    body = b'{"key": "k", "record": "r", "version": 1, "action": "create"}'
    with contextlib.closing(wire.connect(0.3)) as connection:
        connection.request("POST", "/", body)
        with pytest.raises(TimeoutError):
            connection.getresponse()

    until(lambda: [line["key"] for line in ledger.read(wire.folder / "D.ledger")] == ["k"])


def test_a_dripping_answer_takes_longer_than_anybody_waits(wire: Wire) -> None:
    wire.mode("drip")

    with contextlib.closing(wire.connect(60)) as connection:
        began, came = time.monotonic(), b""
        connection.request("GET", "/")
        while len(came) < 10:
            came += connection.sock.recv(100)
        took = time.monotonic() - began

    assert took >= (len(came) - 1) * proxy.DRIP * 0.9, "ten bytes a second, however late they are read"


def test_an_answer_is_cut(wire: Wire) -> None:
    wire.mode("cut 20")

    with contextlib.closing(wire.connect()) as connection:
        connection.request("GET", "/")
        came = b""
        with pytest.raises(ConnectionResetError):
            while True:
                came += connection.sock.recv(100)

    assert len(came) <= 20


def test_nothing_comes_out_of_a_black_hole_not_even_later(wire: Wire) -> None:
    body = b'{"key": "k", "record": "r", "version": 1, "action": "create"}'
    with contextlib.closing(wire.connect()) as connection:
        connection.request("GET", "/")
        connection.getresponse().read()
        wire.mode("blackhole")
        connection.sock.settimeout(0.3)
        connection.request("POST", "/", body)
        with pytest.raises(TimeoutError):
            connection.getresponse()
        wire.mode("pass")

    assert wire.ask() == TAKEN
    assert ledger.read(wire.folder / "D.ledger") == []


def test_a_department_that_is_not_there_is_no_answer(wire: Wire) -> None:
    os.kill(wire._ledger.pid, 9)
    wire._ledger.wait(timeout=10)

    with pytest.raises((ConnectionError, http.client.HTTPException)):
        wire.ask()


def test_a_mode_that_nobody_understands_changes_nothing(wire: Wire) -> None:
    wire.mode("delay")

    assert wire.ask() == TAKEN
