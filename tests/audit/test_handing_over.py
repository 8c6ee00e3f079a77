"""What the operator's command did not take is offered until it is, in order; how much waits is said."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from gridapp.audit import anchoring, handing_over, troubles
from gridapp.audit.models import Anchor
from gridapp.delivery import alarms
from gridapp.delivery.models import Alarm
from gridapp.review import audit_tasks
from gridapp.watch.doctor import audit as doctor
from gridapp.watch.doctor.finding import Level
from tests.audit.intruding import intrude, notes

TAKES = """
import pathlib, sys
line = sys.stdin.read()
if pathlib.Path(sys.argv[1], "away").exists():
    sys.exit(1)
with pathlib.Path(sys.argv[1], "taken").open("a") as file:
    file.write(line)
"""


@pytest.fixture
def place(tmp_path: Path, settings: Any) -> Path:
    """Where a command of the operator's takes lines to; while `away` stands there it fails."""
    script = tmp_path / "takes.py"
    script.write_text(TAKES)
    settings.AUDIT_ANCHOR_COMMAND = f"{sys.executable} {script} {tmp_path}"
    return tmp_path


def test_the_command_gets_each_line_once(ten: list[int], place: Path) -> None:
    made = anchoring.anchor()

    audit_tasks.anchor_chain()
    audit_tasks.anchor_chain()

    assert made is not None
    assert (place / "taken").read_text() == f"{made.line}\n"


def test_what_was_not_taken_is_offered_until_it_is_and_in_order(ten: list[int], place: Path) -> None:
    (place / "away").touch()
    audit_tasks.anchor_chain()
    notes(1)
    with pytest.raises(CommandError, match="NotTaken"):
        call_command("audit_anchor", verbosity=0)
    waited = handing_over.waiting().count

    (place / "away").unlink()
    audit_tasks.anchor_chain()

    lines = list(Anchor.objects.order_by("id").values_list("line", flat=True))
    assert (waited, handing_over.waiting().count) == (2, 0)
    assert (place / "taken").read_text().splitlines() == lines


@pytest.mark.parametrize("command", ["false", "sleep 60", "/nowhere/command"])
def test_one_that_fails_hangs_or_is_not_there_costs_the_taking_alone(
    command: str, ten: list[int], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AUDIT_ANCHOR_COMMAND = command
    monkeypatch.setattr(handing_over, "WITHIN", 0.5)

    audit_tasks.anchor_chain()

    assert [line.number for line in anchoring.read(anchoring.folder())] == [10]
    assert handing_over.waiting().count == 1


def test_lines_that_wait_for_long_are_said_with_their_number_and_since_when(ten: list[int], place: Path) -> None:
    (place / "away").touch()
    audit_tasks.anchor_chain()
    at_once = troubles.first()
    intrude("UPDATE audit_anchor SET at = at - interval '20 minutes'")
    audit_tasks.anchor_chain()
    found = {finding.check: finding.level for finding in doctor.look()}
    raised = alarms.words(Alarm.objects.get(kind=Alarm.Kind.AUDIT, ended_at=None))

    (place / "away").unlink()
    audit_tasks.anchor_chain()

    assert at_once == ""
    assert found["audit.chain"] == Level.WARN
    assert raised.startswith("1 个锚点没有被外送命令收下，最早的写于 20")
    assert not Alarm.objects.filter(kind=Alarm.Kind.AUDIT, ended_at=None).exists()


def test_without_a_command_nothing_waits(ten: list[int]) -> None:
    anchoring.anchor()

    assert handing_over.waiting() == handing_over.Waiting(0, None)
