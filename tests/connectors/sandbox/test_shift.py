"""A thread of a department does its work again after what it was prepared for, and says so once in a while."""

from __future__ import annotations

import logging
import threading

import pytest

from connectors.sandbox.shift import Shift
from tests.conftest import Until


def test_it_begins_again_after_trouble_it_knows(until: Until, caplog: pytest.LogCaptureFixture) -> None:
    begun: list[int] = []

    def work(closing: threading.Event) -> None:
        begun.append(1)
        if len(begun) < 4:
            raise ConnectionError("13912345678")
        closing.wait()

    shift = Shift("sandbox-test", work, despite=OSError, again_after=0.01)
    with caplog.at_level(logging.WARNING):
        shift.begin()
        until(lambda: len(begun) == 4)
        shift.end()

    assert [record.getMessage() for record in caplog.records] == ["sandbox-test begins again after ConnectionError"]
    assert "sandbox-test" not in {thread.name for thread in threading.enumerate()}


def test_it_ends_when_it_is_told_to_in_the_middle_of_trouble(until: Until) -> None:
    begun: list[int] = []

    def work(closing: threading.Event) -> None:
        begun.append(1)
        raise OSError

    shift = Shift("sandbox-test", work, despite=OSError, again_after=3600)
    shift.begin()
    until(lambda: begun)
    shift.end()

    assert begun == [1]
