"""The station, and an agent in front of it whose browser stays open for a whole module."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from connectors.workstation.connector import Workstation
from connectors.workstation.sandbox import WorkStation
from tests.connectors.workstation.agent import Agent


@pytest.fixture(scope="module")
def running_station() -> Iterator[WorkStation]:
    station = WorkStation()
    station.start()
    yield station
    station.stop()


@pytest.fixture
def station(running_station: WorkStation) -> Iterator[WorkStation]:
    """As on its first day."""
    running_station.start()
    running_station.reset()
    yield running_station
    running_station.reset()


@pytest.fixture(scope="module")
def browsing(running_station: WorkStation, browser_path: str) -> Iterator[Agent]:
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        patch.setenv("BROWSER_PATH", browser_path)
        patch.setenv("BROWSER_SANDBOX", "0")
        connector = Workstation(running_station.settings())
        runner.run(connector.__aenter__())
        yield Agent(connector, runner)
        runner.run(connector.__aexit__(None, None, None))


@pytest.fixture
def agent(browsing: Agent, station: WorkStation) -> Agent:
    return browsing
