"""The province, up and on its first day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.provincial_governance.sandbox import ProvincialPlatform


@pytest.fixture(scope="session")
def running() -> Iterator[ProvincialPlatform]:
    province = ProvincialPlatform()
    province.start()
    yield province
    province.stop()


@pytest.fixture
def province(running: ProvincialPlatform) -> ProvincialPlatform:
    running.reset()
    return running
