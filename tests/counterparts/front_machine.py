"""A PostgreSQL of Debian's as a process of its own: passwords, TLS with a certificate of its own making, no socket."""

from __future__ import annotations

import datetime
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from psycopg.conninfo import make_conninfo

from gridapp.embedded.machine import rights
from tests.conftest import Until
from tests.counterparts.conftest import program


@contextmanager
def running(folder: Path, until: Until) -> Iterator[str]:
    """Where the administrator of a new server gets in; `folder` belongs to whom it runs as."""
    initdb = program("initdb")
    assert initdb, "no PostgreSQL of Debian's on this machine"
    password, port = secrets.token_hex(8), free_port()
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o644)
    made = [initdb, "-D", f"{folder}/db", "-U", "chief", "-A", "scram-sha-256", f"--pwfile={secret}"]
    subprocess.run([*made, "--locale=C", "-E", "UTF8", "-N"], check=True, capture_output=True, cwd=folder, **rights())
    certificate(folder / "db")
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "ssl": "on"}
    told = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(Path(initdb).with_name("postgres")), "-D", f"{folder}/db", "-p", str(port), *told],
            stdout=log, stderr=log, cwd=folder, **rights(),
        )  # fmt: skip
    url = make_conninfo(host="127.0.0.1", port=port, user="chief", password=password, dbname="postgres")
    try:
        until(lambda: process.poll() is not None or answers(url), why=(folder / "log").read_text())
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def certificate(folder: Path) -> None:
    """One that nobody has signed but itself, as front machines have them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "front")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for path, content in (("server.key", private), ("server.crt", made.public_bytes(serialization.Encoding.PEM))):
        (folder / path).write_bytes(content)
        (folder / path).chmod(0o600)
        if owner := rights():
            os.chown(folder / path, owner["user"], owner["group"])


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def answers(url: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2):
        return True
    return False
