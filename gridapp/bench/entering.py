"""Entering over the API, as a client does it: the web server of the product, and the time of each entry."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

LEAST = 5
"""Entries at least."""


def enter(
    port: int, token: str, people: Iterator[dict[str, Any]], *, going: Callable[[], bool], pause: float = 0.0
) -> list[float]:
    """Milliseconds of each entry, one every `pause` seconds, as long as it is `going` and there are people left."""
    took: list[float] = []
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while len(took) < LEAST or going():
        if (person := next(people, None)) is None:
            break
        body = json.dumps(person).encode()
        began = time.monotonic()
        line.request("POST", "/api/v1/entries/", body, headers)
        answer = line.getresponse()
        answer.read()
        took.append((time.monotonic() - began) * 1000)
        if answer.status != 201:
            raise RuntimeError(f"an entry was answered {answer.status}")
        time.sleep(max(0.0, pause - took[-1] / 1000))
    line.close()
    return took


def with_an_empty_page() -> WSGIHandler:
    """The product with the addresses of empty.py, for a web server."""
    settings.ROOT_URLCONF = "gridapp.bench.empty"
    return get_wsgi_application()


@contextmanager
def web(
    environment: Mapping[str, str], *, nice: int = 0, application: str = "gridapp.wsgi:application"
) -> Iterator[int]:
    """The web server as the README runs it, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        command = [
            "nice", "-n", str(nice), sys.executable, "-m", "gunicorn", application,
            "-k", "gthread", "--workers", "2", "--threads", "8", "--bind", f"fd://{listening.fileno()}",
            "--no-control-socket", "--log-level", "error",
        ]  # fmt: skip
        told = {**environment, "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]}
        serving = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, env=told, cwd=settings.BASE_DIR, pass_fds=(listening.fileno(),)
        )
        try:
            yield listening.getsockname()[1]
        finally:
            serving.terminate()
            serving.wait(timeout=30)
