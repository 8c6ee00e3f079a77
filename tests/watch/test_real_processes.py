"""gunicorn and Celery as an operator starts them: every line they write is one JSON object, and none has a resident."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from gridapp.celery import app
from tests.conftest import Until

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]
NUMBER, NAME = "990101199203040017", "欧阳金丝雀"


@contextlib.contextmanager
def running(*command: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the product that logs as in production."""
    told = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "gridapp.settings", "LOG_FORMAT": "json", "LOG_LEVEL": "INFO",
        "ACCESS_LOG": "1", "DATABASE_NAME": str(connection.settings_dict["NAME"]), "GRIDAPP_QUEUE": settings.QUEUE,
    }  # fmt: skip
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env=told, cwd=settings.BASE_DIR, stdout=written, stderr=written,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def lines(log: Path) -> list[dict[str, Any]]:
    """Fails where a line is none of ours. Celery writes its goodbye itself, past every logger."""
    said = [line for line in log.read_text().splitlines() if line not in ("", "worker: Warm shutdown (MainProcess)")]
    return [json.loads(line) for line in said]


def get(port: int, path: str, **headers: str) -> http.client.HTTPResponse:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    asked.request("GET", path, headers=headers)
    answer = asked.getresponse()
    answer.read()
    asked.close()
    return answer


def test_the_web_server_writes_json_and_nothing_of_what_was_asked(tmp_path: Path, until: Until) -> None:
    log = tmp_path / "web.log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shape = ["-k", "gthread", "--threads", "4", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    ours = ["--logger-class", "gridapp.watch.serving.Logger", "--access-logfile", "-"]

    def answers() -> bool:
        with contextlib.suppress(OSError):
            return get(port, "/healthz").status == 200
        return False

    with running("gunicorn", "gridapp.wsgi", *shape, *ours, log=log):
        until(answers)
        ready = get(port, "/readyz", Host="10.0.0.9")
        login = get(port, "/login/?next=" + quote(NAME), **{"X-Request-ID": "edge-0000-1"})
        get(port, f"/{quote(NAME)}/{NUMBER}")
        get(port, "/login/", Host=f"{NUMBER}.example")
        with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
            raw.sendall(f"GET /?q={NUMBER} NONSENSE/9\r\nX: {NUMBER}\r\n\r\n".encode())
            raw.recv(1000)

    known = lines(log)
    access = [(line["status"], line.get("route")) for line in known if line["logger"] == "gridapp.access"]
    assert ready.status == 200
    assert login.headers["X-Request-ID"] == "edge-0000-1"
    assert access == [(200, "login/"), (404, None), (400, None)]
    assert "edge-0000-1" in {line.get("request_id") for line in known}
    assert any(line["message"].startswith("Starting gunicorn") for line in known)
    assert NUMBER not in log.read_text() and NAME not in log.read_text() and quote(NAME) not in log.read_text()


def test_a_worker_writes_json_and_nothing_of_what_it_was_told(tmp_path: Path, until: Until) -> None:
    log = tmp_path / "worker.log"
    name = f"{settings.QUEUE}@canary"
    shape = ["-P", "threads", "-c", "2", "--without-gossip", "--without-mingle", "-n", name]
    with running("celery", "-q", "-A", "gridapp", "worker", *shape, log=log):
        until(lambda: app.control.ping(destination=[name], timeout=1))
        app.send_task("gridapp.delivery.tasks.serve_lane", kwargs={NAME: NUMBER})
        app.send_task("no.such.task", [f"{NAME} {NUMBER}"])
        until(lambda: log.read_text().count("ERROR") >= 2)

    said = [line["message"] for line in lines(log) if line["level"] == "ERROR"]
    assert len([one for one in said if one.startswith("task gridapp.delivery.tasks.serve_lane[")]) == 1
    assert NUMBER not in log.read_text() and NAME not in log.read_text()
    assert NAME.encode("unicode_escape").decode() not in log.read_text()
