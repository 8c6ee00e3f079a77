"""The people of the platform: a case that goes wrong costs that case and no clerk."""

from __future__ import annotations

import threading

import pytest

from connectors.self_declaration.sandbox_office import Office


@pytest.mark.parametrize("trouble", [KeyError("declareNo"), ValueError("13912345678"), OSError()])
def test_the_next_case_is_done_all_the_same(trouble: Exception, caplog: pytest.LogCaptureFixture) -> None:
    office, done = Office(clerks=1), threading.Event()

    def go_wrong() -> None:
        raise trouble

    office.after(0, go_wrong)
    office.after(0, done.set)
    office.open()

    assert done.wait(10)
    office.close()
    assert [record.getMessage() for record in caplog.records] == [
        f"a clerk of the platform gives a case up: {type(trouble).__name__}"
    ]
