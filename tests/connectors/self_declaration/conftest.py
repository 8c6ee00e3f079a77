"""A running platform, and somebody whom it can call."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.self_declaration.sandbox import DeclarationPlatform
from gridapp.contract import Call


@pytest.fixture
def platform() -> Iterator[DeclarationPlatform]:
    running = DeclarationPlatform()
    running.start()
    yield running
    running.stop()


@dataclass
class Ear:
    """Where a platform calls: every call as it came. `answers`: the statuses it gives, the last one for ever."""

    url: str
    calls: list[Call] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [202])

    def hear(self, path: str, call: Call) -> int:
        self.calls.append(call)
        self.paths.append(path)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def ear(platform: DeclarationPlatform) -> Iterator[Ear]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(listening.hear(self.path, Call(body, headers)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *told: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    listening = Ear(f"http://127.0.0.1:{server.server_port}/callbacks/")
    thread.start()
    platform.callback_url = listening.url
    yield listening
    platform.stop()
    server.shutdown()
    server.server_close()
    thread.join()
