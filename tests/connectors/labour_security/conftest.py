"""The labour department, up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.labour_security.sandbox import LabourOffice


@pytest.fixture
def office() -> Iterator[LabourOffice]:
    running = LabourOffice()
    running.start()
    yield running
    running.stop()
