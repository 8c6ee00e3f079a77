"""gunicorn as README.md starts it, on the test's own database: processes, memory, and a request as bytes."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection

from tests.conftest import Until

SHAPE = ["-k", "gthread", "-w", "2", "--threads", "8", "--logger-class", "gridapp.watch.serving.Logger"]
"""What README.md says after `gunicorn gridapp.wsgi`."""


@dataclass(frozen=True)
class Web:
    """A web server that listens at `port`."""

    port: int
    pid: int

    def memory(self) -> list[float]:
        """MB of each worker that are its own, the fullest last."""
        workers = psutil.Process(self.pid).children()
        return sorted(worker.memory_info().rss / 2**20 for worker in workers)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Raises OSError where nothing is answered within a minute."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            asked.putrequest(method, path)
            for name, value in {**named, "Content-Length": str(len(body))}.items():
                asked.putheader(name, value)
            asked.endheaders()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it was refused before it was all sent
                asked.send(body)
            answer = asked.getresponse()
            return answer.status, answer.read()
        finally:
            asked.close()

    def say(self, sent: bytes) -> socket.socket:
        """A connection on which that much was said, and no more."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        line.sendall(sent)
        return line


@contextlib.contextmanager
def opened(log: Path, until: Until, **changed: str) -> Iterator[Web]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    told = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "gridapp.settings", "GRIDAPP_QUEUE": settings.QUEUE,
        "DATABASE_NAME": str(connection.settings_dict["NAME"]), **changed,
    }  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "gridapp.wsgi", *SHAPE, "--no-control-socket"]
    with log.open("wb") as written:
        server = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}"], env=told, cwd=settings.BASE_DIR, stdout=written, stderr=written,
            start_new_session=True,
        )  # fmt: skip
        web = Web(port, server.pid)
        try:
            until(lambda: _reached(web), why=log.read_text())
            yield web
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=60)


def _reached(web: Web) -> bool:
    with contextlib.suppress(OSError):
        return web.ask("GET", "/healthz")[0] == 200
    return False
