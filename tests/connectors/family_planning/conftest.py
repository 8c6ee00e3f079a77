"""The register of the health commission, up and on its first day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.family_planning.sandbox import PopulationRegister
from tests.conftest import Until
from tests.connectors.family_planning.office import Office


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


@pytest.fixture
def office(register: PopulationRegister, until: Until) -> Office:
    return Office(register, until)
