"""The smallest department there can be that takes files, to test how they get there."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

import asyncssh

from connectors.sandbox import Department
from connectors.sandbox.sftp import Folders, SftpChannel, Site
from connectors.transport.files import Account, Files, Visit

T = TypeVar("T")

REQUESTS = ("open", "read", "write", "close", "fsync", "stat", "fstat", "rename", "remove")


class FileDesk(Department):
    """Keeps what is put there; a file counts with its `.ok`."""

    key = "DESK"
    slug = "desk"

    def __init__(self) -> None:
        super().__init__()
        self.site = Site()
        self.folders: type[Folders] = Folders

    def channel(self) -> SftpChannel:
        return SftpChannel(self, self.site, counts=".ok", folders=self.folders)

    def settings(self) -> dict[str, str]:
        return self.site.settings(self.port)

    def visited(
        self, act: Callable[[Visit], Awaitable[T]], *, deadline: float = 10, changed: Mapping[str, str] | None = None
    ) -> T:
        """What comes of one visit with the account of the desk, or with a changed one."""

        async def visiting() -> T:
            account = Account(**{**self.settings(), **(changed or {})})
            async with Files(account, deadline=deadline).visit() as visit:
                return await act(visit)

        return asyncio.run(visiting())

    def names(self) -> list[str]:
        """Everything in the folder, unfinished files too."""
        return sorted(path.name for path in self.site.up.iterdir())


def cutting(at: int, *, done: bool) -> type[Folders]:
    """Folders whose connection is cut at the n-th request, before it is done or when it is done and not answered."""
    left = [at]

    class Cutting(Folders):
        def cut(self) -> None:
            self.connection.abort()
            raise asyncssh.SFTPConnectionLost("cut")

    def counted(name: str) -> Callable[..., Awaitable[Any]]:
        original = getattr(Folders, name)

        async def request(self: Cutting, *arguments: Any) -> Any:
            left[0] -= 1
            if left[0] == 0 and not done and name != "close":  # a file is closed when its connection dies, too
                self.cut()
            answer = None
            try:
                answer = original(self, *arguments)
                return await answer if inspect.isawaitable(answer) else answer
            finally:
                if left[0] == 0:
                    if name == "open" and answer is not None:
                        answer.close()
                    self.cut()

        return request

    for name in REQUESTS:
        setattr(Cutting, name, counted(name))
    return Cutting


class Forgetful(Folders):
    """Says yes to every rename, and the file is gone."""

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        super().remove(oldpath)


class Restless(Folders):
    """Somebody takes a file away while the folder is being listed."""

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        async for one in super().scandir(path):
            yield one
            raise asyncssh.SFTPNoSuchFile("gone")
