"""An outbox that came as a file: the same entries as by the tablet's own post, each once, each for its own worker."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from gridapp.desk.session import owner
from gridapp.org.models import User
from gridapp.registry.models import Entry, Record, SetAside
from tests.desk.tablets import Tablet

NEW_RESIDENT = "/entries/new/resident/"
Filled = Callable[..., dict[str, Any]]


def written(folder: Path, forms: list[Any]) -> Path:
    file = folder / "outbox.json"
    file.write_text(json.dumps({"format": "gridapp outbox 1", "written_at": "2026-11-22T01:00:00Z", "forms": forms}))
    return file


def test_forms_are_entered_for_their_worker_and_again_is_the_same(
    worker: User, form_of: Filled, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tablet = Tablet.of(worker)
    right, wrong = form_of(), form_of(phone="123")
    file = written(tmp_path, [tablet.envelope(NEW_RESIDENT, one) for one in (right, wrong)])

    for _ in range(2):
        call_command("import_outbox", file, of=["worker"])

    told = [f"{right['entry_id']} saved", f"{wrong['entry_id']} set_aside"]
    assert capsys.readouterr().out.splitlines() == told * 2
    assert Entry.objects.get(id=right["entry_id"]).by == worker
    assert (Record.objects.filter(kind="resident").count(), SetAside.objects.count()) == (1, 1)
    assert tablet.post(tablet.envelope(NEW_RESIDENT, right)).status_code == 200


def test_what_can_not_be_taken_is_said_and_keeps_nothing_back(
    worker: User, form_of: Filled, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tablet = Tablet.of(worker)
    good, broken, stranger = (tablet.envelope(NEW_RESIDENT, form_of()) for _ in range(3))
    broken["sealed"] = broken["sealed"][:-8] + "AAAAAAA="
    stranger["owner"] = "0" * 64
    file = written(tmp_path, [{"id": str(uuid4())}, broken, stranger, good])

    with pytest.raises(CommandError, match="3 of 4"):
        call_command("import_outbox", file, of=["worker"])

    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == [
        "malformed", "unsealable", "owner", "saved",
    ]  # fmt: skip
    assert Entry.objects.filter(id=good["id"]).exists()


@pytest.mark.parametrize("content", ["", "[]", '{"format": "other", "forms": []}', '{"format": "gridapp outbox 1"}'])
def test_another_file_is_no_outbox(worker: User, tmp_path: Path, content: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(content)

    with pytest.raises(CommandError, match="no outbox"):
        call_command("import_outbox", file, of=["worker"])


def test_a_file_is_not_believed_about_whose_forms_they_are(
    worker: User, other_worker: User, form_of: Filled, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    envelope = Tablet.of(other_worker).envelope(NEW_RESIDENT, form_of()) | {"owner": owner(worker)}
    file = written(tmp_path, [envelope])

    with pytest.raises(CommandError, match="1 of 1"):
        call_command("import_outbox", file, of=["other"])
    with pytest.raises(CommandError, match="no account"):
        call_command("import_outbox", file, of=["nobody"])
    with pytest.raises(CommandError, match="--of"):
        call_command("import_outbox", file)

    assert capsys.readouterr().out.split()[1] == "owner"
    assert not Entry.objects.filter(id=envelope["id"]).exists()
