"""A department's file room, visited by a client that is not ours: who gets in, what is theirs, when it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import asyncssh
import pytest

from connectors.sandbox import Department
from connectors.sandbox.file_room import FileRoom
from connectors.sandbox.sftp import HONOURS, Site
from tests.conftest import Until

T = TypeVar("T")
Act = Callable[[asyncssh.SFTPClient], Awaitable[T]]


class Registry(Department):
    """Answers every file with its own content, in capitals."""

    key = "REGISTRY"
    slug = "registry"
    honours = HONOURS | {"window_closed"}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.site = Site()

    def channel(self) -> FileRoom:
        return FileRoom(self, self.site, self.answer, marker=".ok", comes_back="_RET", closes=True)

    def settings(self) -> dict[str, str]:
        return self.site.settings(self.port)

    def answer(self, batch: str) -> bytes:
        self.ledger.add(batch, "answer")
        return (self.site.up / batch).read_bytes().upper()

    def visited(self, act: Act[T], **changed: Any) -> T:
        settings = self.settings()

        async def visiting() -> T:
            login: dict[str, Any] = {
                "username": settings["user"],
                "client_keys": [asyncssh.import_private_key(settings["private_key"])],
                "known_hosts": ([asyncssh.import_public_key(settings["host_key"])], [], []),
                "config": None,
                "agent_path": None,
                **changed,
            }
            async with asyncssh.connect("127.0.0.1", self.port, **login) as connection:
                return await act(await connection.start_sftp_client())

        return asyncio.run(visiting())


@pytest.fixture
def registry() -> Iterator[Registry]:
    registry = Registry()
    registry.start()
    yield registry
    registry.stop()


async def hand_in(client: asyncssh.SFTPClient) -> None:
    for name, content in (("a", b"text"), ("a.ok.part", b"")):
        async with client.open(f"/up/{name}", "wb", encoding=None) as file:
            await file.write(content)
    await client.rename("/up/a.ok.part", "/up/a.ok")


async def listing(client: asyncssh.SFTPClient) -> list[str]:
    """What lies in the two folders."""
    return sorted([*await client.listdir("/up"), *await client.listdir("/down")], key=str)


def test_a_file_is_answered_once_when_its_marker_is_there(registry: Registry, until: Until) -> None:
    registry.visited(hand_in)

    until((registry.site.down / "a_RET").exists)

    assert (registry.site.down / "a_RET").read_bytes() == b"TEXT"
    assert registry.visited(listing) == ["a", "a.ok", "a_RET"]
    assert len(registry.ledger) == 1


def test_without_its_marker_a_file_is_nobodys(registry: Registry, until: Until) -> None:
    (registry.site.up / "b").write_bytes(b"in the writing")
    registry.visited(hand_in)

    until((registry.site.down / "a_RET").exists)

    assert not (registry.site.down / "b_RET").exists()


def test_a_file_that_cannot_be_read_waits_and_keeps_nobody_waiting(
    registry: Registry, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    (registry.site.up / "0.ok").touch()  # the marker came, the file did not
    until(registry.ledger.lines)
    registry.visited(hand_in)
    until((registry.site.down / "a_RET").exists)

    (registry.site.up / "0").write_bytes(b"late")
    until((registry.site.down / "0_RET").exists)

    assert (registry.site.down / "0_RET").read_bytes() == b"LATE"
    assert [record.getMessage() for record in caplog.records if "not answered" in record.getMessage()] == [
        "REGISTRY: a file is not answered yet: FileNotFoundError"
    ]


def test_it_answers_in_its_own_time() -> None:
    class Slow(Registry):
        takes = (86_400.0, 86_400.0)

    slow = Slow(own_time=True)
    slow.start()
    try:
        slow.visited(hand_in)

        assert slow.visited(listing) == ["a", "a.ok"]
        assert len(slow.ledger) == 0
    finally:
        slow.stop()


def test_outside_its_hours_nobody_gets_in(registry: Registry, until: Until) -> None:
    registry.visited(hand_in)
    until((registry.site.down / "a_RET").exists)
    registry.faults.set("window_closed")

    with pytest.raises((asyncssh.Error, OSError)):
        registry.visited(listing)


def test_another_key_and_another_name_are_not_let_in(registry: Registry) -> None:
    for changed in ({"client_keys": [asyncssh.generate_private_key("ssh-ed25519")]}, {"username": "somebody"}):
        with pytest.raises(asyncssh.PermissionDenied):
            registry.visited(listing, **changed)


async def write_into_theirs(client: asyncssh.SFTPClient) -> None:
    async with client.open("/down/mine", "wb", encoding=None) as file:
        await file.write(b"")


FORBIDDEN: dict[str, Act[Any]] = {
    "write into theirs": write_into_theirs,
    "take away theirs": lambda client: client.remove("/down/a_RET"),
    "move into theirs": lambda client: client.rename("/up/a", "/down/b"),
    "overwrite": lambda client: client.rename("/up/a", "/up/a.ok"),
    "overwrite by the other way": lambda client: client.posix_rename("/up/a", "/up/a.ok"),
    "make a folder": lambda client: client.mkdir("/up/folder"),
    "make a link": lambda client: client.symlink("/etc/passwd", "/up/passwd"),
    "leave the folders": lambda client: client.listdir("/../../etc/ssh"),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_the_account_may_put_files_and_read_and_nothing_else(registry: Registry, until: Until, name: str) -> None:
    registry.visited(hand_in)
    until((registry.site.down / "a_RET").exists)

    with pytest.raises(asyncssh.SFTPError):
        registry.visited(FORBIDDEN[name])

    assert registry.visited(listing) == ["a", "a.ok", "a_RET"]


def test_who_is_inside_when_it_goes_down_is_cut_off_and_finds_it_again_at_the_same_port(registry: Registry) -> None:
    port = registry.port

    async def stopped_in_the_middle(client: asyncssh.SFTPClient) -> None:
        await asyncio.to_thread(registry.stop)
        await client.listdir("/up")

    with pytest.raises((asyncssh.Error, OSError)):
        registry.visited(stopped_in_the_middle)
    registry.start()

    assert registry.port == port
    assert registry.visited(listing) == []


def test_a_port_that_is_taken_says_so(registry: Registry) -> None:
    with pytest.raises(OSError, match="in use"):
        Registry().start(registry.port)
