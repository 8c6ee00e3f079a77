"""The census of the education bureau, up and on its first day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.school_places.sandbox import SchoolCensus


@pytest.fixture(scope="session")
def running() -> Iterator[SchoolCensus]:
    census = SchoolCensus()
    census.start()
    yield census
    census.stop()


@pytest.fixture
def census(running: SchoolCensus) -> SchoolCensus:
    running.reset()
    return running
