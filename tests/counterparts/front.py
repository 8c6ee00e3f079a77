"""nginx with the file of docs/nginx.conf: only places, ports and the certificate are put in."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from tests.conftest import Until
from tests.counterparts.conftest import program
from tests.counterparts.front_machine import certificate, free_port

CONFIGURATION = settings.BASE_DIR / "docs" / "nginx.conf"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Front:
    """nginx, listening at `port` with TLS."""

    port: int
    plain_port: int
    folder: Path

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

    def half(self) -> ssl.SSLSocket:
        """A connection on which half a request was said."""
        trusted = ssl.create_default_context(cafile=str(self.folder / "server.crt"))
        trusted.check_hostname = False
        said = trusted.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=60))
        said.sendall(b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nuser")
        return said

    def written(self) -> str:
        """All that it has written down."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))


def _configuration(folder: Path, port: int, plain_port: int, behind: int) -> str:
    told = CONFIGURATION.read_text()
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    put_in = {
        "pid /run/nginx.pid;": f"pid {folder}/pid;" + (" user root;" if os.getuid() == 0 else ""),
        "/var/log/nginx/": f"{folder}/",
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
        front = Front(free_port(), free_port(), folder)
        certificate(folder)
        (folder / "nginx.conf").write_text(_configuration(folder, front.port, front.plain_port, behind))
        told = [server, "-p", made, "-c", f"{made}/nginx.conf", "-e", f"{made}/start.log", "-g", "daemon off;"]
        process = subprocess.Popen(told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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
