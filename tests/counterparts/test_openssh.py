"""OpenSSH's own server against our files: what goes up, what comes back, and whom it lets in."""

from __future__ import annotations

import asyncio
import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
import pytest

from connectors.transport.batch_files import Answer, BatchFiles, Boxes, Line, Row, Ticket
from connectors.transport.files import Account, Files, Occupied, Visit
from gridapp.contract import Delivered, Misconfigured, Submitted, Unavailable
from tests.conftest import Until
from tests.counterparts.conftest import program

T = TypeVar("T")

CONTENT = os.urandom(200_000)
LIMIT = 64 * 1024
"""Bytes of a file after which the server of `small` gives up: its process may write no more."""


@dataclass(frozen=True)
class Server:
    """A running sshd: the account that is let in, and its folders as they are on disk."""

    account: Account
    up: Path
    down: Path

    def visited(self, act: Callable[[Visit], Awaitable[T]], account: Account | None = None) -> T:
        async def visiting() -> T:
            async with Files(account or self.account, deadline=20).visit() as visit:
                return await act(visit)

        return asyncio.run(visiting())

    async def deliver(self, visit: Visit) -> None:
        await visit.put(f"{self.up}/a.zip", CONTENT, marker=f"{self.up}/a.ok", mark=b"ok\n")

    def names(self) -> list[str]:
        return sorted(path.name for path in self.up.iterdir())


def configuration(folder: Path) -> str:
    """With PAM, though nobody signs in by it: without, sshd takes accounts for locked whose shadow it may not read."""
    return "\n".join(
        [
            "ListenAddress 127.0.0.1",
            f"HostKey {folder}/host_key",
            f"AuthorizedKeysFile {folder}/authorized_keys",
            f"PidFile {folder}/pid",
            "StrictModes no",
            "UsePAM yes",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "Subsystem sftp internal-sftp",
            "",
        ]
    )


def who_serves() -> str:
    """sshd lets in the user it runs as; as root it would want folders of the system, so then it is nobody."""
    return "nobody" if os.geteuid() == 0 else getpass.getuser()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: nobody else can look into that."""
    made = Path(tempfile.mkdtemp(prefix="openssh-"))
    yield made
    shutil.rmtree(made)


@contextmanager
def serving(folder: Path, until: Until, *, limit: int | None = None) -> Iterator[Server]:
    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    host.write_private_key(str(folder / "host_key"))
    (folder / "host_key").chmod(0o600)
    user.write_public_key(str(folder / "authorized_keys"))
    (folder / "sshd_config").write_text(configuration(folder))
    up, down = folder / "up", folder / "down"
    up.mkdir()
    down.mkdir()
    name = who_serves()
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, name)
    down.chmod(0o555)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(program("sshd")), "-D", "-e", "-f", str(folder / "sshd_config"), "-p", str(port)]
    if limit is not None:
        command = ["/bin/sh", "-c", f'ulimit -f {limit // 512} && exec "$0" "$@"', *command]
    account = Account(
        host="127.0.0.1",
        port=str(port),
        user=name,
        host_key=host.export_public_key().decode(),
        private_key=user.export_private_key().decode(),
    )
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stderr=log, **as_user(name)) as process:
        try:
            until(lambda: answers(port) or process.poll() is not None)
            assert process.poll() is None, (folder / "log").read_text()
            yield Server(account, up, down)
        finally:
            process.terminate()


def as_user(name: str) -> dict[str, Any]:
    """For a process that root starts as somebody else."""
    if os.geteuid() != 0:
        return {}
    person = pwd.getpwnam(name)
    return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


@pytest.fixture
def server(folder: Path, until: Until) -> Iterator[Server]:
    with serving(folder, until) as served:
        yield served


@pytest.fixture
def small(folder: Path, until: Until) -> Iterator[Server]:
    """A server that dies in the middle of a file."""
    with serving(folder, until, limit=LIMIT) as served:
        yield served


def test_a_file_gets_there_whole_with_its_marker_and_once_more_changes_nothing(server: Server) -> None:
    server.visited(server.deliver)
    written = (server.up / "a.zip").stat().st_mtime_ns

    server.visited(server.deliver)

    assert server.names() == ["a.ok", "a.zip"]
    assert (server.up / "a.zip").read_bytes() == CONTENT
    assert (server.up / "a.zip").stat().st_mtime_ns == written


def test_another_file_of_that_name_stays_as_it_is(server: Server) -> None:
    (server.up / "a.zip").write_bytes(b"another's")

    with pytest.raises(Occupied):
        server.visited(server.deliver)

    assert server.names() == ["a.zip"]
    assert (server.up / "a.zip").read_bytes() == b"another's"


def test_its_rename_overwrites_nothing(server: Server) -> None:
    """What our numbers rest on: of two who rename to one name the second is told no."""

    async def rename(visit: Visit) -> None:
        await visit._client.rename(f"{server.up}/b", f"{server.up}/a")

    for name in ("a", "b"):
        (server.up / name).write_text(name)
        shutil.chown(server.up / name, who_serves())

    with pytest.raises(Unavailable):
        server.visited(rename)

    assert (server.up / "a").read_text() == "a"


def test_a_return_file_is_listed_and_read(server: Server) -> None:
    (server.down / "RET.xml").write_bytes(b"<RET/>")

    async def reading(visit: Visit) -> tuple[list[str], bytes | None, bytes | None]:
        return (
            list(await visit.list(str(server.down))),
            await visit.read(f"{server.down}/RET.xml"),
            await visit.read(f"{server.down}/none.xml"),
        )

    assert server.visited(reading) == (["RET.xml"], b"<RET/>", None)


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_another_host_key_is_not_signed_in_to(server: Server, folder: Path, kind: str) -> None:
    other = asyncssh.generate_private_key(kind).export_public_key().decode()

    with pytest.raises(Misconfigured) as raised:
        server.visited(server.deliver, replace(server.account, host_key=other))

    assert raised.value.code == "host_key"
    assert "Accepted" not in (folder / "log").read_text()
    assert server.names() == []


def test_another_key_of_ours_is_not_let_in(server: Server) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()

    with pytest.raises(Misconfigured) as raised:
        server.visited(server.deliver, replace(server.account, private_key=other))

    assert raised.value.code == "login"


def test_a_folder_we_may_not_write_to_and_one_that_is_not_there_are_the_operators(server: Server) -> None:
    async def put_into(visit: Visit, where: Path) -> None:
        await visit.put(f"{where}/a.zip", CONTENT)

    for where, code in ((server.down, "permission"), (server.up / "none", "path")):
        with pytest.raises(Misconfigured) as raised:
            server.visited(lambda visit, where=where: put_into(visit, where))  # type: ignore[misc]

        assert raised.value.code == code


def test_a_server_that_breaks_off_in_the_middle_of_a_file_was_certainly_sent_nothing(small: Server) -> None:
    with pytest.raises(Unavailable) as raised:
        small.visited(small.deliver)

    assert not raised.value.maybe_sent
    assert [name for name in small.names() if not name.endswith(".part")] == []


def test_a_server_that_is_gone_was_certainly_sent_nothing(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = str(free.getsockname()[1])

    with pytest.raises(Unavailable) as raised:
        server.visited(server.deliver, replace(server.account, port=nobody))

    assert not raised.value.maybe_sent


class Lists:
    """The plainest paper: a line a row."""

    refusals = 2

    def __init__(self, server: Server) -> None:
        self.boxes = Boxes(str(server.up), str(server.down), ending=".txt", marker=".ok", answer="_RET.txt", digits=4)

    def pack(self, series: str, rows: Sequence[Row]) -> bytes:
        return "".join(f"{row['key']}\n" for row in rows).encode()

    def mark(self, batch: str, content: bytes, rows: int) -> bytes:
        return f"{rows}\n".encode()

    def unpack(self, batch: str, content: bytes) -> dict[str, str]:
        return dict.fromkeys(content.decode().split(), "")

    def read(self, batch: str, content: bytes) -> Answer:
        return Answer(tuple((key, Delivered()) for key in content.decode().split()))


def test_a_batch_goes_up_under_the_next_number_and_its_return_is_matched_by_key(server: Server) -> None:
    batches = BatchFiles(Files(server.account, deadline=20), Lists(server))
    lines = [Line(key, "", {"key": key}) for key in ("a", "b")]

    sent = asyncio.run(batches.send({"B_": lines}))
    again = asyncio.run(batches.send({"B_": lines}))
    (server.down / "B_0001_RET.txt").write_text("b\na\n")

    assert sent == again
    tickets = [one.ticket for one in sent.values() if isinstance(one, Submitted)]
    assert [Ticket.read(ticket) for ticket in tickets] == [Ticket.of("B_0001", ["a", "b"], key) for key in ("a", "b")]
    assert asyncio.run(batches.track(tickets)) == [Delivered(), Delivered()]
