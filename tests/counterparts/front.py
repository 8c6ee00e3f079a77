"""nginx with the file of docs/nginx.conf: only places, ports and the certificate are put in."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
from django.conf import settings

from tests.conftest import Until
from tests.counterparts.conftest import program
from tests.counterparts.front_machine import certificate, free_port

CONFIGURATION = settings.BASE_DIR / "docs" / "nginx.conf"
UNUSED = ("fastcgi", "uwsgi", "scgi")
"""What nginx keeps temporary files for besides: their folders must be there."""
HALF = b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nuser"


@dataclass(frozen=True)
class Front:
    """nginx, listening at `port` with TLS."""

    port: int
    plain_port: int
    folder: Path
    pid: int

    def line(self) -> http.client.HTTPSConnection:
        """A connection that stays open between requests."""
        trusted = ssl.create_default_context(cafile=str(self.folder / "server.crt"))
        trusted.check_hostname = False  # it is made out to another name
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=trusted)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        asked = self.line()
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # it was refused before it was all sent
                asked.request(method, path, body=body or None, headers=dict(headers or {}))
            answer = asked.getresponse()
            return answer.status, dict(answer.headers), answer.read()
        finally:
            asked.close()

    def half(self, told: bytes = HALF) -> ssl.SSLSocket:
        """A connection on which half a request was said."""
        trusted = ssl.create_default_context(cafile=str(self.folder / "server.crt"))
        trusted.check_hostname = False
        said = trusted.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=60))
        said.sendall(told)
        return said

    def written(self) -> str:
        """All that it has written down."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))


def _configuration(folder: Path, port: int, plain_port: int, behind: int) -> str:
    told = CONFIGURATION.read_text()
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in UNUSED)
    put_in = {
        "pid /run/nginx.pid;": f"pid {folder}/pid;" + (" user root;" if os.getuid() == 0 else ""),
        "/var/log/nginx/": f"{folder}/",
        " /run/gridapp-": f" {folder}/",
        "http {\n": f"http {{ {temporary}\n",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{behind};",
        "listen 80 ": f"listen 127.0.0.1:{plain_port} ",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "/etc/nginx/app.crt": f"{folder}/server.crt",
        "/etc/nginx/app.key": f"{folder}/server.key",
    }
    for known, put in put_in.items():
        assert told.count(known) in (1, 2), known
        told = told.replace(known, put)
    return told


@contextmanager
def fronting(behind: int, until: Until) -> Iterator[Front]:
    """nginx before whatever listens at the port `behind`."""
    server = program("nginx")
    assert server, "no nginx on this machine"
    with tempfile.TemporaryDirectory(prefix="front-") as made:
        folder = Path(made)
        port, plain_port = free_port(), free_port()
        certificate(folder)
        (folder / "nginx.conf").write_text(_configuration(folder, port, plain_port, behind))
        told = [server, "-p", made, "-c", f"{made}/nginx.conf", "-e", f"{made}/start.log", "-g", "daemon off;"]
        process = subprocess.Popen(told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        front = Front(port, plain_port, folder, process.pid)
        try:
            until(lambda: process.poll() is not None or _listens(front.port), why=front.written())
            assert process.poll() is None, front.written()
            yield front
        finally:
            process.terminate()
            process.wait(30)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers that came."""

    def do_GET(self) -> None:
        """A body that came with it is read and counted."""
        length = len(self.rfile.read(int(self.headers["Content-Length"] or 0)))
        body = orjson.dumps({name.lower(): value for name, value in self.headers.items()} | {"read": length})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Request-ID", "echo")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the library's name

    def log_message(self, *told: object) -> None:
        """Nothing."""


@contextmanager
def before_an_echo(until: Until) -> Iterator[Front]:
    """nginx before something that answers with what it hears."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with fronting(server.server_port, until) as front:
                yield front
        finally:
            server.shutdown()
            thread.join()
