"""The door of a department that exchanges files: an SFTP server in its own thread, and the faults that all can have."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import shutil
import socket
import struct
import tempfile
import threading
import weakref
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh

from .faults import Faults
from .http import SIGN_IN_PAGE
from .strange import DROP_EVERY, HOST

if TYPE_CHECKING:
    from .department import Department

HONOURS = frozenset(
    {"reset", "slow", "hang", "error_5xx", "too_many", "html_instead", "answer_lost", "drip", "huge", "disk_full"}
    | {"wrong_credentials"}
)
"""The faults that every department with this channel has; its class says so in `honours`."""
ROOM = 100
"""Bytes that a full disk still takes of a file."""

# What an SSH server says before it hangs up: OpenSSH's own words where it has some.
_CROWDED = b"Exceeded MaxStartups\r\n"
_BUSY = b"Not allowed at this time\r\n"


class Site:
    """What stays when the server stops: two folders, the server's host key, one account with its key.

    The account reads everything, writes into `up` alone, and overwrites nothing by a plain rename.
    """

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="sandbox-sftp-"))
        self.up, self.down = self.root / "up", self.root / "down"
        self.up.mkdir()
        self.down.mkdir()
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.user = f"wg{secrets.token_hex(3)}"
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self.password = secrets.token_urlsafe(12)
        self.lock = threading.RLock()
        weakref.finalize(self, shutil.rmtree, self.root, ignore_errors=True)

    def settings(self, port: int) -> dict[str, str]:
        """What lets somebody in: with the key; the password opens as well."""
        return {
            "host": HOST,
            "port": str(port),
            "user": self.user,
            "private_key": self._key.export_private_key().decode(),
            "host_key": self.host_key.export_public_key().decode().strip(),
        }

    def accepts(self, key: asyncssh.SSHKey) -> bool:
        return key.public_data == self._key.public_data

    def empty(self) -> None:
        with self.lock:
            for folder in (self.up, self.down):
                for path in folder.iterdir():
                    path.unlink(missing_ok=True)


class SftpChannel:
    """Serves a `Site` on 127.0.0.1. `closes`: nobody gets in while the fault `window_closed` is on.

    `counts`: how the name of a file ends with which a delivery begins to count. There the faults `hang` and
    `answer_lost` strike; `drip` and `huge` when it, or what comes back for it, is read.
    """

    def __init__(
        self,
        department: Department,
        site: Site,
        *,
        counts: str,
        closes: bool = False,
        folders: type[Folders] | None = None,
    ) -> None:
        self._folders = folders or Folders
        self._faults = department.faults
        self._site = site
        self._counts = counts
        self._closes = closes
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._visits: set[asyncio.Task[None]] = set()
        self._inside: set[asyncssh.SSHServerConnection] = set()

    def open(self, port: int) -> int:
        """Serve in a thread of its own. Raises OSError when the port is taken."""
        opened: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(port, opened), name=f"sandbox-sftp-{port}", daemon=True)
        self._thread.start()
        return opened.result()

    def close(self) -> None:
        """Refuse from now on; whoever is inside is cut off."""
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _run(self, port: int, opened: Future[int]) -> None:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            try:
                door = socket.create_server((HOST, port))
            except OSError as error:
                opened.set_exception(error)
                return
            door.setblocking(False)
            doorman = loop.create_task(self._let_in(door))
            self._loop = loop
            opened.set_result(door.getsockname()[1])
            loop.run_forever()
            door.close()
            loop.run_until_complete(self._see_out(doorman))

    async def _see_out(self, doorman: asyncio.Task[None]) -> None:
        tasks = {doorman, *self._visits}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(self._inside):
            connection.abort()
            await connection.wait_closed()
        await asyncio.sleep(0)  # closed transports say goodbye in the next round of the loop

    async def _let_in(self, door: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with suppress(OSError):  # gone again before it was let in, or too many files are open
                visitor, _ = await loop.sock_accept(door)
                visit = loop.create_task(self._receive(visitor))
                self._visits.add(visit)
                visit.add_done_callback(self._visits.discard)
                continue
            await asyncio.sleep(0.1)

    async def _receive(self, visitor: socket.socket) -> None:
        """One connection until it is inside, or out again."""
        visitor.setblocking(False)
        try:
            greeting = await self._greeting(visitor)
            if greeting is not None:
                await asyncio.get_running_loop().sock_sendall(visitor, greeting)
                visitor.close()
                return
            with suppress(asyncssh.Error, OSError):
                connection = await asyncssh.run_server(
                    visitor,
                    server_factory=lambda: _Guard(self._site, self._faults),
                    server_host_keys=[self._site.host_key],
                    sftp_factory=lambda channel: self._folders(channel, self._site, self._faults, self._counts),
                    allow_scp=False,
                )
                self._inside = {one for one in self._inside if not one.is_closed()} | {connection}
        except (OSError, asyncio.CancelledError):
            visitor.close()

    async def _greeting(self, visitor: socket.socket) -> bytes | None:
        """What is said instead of SSH; None to let them in."""
        if self._faults.take("reset"):
            visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return b""
        await asyncio.sleep(float(self._faults.take("slow") or 0))
        if self._closes and self._faults.take("window_closed"):
            return _BUSY
        for fault, words in (("too_many", _CROWDED), ("error_5xx", _BUSY)):
            if self._faults.take(fault) is not None:
                return words
        return _page() if self._faults.take("html_instead") else None


class _Guard(asyncssh.SSHServer):
    """Asks for the account's key or password."""

    def __init__(self, site: Site, faults: Faults) -> None:
        self._site = site
        self._faults = faults

    def begin_auth(self, username: str) -> bool:
        self._refuses = self._faults.take("wrong_credentials") is not None or username != self._site.user
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return not self._refuses and self._site.accepts(key)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return not self._refuses and secrets.compare_digest(password, self._site.password)


class Folders(asyncssh.SFTPServer):
    """The two folders as the account sees them, and the bad days of a file server."""

    def __init__(self, channel: Any, site: Site, faults: Faults, counts: str) -> None:
        super().__init__(channel, chroot=str(site.root).encode())
        self._faults = faults
        self._counts = counts.encode()
        self._drips = faults.take("drip")
        self._pours = faults.take("huge") is not None
        self._full = faults.take("disk_full") is not None

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """As OpenSSH lists a folder: a file that goes away meanwhile is left out."""
        for entry in os.listdir(self.map_path(path)):  # noqa: PTH208 - bytes
            with suppress(FileNotFoundError):
                attrs = asyncssh.SFTPAttrs.from_local(os.lstat(os.path.join(self.map_path(path), entry)))  # noqa: PTH118
                yield asyncssh.SFTPName(entry, attrs=attrs)

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        if pflags & asyncssh.FXF_WRITE:
            self._must_be_ours(path)
        return super().open(path, pflags, attrs)

    async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        if self._is_an_answer(file_obj.name):
            if self._pours:
                return b" " * size
            if self._drips:
                await asyncio.sleep(DROP_EVERY if self._drips is True else float(self._drips))
                size = 1
        content: Any = super().read(file_obj, offset, size)
        return bytes(content)

    def write(self, file_obj: Any, offset: int, content: bytes) -> Any:
        if self._full and offset + len(content) > ROOM:
            super().write(file_obj, offset, content[: max(0, ROOM - offset)])
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(file_obj, offset, content)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._must_be_ours(oldpath)
        self._must_be_ours(newpath)
        decisive = newpath.endswith(self._counts)
        if decisive and self._faults.take("hang"):
            await asyncio.sleep(24 * 3600)
        super().rename(oldpath, newpath)
        if decisive and self._faults.take("answer_lost"):
            self.connection.abort()

    def remove(self, path: bytes) -> Any:
        self._must_be_ours(path)
        return super().remove(path)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("no overwriting")

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        raise asyncssh.SFTPPermissionDenied("not yours")

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        raise asyncssh.SFTPPermissionDenied("not yours")

    def rmdir(self, path: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("not yours")

    def symlink(self, oldpath: bytes, newpath: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("no links")

    def link(self, oldpath: bytes, newpath: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("no links")

    def _is_an_answer(self, path: bytes) -> bool:
        return path.endswith(self._counts) or path.startswith(self.map_path(b"/down/"))

    def _must_be_ours(self, path: bytes) -> None:
        if not self.map_path(path).startswith(self.map_path(b"/up/")):
            raise asyncssh.SFTPPermissionDenied("not yours")


def _page() -> bytes:
    page = SIGN_IN_PAGE.encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page) + page
