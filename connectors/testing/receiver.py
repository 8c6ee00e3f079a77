"""Where a department's callbacks arrive in a trial: every call as it came, byte for byte."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from connectors.trial import Trial
from gridapp.contract import Call


@contextlib.contextmanager
def receiving(trial: Trial) -> Iterator[list[Call]]:
    """The calls that come in while it lasts; the department is told where to call."""
    calls: list[Call] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(calls))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    before, trial.department.callback_url = (
        trial.department.callback_url,
        f"http://127.0.0.1:{server.server_port}/callbacks/",
    )
    try:
        yield calls
    finally:
        trial.department.callback_url = before
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(calls: list[Call]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            calls.append(Call(body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: calls hold people's data."""

    return Handler
