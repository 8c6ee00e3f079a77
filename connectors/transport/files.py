"""The way out as files over SFTP: whole under a temporary name, read back, renamed; a pinned host key, total deadlines.

A file counts from one rename on: its own, or that of the marker beside it where the department waits for one. Until
that request may have left, a failure is certain: nothing was sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import asyncssh

from gridapp import egress
from gridapp.contract import Misconfigured, Unavailable

LARGEST = 16 * 1024 * 1024
"""Bytes of a file after which nobody reads on."""
MOST = 50_000
"""Files of a folder after which nobody looks on."""

_HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
_PUBLIC = re.compile(r"(?:ssh-|ecdsa-|sk-)\S+\s+\S+")
_PEM = re.compile(r"\s*(-----BEGIN [A-Z ]+-----)(.*?)(-----END [A-Z ]+-----)\s*", re.DOTALL)
_FULL = (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded)
_ABSENT = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_REFUSED = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect)


@dataclass(frozen=True, slots=True)
class Account:
    """Where the files go and who we are there.

    `host_key`: the server's public key as `ssh-keyscan` or a .pub file has it; a second line while they change it. None
    is ever learned. `private_key` (OpenSSH or PEM) or `password`: what the department has agreed to.
    """

    host: str
    port: str
    user: str
    host_key: str
    private_key: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """One file of a folder. `size` in bytes, `changed` in seconds since 1970 by the server's clock."""

    name: str
    size: int
    changed: float


class Occupied(Exception):
    """Another file stands under this name, and no file is ever overwritten."""


class _Progress:
    """How far a visit has come, for whoever has to judge its end."""

    counts = False


class Files:
    """One SFTP server. Every visit is a connection of its own, over within `deadline` seconds."""

    def __init__(self, account: Account, *, deadline: float) -> None:
        self._account = account
        self._deadline = deadline

    @asynccontextmanager
    async def visit(self) -> AsyncIterator[Visit]:
        """Raises Unavailable, with an honest word on whether a file may count by now, or Misconfigured."""
        progress = _Progress()
        options = _options(self._account)
        try:
            async with asyncio.timeout(self._deadline), _connected(options) as client:
                yield Visit(client, progress)
        except TimeoutError:
            raise Unavailable("文件服务器没有在规定时间内应答", maybe_sent=progress.counts) from None
        except (asyncssh.Error, OSError) as error:
            # Not chained: their words quote hosts, accounts and paths, and ours say all that an operator needs.
            raise _failure(error, maybe_sent=progress.counts) from None


class Visit:
    """What can be done while connected."""

    def __init__(self, client: asyncssh.SFTPClient, progress: _Progress) -> None:
        self._client = client
        self._progress = progress

    async def list(self, folder: str) -> dict[str, Listed]:
        """The files of a folder by name, hidden ones left out. Raises Misconfigured where there is no such folder."""
        found: dict[str, Listed] = {}
        try:
            async for one in self._client.scandir(folder):
                name = one.filename if isinstance(one.filename, str) else one.filename.decode(errors="replace")
                if not name.startswith("."):
                    found[name] = Listed(name, one.attrs.size or 0, one.attrs.mtime or 0)
                if len(found) > MOST:
                    raise Unavailable("对方目录中的文件过多", maybe_sent=self._progress.counts)
        except _ABSENT:
            if await self._client.exists(folder):  # a file of it was taken away while we looked
                raise Unavailable("对方目录正在变动", maybe_sent=self._progress.counts) from None
            raise Misconfigured("path", "对方没有约定的目录") from None
        return found

    async def read(self, path: str, *, largest: int = LARGEST) -> bytes | None:
        """A whole file; None where there is none. Raises Unavailable for one larger than `largest` bytes."""
        try:
            async with self._client.open(path, "rb", encoding=None) as file:
                size = (await file.stat()).size or 0
                content: bytes = await file.read(min(size, largest) + 1, 0)
        except _ABSENT:
            return None
        if size > largest or len(content) != size:
            raise Unavailable("对方的文件过大，或大小与所称不符", maybe_sent=self._progress.counts)
        return content

    async def put(self, path: str, content: bytes, *, marker: str = "", mark: bytes = b"") -> None:
        """Put a file and then, where the department waits for one, its marker; what is there already stays as it is.

        Written under a temporary name and read back by size and SHA-256 before it gets its own. Raises Occupied when
        something else stands under one of the two names; nothing counts then.
        """
        await self._put(path, content, counts=not marker)
        if marker:
            await self._put(marker, mark, counts=True)

    async def _put(self, path: str, content: bytes, *, counts: bool) -> None:
        if await self._is_there(path, content):
            return
        # Named after the content too: two writers never write into one another's file.
        target = PurePosixPath(path)
        beside = str(target.with_name(f".{target.name}.{hashlib.sha256(content).hexdigest()[:12]}.part"))
        try:
            await self._write(beside, content)
            if not await self._same(beside, content):
                raise Unavailable("文件没有完整送达，读回的内容不符", maybe_sent=self._progress.counts)
            await self._rename(beside, path, content, counts=counts)
        except (asyncssh.SFTPError, Unavailable, Occupied):
            with suppress(asyncssh.SFTPError):  # what lies there half takes room on a full disk
                await self._client.remove(beside)
            raise

    async def _write(self, path: str, content: bytes) -> None:
        try:
            async with self._client.open(path, "wb", encoding=None) as file:
                await file.write(content)
                with suppress(asyncssh.SFTPOpUnsupported):
                    await file.fsync()
        except (asyncssh.SFTPFailure, *_FULL):
            # A full disk has no number of its own in SFTP 3: OpenSSH says "Failure", in the middle of a file.
            raise Unavailable("对方没有收完文件：磁盘已满或超出配额", maybe_sent=self._progress.counts) from None

    async def _rename(self, beside: str, path: str, content: bytes, *, counts: bool) -> None:
        before = self._progress.counts
        self._progress.counts = before or counts
        try:
            await self._client.rename(beside, path)
        except asyncssh.SFTPError as refusal:
            if not isinstance(refusal, asyncssh.SFTPNoConnection | asyncssh.SFTPConnectionLost):
                self._progress.counts = before  # they said no: it does not count
            if await self._is_there(path, content):  # somebody with the same file was quicker
                return
            raise
        if not await self._same(path, content):
            raise Unavailable("文件改名后不见了，或内容不符", maybe_sent=self._progress.counts)

    async def _is_there(self, path: str, content: bytes) -> bool:
        """Raises Occupied for something else under that name."""
        same = await self._same(path, content)
        if same is False:
            raise Occupied
        return bool(same)

    async def _same(self, path: str, content: bytes) -> bool | None:
        """Whether exactly this stands there, by size and SHA-256; None where nothing does."""
        try:
            size = (await self._client.stat(path)).size
        except _ABSENT:
            return None
        there = await self.read(path) if size == len(content) else None
        return there is not None and hashlib.sha256(there).digest() == hashlib.sha256(content).digest()


@asynccontextmanager
async def _connected(options: dict[str, Any]) -> AsyncIterator[asyncssh.SFTPClient]:
    connection = await egress.connected(
        options["host"], options["port"], lambda address: asyncssh.connect(**{**options, "host": address})
    )
    try:
        yield await connection.start_sftp_client()
    finally:
        connection.close()  # at once, it waits for nobody over there
        await connection.wait_closed()


def _options(account: Account) -> dict[str, Any]:
    """Nothing comes from files, agents or variables of this machine. Raises Misconfigured."""
    try:
        trusted = [asyncssh.import_public_key(found) for found in _PUBLIC.findall(account.host_key)]
        keys = [asyncssh.import_private_key(_as_pem(account.private_key))] if account.private_key.strip() else None
        port = int(account.port)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
        raise Misconfigured("settings", "端口、主机公钥或登录私钥写得不对") from None
    if not trusted:
        raise Misconfigured("host_key", "没有填写对方的主机公钥，不连接未经核对的服务器")
    return {
        "host": account.host,
        "port": port,
        "config": None,
        "known_hosts": (trusted, [], []),
        "server_host_key_algs": _asked_for(trusted),
        "username": account.user,
        "client_keys": keys,
        "password": account.password or None,
        "agent_path": None,
        "gss_host": None,
        "preferred_auth": ["publickey"] if keys else ["password", "keyboard-interactive"],
    }


def _asked_for(trusted: list[asyncssh.SSHKey]) -> list[str]:
    """The kinds of the pinned keys first, then all others: a server that has none of ours shows another, which is an
    answer; asked for ours alone OpenSSH would hang up, which could be anything."""
    ours = {key.get_algorithm().replace("ssh-rsa", "rsa-sha2") for key in trusted}
    return sorted(_HOST_KEYS, key=lambda name: not name.startswith(tuple(ours)))


def _as_pem(text: str) -> str:
    """A key that a one-line form has taken the line ends from is given them back."""
    found = _PEM.fullmatch(text)
    return "\n".join([found[1], *found[2].split(), found[3], ""]) if found else text


def _failure(error: Exception, *, maybe_sent: bool) -> Unavailable | Misconfigured:
    match error:
        case asyncssh.HostKeyNotVerifiable() | asyncssh.KeyExchangeFailed():
            return Misconfigured("host_key", "文件服务器的主机公钥与约定的不符，没有登录")
        case asyncssh.PermissionDenied():
            return Misconfigured("login", "文件服务器不接受账号、密钥或密码")
        case asyncssh.ChannelOpenError():
            return Misconfigured("sftp", "文件服务器不提供SFTP")
        case _ if isinstance(error, _REFUSED):
            return Misconfigured("permission", "账号在对方目录中没有约定的权限")
        case _ if isinstance(error, _ABSENT):
            return Misconfigured("path", "对方没有约定的目录")
        case _ if isinstance(error, _FULL):
            return Unavailable("对方磁盘已满或超出配额", maybe_sent=maybe_sent)
        case asyncssh.Error():
            return Unavailable("与文件服务器的连接中断", maybe_sent=maybe_sent)
    return Unavailable("连不上文件服务器", maybe_sent=maybe_sent)
