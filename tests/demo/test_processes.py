"""The demo's processes: started again when they die, gone with all they started when the demo stops."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gridapp.demo import processes
from gridapp.demo.processes import Child

Until = Callable[..., object]

WAITS = "import pathlib, signal; pathlib.Path({up!r}).touch(); signal.pause()"
IGNORES = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAITS
WITH_CHILD = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', {inner!r}]); " + WAITS


@pytest.fixture
def begin(tmp_path: Path, until: Until, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Child]]:
    monkeypatch.setattr(processes, "_TOO_SOON", 0.0)
    monkeypatch.setattr(processes, "_STOP_SECONDS", 1.0)
    children: list[Child] = []

    def start(program: str, **more: str) -> Child:
        up = tmp_path / f"up{len(children)}"
        child = Child("one", ["-c", program.format(up=str(up), **more)], tmp_path / "log", announces=up)
        children.append(child)
        child.start()
        until(up.exists)
        return child

    yield start
    processes.stop(children)


def pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def lives(number: int) -> bool:
    stat = Path(f"/proc/{number}/stat")
    return stat.exists() and stat.read_text().split(") ")[1][0] != "Z"


def test_a_killed_process_is_started_again_and_it_is_said(begin: Callable[..., Child], until: Until) -> None:
    child, told, after = begin(WAITS), list[str](), list[bool]()
    child.restarted = lambda: after.append(True)
    first = pid(child)

    os.kill(first, signal.SIGKILL)
    until(lambda: not child.is_running())

    assert processes.revive([child], told.append)
    assert child.is_running() and pid(child) != first
    assert (told, after) == (["one killed by SIGKILL: started again"], [True])


def test_a_process_that_dies_young_is_given_a_rest(
    begin: Callable[..., Child], until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = begin(WAITS)
    os.kill(pid(child), signal.SIGKILL)
    until(lambda: not child.is_running())

    monkeypatch.setattr(processes, "_TOO_SOON", 60.0)

    assert not processes.revive([child], lambda text: None)


def test_what_a_killed_process_left_behind_is_cleared_away(
    begin: Callable[..., Child], until: Until, tmp_path: Path
) -> None:
    inner_up = tmp_path / "inner"
    inner = f"import os, pathlib, signal; pathlib.Path({str(inner_up)!r}).write_text(str(os.getpid())); signal.pause()"
    child = begin(WITH_CHILD, inner=inner)
    left = int(until(lambda: inner_up.exists() and inner_up.read_text()))  # type: ignore[call-overload]

    os.kill(pid(child), signal.SIGKILL)
    until(lambda: not child.is_running())
    assert lives(left)
    child.clear_away()

    until(lambda: not lives(left))


def test_a_process_that_will_not_end_is_ended(begin: Callable[..., Child]) -> None:
    child = begin(IGNORES)

    processes.stop([child])

    assert child.ended() == "killed by SIGKILL"


def test_one_that_ends_before_it_is_of_use_is_told_with_what_it_wrote(
    begin: Callable[..., Child], until: Until
) -> None:
    child = begin("import pathlib, sys; pathlib.Path({up!r}).touch(); sys.exit('no such thing')")
    until(lambda: not child.is_running())

    with pytest.raises(processes.DiedEarlyError, match=r"one ended with 1.*\n.*no such thing"):
        child.must_run()
