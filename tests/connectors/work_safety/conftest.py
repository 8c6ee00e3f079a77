"""The work safety department with its own broker, up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.work_safety.sandbox import WorkSafetyOffice


@pytest.fixture
def office() -> Iterator[WorkSafetyOffice]:
    running = WorkSafetyOffice()
    running.start()
    yield running
    running.stop()
