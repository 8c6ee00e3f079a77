"""A RabbitMQ of one's own: private node name, ports and folders, no trace of it afterwards."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.conftest import Until

# The wrapper in the PATH insists on an account of its own; the program behind it runs for whoever starts it.
PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
STAFF, DISTRICT = ("aqsc", "staff-secret"), ("d990101", "district-secret")
STARTS_WITHIN = 120.0
"""Seconds; seven on a machine that has nothing else to do."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Rabbit:
    """`exchange` and `queue`: what the district's account may publish to and read from."""

    def __init__(self, folder: Path, until: Until, *, exchange: str, queue: str) -> None:
        self._folder = folder
        self._until = until
        self.port, self._epmd_port = free_port(), free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self._environment = {
            **os.environ,
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"gridapp{os.getpid()}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "none.config"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none.env"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
        }
        definitions = folder / "definitions.json"
        definitions.write_text(json.dumps(_definitions(exchange, queue)), encoding="utf-8")
        listens = f"listeners.tcp.default = 127.0.0.1:{self.port}\nload_definitions = {definitions}\n"
        (folder / "rabbitmq.conf").write_text(listens, encoding="utf-8")
        (folder / "enabled_plugins").write_text("[].\n", encoding="utf-8")

    @property
    def staff_url(self) -> str:
        return f"amqp://{STAFF[0]}:{STAFF[1]}@127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Returns when it lets somebody in."""
        if self._epmd is None:
            program = shutil.which("epmd")
            assert program, "Erlang comes with its port mapper"
            self._epmd = subprocess.Popen([program, "-port", str(self._epmd_port)], env=self._environment)
        with (self._folder / "output").open("ab") as output:
            self._server = subprocess.Popen(
                [str(PROGRAM)],
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._until(self._listens, seconds=STARTS_WITHIN, why=f"RabbitMQ does not start: {self._folder / 'output'}")

    def kill(self) -> None:
        """As when the machine loses its power."""
        if self._server is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait()
            self._server = None
            self._until(lambda: not self._listens(), why="it goes on listening")

    def stop(self) -> None:
        self.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()

    def _listens(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return connection.recv(1) == b"\x01"
        except OSError:
            assert self._server is None or self._server.poll() is None, (self._folder / "output").read_text()
            return False


def _definitions(exchange: str, queue: str) -> dict[str, object]:
    def exactly(name: str) -> str:
        return f"^{name.replace('.', '[.]')}$"

    return {
        "vhosts": [{"name": "/"}],
        "users": [_user(*STAFF, tags="administrator"), _user(*DISTRICT, tags="")],
        "permissions": [
            {"user": STAFF[0], "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
            {
                "user": DISTRICT[0],
                "vhost": "/",
                "configure": "^$",
                "write": exactly(exchange),
                "read": exactly(queue),
            },
        ],
    }


def _user(name: str, password: str, *, tags: str) -> dict[str, str]:
    salt = os.urandom(4)
    digest = base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
    return {
        "name": name,
        "password_hash": digest,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": tags,
    }
