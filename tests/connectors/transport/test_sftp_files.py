"""Files over SFTP: whole or not at all, never over another's, nobody trusted at first sight, honest at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

import asyncssh
import pytest

from connectors.transport.files import Account, Files, Listed, Occupied, Visit
from gridapp.contract import Misconfigured, Unavailable
from tests.connectors.transport.file_desk import FileDesk, Forgetful, Restless, cutting

CONTENT = bytes(range(256)) * 400
MARK = b"a.zip,1\n"


@pytest.fixture
def desk() -> Iterator[FileDesk]:
    desk = FileDesk()
    desk.start()
    yield desk
    desk.stop()


async def deliver(visit: Visit) -> None:
    await visit.put("/up/a.zip", CONTENT, marker="/up/a.ok", mark=MARK)


async def look(visit: Visit) -> dict[str, Listed]:
    return await visit.list("/up")


def a_key(kind: str = "ssh-ed25519") -> str:
    return asyncssh.generate_private_key(kind).export_public_key().decode()


# --- What gets there -------------------------------------------------------------------------------------------------


def test_a_file_and_its_marker_stand_there_whole_and_nothing_else(desk: FileDesk) -> None:
    desk.visited(deliver)

    assert desk.names() == ["a.ok", "a.zip"]
    assert (desk.site.up / "a.zip").read_bytes() == CONTENT
    assert (desk.site.up / "a.ok").read_bytes() == MARK


def test_what_is_there_already_is_left_as_it_is(desk: FileDesk) -> None:
    desk.visited(deliver)
    written = (desk.site.up / "a.zip").stat().st_mtime_ns

    desk.visited(deliver)

    assert (desk.site.up / "a.zip").stat().st_mtime_ns == written


def test_a_file_without_its_marker_gets_it(desk: FileDesk) -> None:
    (desk.site.up / "a.zip").write_bytes(CONTENT)

    desk.visited(deliver)

    assert desk.names() == ["a.ok", "a.zip"]


@pytest.mark.parametrize("name", ["a.zip", "a.ok"])
def test_another_file_is_never_overwritten(desk: FileDesk, name: str) -> None:
    (desk.site.up / name).write_bytes(b"another's")

    with pytest.raises(Occupied):
        desk.visited(deliver)

    assert (desk.site.up / name).read_bytes() == b"another's"
    assert [left for left in desk.names() if left.endswith(".part")] == []


def test_of_two_writers_of_one_name_one_gets_it_and_the_other_knows(desk: FileDesk) -> None:
    async def both() -> Sequence[BaseException | None]:
        files = Files(Account(**desk.settings()), deadline=10)

        async def put(content: bytes) -> None:
            async with files.visit() as visit:
                await visit.put("/up/a.zip", content)

        return await asyncio.gather(put(b"1" * 70_000), put(b"2" * 70_000), return_exceptions=True)

    ended = asyncio.run(both())

    assert sorted(type(one).__name__ for one in ended) == ["NoneType", "Occupied"]
    assert desk.names() == ["a.zip"]
    assert set((desk.site.up / "a.zip").read_bytes()) in ({ord("1")}, {ord("2")})


def test_a_folder_is_listed_and_a_file_read(desk: FileDesk) -> None:
    (desk.site.down / "RET.xml").write_bytes(b"<RET/>")
    (desk.site.down / ".RET.xml").write_bytes(b"in the writing")

    async def reading(visit: Visit) -> tuple[list[str], bytes | None, bytes | None]:
        return list(await visit.list("/down")), await visit.read("/down/RET.xml"), await visit.read("/down/none.xml")

    assert desk.visited(reading) == (["RET.xml"], b"<RET/>", None)


def test_a_folder_that_changes_while_it_is_listed_is_listed_another_time(desk: FileDesk) -> None:
    desk.stop()
    desk.folders = Restless
    desk.start()
    (desk.site.up / "a").write_bytes(b"")

    with pytest.raises(Unavailable, match="变动"):
        desk.visited(look)


def test_nobody_reads_on_in_a_file_that_is_too_large(desk: FileDesk) -> None:
    (desk.site.down / "RET.xml").write_bytes(b"x" * 1001)

    async def reading(visit: Visit) -> bytes | None:
        return await visit.read("/down/RET.xml", largest=1000)

    with pytest.raises(Unavailable, match="过大"):
        desk.visited(reading)


# --- Who is on the other side, and who we are -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host_key",
    ["", "no key", a_key(), a_key("ecdsa-sha2-nistp256")],
    ids=["none", "no key", "another", "another kind"],
)
def test_a_server_that_does_not_show_the_pinned_key_is_not_signed_in_to(desk: FileDesk, host_key: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        desk.visited(look, changed={"host_key": host_key})

    assert raised.value.code == "host_key"


def test_while_they_change_their_key_both_are_known(desk: FileDesk) -> None:
    old_and_new = f"{a_key()}[127.0.0.1]:22 {desk.settings()['host_key']} gate@commission\n"

    assert desk.visited(look, changed={"host_key": old_and_new}) == {}


def test_a_password_lets_in_where_no_key_was_agreed(desk: FileDesk) -> None:
    assert desk.visited(look, changed={"private_key": "", "password": desk.site.password}) == {}


def test_a_key_without_its_line_ends_is_still_that_key(desk: FileDesk) -> None:
    one_line = desk.settings()["private_key"].replace("\n", " ")

    assert desk.visited(look, changed={"private_key": one_line}) == {}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"user": "somebody"}, "login"),
        ({"private_key": "", "password": "wrong"}, "login"),
        ({"private_key": ""}, "login"),
        ({"private_key": asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()}, "login"),
        ({"private_key": "no key"}, "settings"),
        ({"port": "ssh"}, "settings"),
    ],
)
def test_what_only_the_operator_can_mend_is_misconfigured(
    desk: FileDesk, changed: Mapping[str, str], code: str
) -> None:
    with pytest.raises(Misconfigured) as raised:
        desk.visited(look, changed=changed)

    assert raised.value.code == code


def test_nothing_of_this_machine_decides_where_and_as_whom_we_go(
    desk: FileDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text("Host *\n User nobody\n ProxyCommand /bin/false\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))

    assert desk.visited(look) == {}


async def put_where_only_they_write(visit: Visit) -> None:
    await visit.put("/down/a.zip", CONTENT)


async def put_where_nothing_is(visit: Visit) -> None:
    await visit.put("/up/folder/a.zip", CONTENT)


async def list_where_nothing_is(visit: Visit) -> None:
    await visit.list("/elsewhere")


@pytest.mark.parametrize(
    ("act", "code"),
    [(put_where_only_they_write, "permission"), (put_where_nothing_is, "path"), (list_where_nothing_is, "path")],
)
def test_folders_that_are_not_as_agreed_are_for_the_operator(
    desk: FileDesk, act: Callable[[Visit], Awaitable[None]], code: str
) -> None:
    with pytest.raises(Misconfigured) as raised:
        desk.visited(act)

    assert raised.value.code == code


# --- Bad days --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "maybe_sent"),
    [
        ("down", False),
        ("reset", False),
        ("error_5xx", False),
        ("too_many", False),
        ("html_instead", False),
        ("disk_full", False),
        ("hang", True),
        ("answer_lost", True),
        ("huge", True),
    ],
)
def test_whether_it_may_count_is_said_honestly(desk: FileDesk, fault: str, maybe_sent: bool) -> None:
    desk.faults.set(fault)

    with pytest.raises(Unavailable) as raised:
        desk.visited(deliver, deadline=2)

    assert raised.value.maybe_sent is maybe_sent
    assert "127.0.0.1" not in str(raised.value)
    assert desk.settings()["user"] not in str(raised.value)


def test_a_full_disk_is_left_as_empty_as_it_was(desk: FileDesk) -> None:
    desk.faults.set("disk_full")

    with pytest.raises(Unavailable, match="磁盘已满"):
        desk.visited(deliver)

    assert desk.names() == []


def test_a_file_that_is_gone_after_its_rename_is_in_doubt_when_it_counted_and_certain_when_not(desk: FileDesk) -> None:
    desk.stop()
    desk.folders = Forgetful
    desk.start()

    async def without_a_marker(visit: Visit) -> None:
        await visit.put("/up/a.zip", CONTENT)

    for act, maybe_sent in ((without_a_marker, True), (deliver, False)):
        with pytest.raises(Unavailable) as raised:
            desk.visited(act)

        assert raised.value.maybe_sent is maybe_sent


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_cut_off_at_any_request_it_is_never_half_there_and_the_next_visit_mends_it(desk: FileDesk, done: bool) -> None:
    requests = 0
    while True:
        requests += 1
        desk.stop()
        desk.site.empty()
        desk.folders = cutting(requests, done=done)
        desk.start()
        try:
            desk.visited(deliver)
            break
        except Unavailable as error:
            counts = "a.ok" in desk.names()
            assert not counts or error.maybe_sent, "it counts, and was called certainly not sent"
            assert not counts or (desk.site.up / "a.zip").read_bytes() == CONTENT
        desk.visited(deliver)

        assert [name for name in desk.names() if not name.endswith(".part")] == ["a.ok", "a.zip"]
        assert (desk.site.up / "a.zip").read_bytes() == CONTENT
    assert requests > 15  # both files were cut off at every step on their way
