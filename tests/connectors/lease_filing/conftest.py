"""The lease office, up for a module; each test begins on its first day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.lease_filing.sandbox import LeaseOffice


@pytest.fixture(scope="module")
def running() -> Iterator[LeaseOffice]:
    office = LeaseOffice()
    office.start()
    yield office
    office.stop()


@pytest.fixture
def office(running: LeaseOffice) -> LeaseOffice:
    running.reset()
    return running
