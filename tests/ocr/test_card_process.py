"""The process that reads cards, asked over its socket: one at a time, one waits, nothing is kept or said aloud."""

from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django import Settings

from gridapp.ocr import serving
from gridapp.ocr.asking import Away, Busy, ask
from gridapp.ocr.card import Crop, Reading, Unread, Value
from gridapp.ocr.engine import NotAPicture

ROOT = Path(__file__).resolve().parents[2]
Until = Callable[..., object]
READING = Reading(
    {"name": Value("测试甲", Crop(0.1, 0.2, 0.3, 0.05))},
    {"id_number": Unread("id_checksum", Crop(0.2, 0.8, 0.6, 0.1)), "ethnicity": Unread("unread")},
)


class Slow:
    """Reads when it is told to: `inside` counts who has come in, `go` lets all go on."""

    def __init__(self) -> None:
        self.inside, self.most, self.go = 0, 0, threading.Event()

    def read(self, picture: bytes) -> Reading:
        if picture == b"no picture":
            raise NotAPicture
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.go.wait(10)
        self.inside -= 1
        return READING


@pytest.fixture
def slow(settings: Settings) -> Iterator[Slow]:
    """A process that answers, in a thread of its own."""
    one, ready = Slow(), threading.Event()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        settings.CARD_READER = str(Path(folder) / "made" / "cards")
        running = serving.serve(Path(settings.CARD_READER), one.read, until=stop, ready=ready.set)
        thread = threading.Thread(target=loop.run_until_complete, args=(running,))
        thread.start()
        assert ready.wait(10)
        yield one
        one.go.set()
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def test_what_was_read_arrives_as_it_was(slow: Slow) -> None:
    slow.go.set()

    assert ask(b"a picture") == READING


def test_only_its_owner_may_ask(slow: Slow, settings: Settings) -> None:
    listening = Path(settings.CARD_READER)

    assert stat.S_IMODE(listening.stat().st_mode) == 0o600
    assert stat.S_IMODE(listening.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("picture", [b"no picture", b"x" * (serving.LARGEST + 1)])
def test_no_picture_and_a_huge_one_are_refused(slow: Slow, picture: bytes) -> None:
    with pytest.raises(NotAPicture):
        ask(picture)


def test_one_is_read_one_waits_and_a_third_is_told_at_once(slow: Slow, until: Until) -> None:
    with ThreadPoolExecutor(8) as people:
        asked = [people.submit(ask, b"a picture") for _ in range(8)]
        until(lambda: sum(one.done() for one in asked) == 6)
        busy = [type(one.exception()) for one in asked if one.done()]
        slow.go.set()
        answers = [one.result() for one in asked if one.exception() is None]

    assert busy == [Busy] * 6
    assert answers == [READING] * 2
    assert slow.most == 1
    assert ask(b"a picture") == READING


def test_a_process_that_is_gone_is_away(settings: Settings, tmp_path: Path) -> None:
    settings.CARD_READER = str(tmp_path / "cards")

    with pytest.raises(Away):
        ask(b"a picture")


def test_without_an_address_the_command_says_what_is_missing() -> None:
    tried = subprocess.run([sys.executable, "manage.py", "ocr"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert tried.returncode == 1
    assert "CARD_READER" in tried.stderr
