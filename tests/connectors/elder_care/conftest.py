"""The elder care office, up for a module; each test begins on its first day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.elder_care.sandbox import ElderCareOffice


@pytest.fixture(scope="module")
def running() -> Iterator[ElderCareOffice]:
    office = ElderCareOffice()
    office.start()
    yield office
    office.stop()


@pytest.fixture
def office(running: ElderCareOffice) -> ElderCareOffice:
    running.reset()
    return running
