"""The end of the chain stands outside the database too, stamped by a real authority where there is one."""

from __future__ import annotations

import base64
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from gridapp.audit import anchoring, stamping
from gridapp.audit.models import Anchor, Stamp
from gridapp.audit.verifying import Kind, verify
from tests.audit import tsa
from tests.audit.intruding import intrude, notes


def test_an_anchor_says_where_the_chain_ends(ten: list[int], folder: Path) -> None:
    made = anchoring.anchor()

    (line,) = anchoring.read(folder)
    assert made is not None
    assert (line.number, line.sound, line.text) == (10, True, made.line)
    assert (folder / anchoring.FILE).stat().st_mode & 0o077 == 0


def test_before_the_first_note_nothing_is_anchored(db: None, folder: Path) -> None:
    assert anchoring.anchor() is None
    assert not folder.exists()


def test_each_anchor_names_the_one_before(ten: list[int], folder: Path) -> None:
    anchoring.anchor()
    notes(1)
    anchoring.anchor()

    first, second = anchoring.read(folder)

    assert (first.before, second.before) == ("", first.own)


def test_an_anchor_is_due_when_something_is_new_and_once_a_day(ten: list[int]) -> None:
    before = anchoring.due()
    anchoring.anchor()
    at_once = anchoring.due()
    intrude("UPDATE audit_anchor SET at = at - interval '61 minutes'")
    nothing_new = anchoring.due()
    notes(1)
    something_new = anchoring.due()
    intrude("UPDATE audit_anchor SET at = at - interval '1 day', number = 11")

    assert (before, at_once, nothing_new, something_new, anchoring.due()) == (True, False, False, True, True)
    assert anchoring.age() > timedelta(days=1)  # type: ignore[operator] # there is one


def test_a_folder_that_cannot_be_written_leaves_no_anchor_in_the_database(ten: list[int], folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("in the way")

    with pytest.raises(OSError):
        anchoring.anchor()

    assert not Anchor.objects.exists()


def test_a_line_behind_one_that_was_cut_short_stands_by_itself(ten: list[int], folder: Path) -> None:
    anchoring.append(anchoring.FILE, "{}")
    with (folder / anchoring.FILE).open("a") as file:
        file.write('{"version": 1, "numb')

    made = anchoring.anchor()

    assert made is not None
    assert (folder / anchoring.FILE).read_text().splitlines()[-1] == made.line


@pytest.fixture
def authority(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """One that answers; its folder."""
    home = tmp_path / "tsa"
    settings.AUDIT_TSA_CA = str(tsa.make(home))
    with tsa.answering(home) as url:
        settings.AUDIT_TSA_URL = url
        yield home


def test_an_anchor_is_stamped_and_the_stamp_holds(ten: list[int], authority: Path, folder: Path) -> None:
    call_command("audit_anchor", verbosity=0)

    report = verify()
    assert (report.stamps, report.faults) == (1, [])
    assert stamping.missing() == []


def test_a_stamp_that_cannot_be_written_is_got_once_more(ten: list[int], authority: Path, folder: Path) -> None:
    anchor = anchoring.anchor()
    assert anchor is not None
    (folder / stamping.FILE).mkdir()
    with pytest.raises(OSError):
        stamping.stamp(anchor)
    assert stamping.missing() == [anchor]

    (folder / stamping.FILE).rmdir()
    stamping.stamp(anchor)
    assert verify().stamps == 1


def test_openssl_itself_takes_the_stamp(ten: list[int], authority: Path, folder: Path, tmp_path: Path) -> None:
    call_command("audit_anchor", verbosity=0)

    kept = orjson.loads((folder / stamping.FILE).read_text())
    (tmp_path / "reply").write_bytes(base64.b64decode(kept["token"]))
    (tmp_path / "line").write_text(Anchor.objects.get().line)
    told = subprocess.run(
        ["openssl", "ts", "-verify", "-in", "reply", "-data", "line", "-CAfile", str(authority / "ca.pem")],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Verification: OK" in told.stdout


def test_a_stamp_on_another_line_is_named(ten: list[int], authority: Path, folder: Path) -> None:
    call_command("audit_anchor", verbosity=0)
    notes(1)
    call_command("audit_anchor", verbosity=0)
    first, second = (orjson.loads(line) for line in (folder / stamping.FILE).read_text().splitlines())

    (folder / stamping.FILE).write_bytes(orjson.dumps(first | {"token": second["token"]}))

    assert [(fault.kind, fault.number) for fault in verify().faults] == [(Kind.STAMP, 10)]


def test_a_stamp_of_somebody_else_is_not_taken(ten: list[int], authority: Path, tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_TSA_CA = str(tsa.make(tmp_path / "another"))

    with pytest.raises(CommandError, match="NoStamp"):
        call_command("audit_anchor", verbosity=0)

    assert (Anchor.objects.count(), Stamp.objects.count()) == (1, 0)


def test_an_authority_that_is_away_costs_the_stamp_alone_and_it_is_got_later(
    ten: list[int], authority: Path, settings: Any
) -> None:
    here, settings.AUDIT_TSA_URL = settings.AUDIT_TSA_URL, f"http://127.0.0.1:{_nobodys_port()}/"
    with pytest.raises(CommandError, match="NoStamp"):
        call_command("audit_anchor", verbosity=0)
    waiting = len(stamping.missing())
    settings.AUDIT_TSA_URL = here

    call_command("audit_anchor", verbosity=0)

    assert (waiting, Anchor.objects.count(), Stamp.objects.count()) == (1, 2, 2)
    assert verify().faults == []


def _nobodys_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
