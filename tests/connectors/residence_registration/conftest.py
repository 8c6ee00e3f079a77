"""The police side, on tables of its own beside this run's database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.residence_registration.sandbox import PoliceRegister


@pytest.fixture(scope="module")
def running(database_url: str) -> Iterator[PoliceRegister]:
    """One a module: while it lives its clerk works on tables that other modules use, too."""
    police = PoliceRegister(database_url=database_url)
    police.start()
    yield police
    police.stop()


@pytest.fixture
def police(running: PoliceRegister) -> PoliceRegister:
    running.reset()
    return running
