"""One small department, served for one test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.sandbox.office import Office


@pytest.fixture
def office() -> Iterator[Office]:
    department = Office()
    department.start()
    yield department
    department.stop()
