"""The demo's processes: started, watched, started again when they die, stopped together."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_STOP_SECONDS = 8.0
_TOO_SOON = 5.0  # a process that dies this young is given a rest before it is started again
_PR_SET_PDEATHSIG = 1


class DiedEarlyError(Exception):
    """A process ended before it was of use; the message holds the end of what it wrote."""


@dataclass
class Child:
    """One process of the demo: a Python that gets `command`, with its output in `log`.

    `announces`: a file that it writes when it is up; an old one is removed before. `descriptors` are handed down.
    `restarted`: what is to be done after it had to be started again.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    announces: Path | None = None
    descriptors: Sequence[int] = ()
    restarted: Callable[[], None] = lambda: None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0

    def start(self) -> None:
        """In a session of its own: Ctrl-C reaches the supervisor alone, which then stops everything in order."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.announces is not None:
            self.announces.unlink(missing_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=tuple(self.descriptors),
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - the supervisor has one thread
            )
        self.started_at = time.monotonic()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ended(self) -> str:
        """How it ended, in words."""
        code = self.process.returncode if self.process else None
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"ended with {code}"

    def end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    def must_run(self) -> None:
        """Raises DiedEarlyError when it does not."""
        if not self.is_running():
            raise DiedEarlyError(f"{self.name} {self.ended()}, {self.log}:\n{self.end_of_log()}")

    def ask_to_end(self) -> None:
        if self.process is not None:
            self.process.terminate()

    def clear_away(self) -> None:
        """Ends what a killed process has left in its session, such as Celery's beat."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def revive(children: Sequence[Child], say: Callable[[str], None]) -> bool:
    """Starts again what has died, and says so; True when something was started."""
    due = time.monotonic() - _TOO_SOON
    dead = [child for child in children if not child.is_running() and child.started_at < due]
    for child in dead:
        say(f"{child.name} {child.ended()}: started again")
        child.clear_away()
        child.start()
        child.restarted()
    return bool(dead)


def stop(children: Sequence[Child]) -> None:
    """Asks all to end, then ends those that have not after eight seconds."""
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + _STOP_SECONDS
    for child in children:
        if child.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            child.clear_away()
            child.process.wait()


def _die_with_parent() -> None:
    """Linux tells the child when a supervisor that was killed outright could not."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
