"""The register of the health commission, up and on its first day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.family_planning.sandbox import PopulationRegister


@pytest.fixture(scope="session")
def running() -> Iterator[PopulationRegister]:
    register = PopulationRegister()
    register.start()
    yield register
    register.stop()


@pytest.fixture
def register(running: PopulationRegister) -> PopulationRegister:
    running.reset()
    return running
