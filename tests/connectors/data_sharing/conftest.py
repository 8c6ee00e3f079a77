"""The sharing platform, on delta tables of its own beside this run's database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.data_sharing.sandbox import SharingPlatform


@pytest.fixture(scope="module")
def running(database_url: str) -> Iterator[SharingPlatform]:
    """One a module: while it lives its clerk works on tables that other modules use, too."""
    platform = SharingPlatform(database_url=database_url)
    platform.start()
    yield platform
    platform.stop()


@pytest.fixture
def platform(running: SharingPlatform) -> SharingPlatform:
    running.reset()
    return running
