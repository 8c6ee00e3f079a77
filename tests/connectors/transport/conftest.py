"""One browser for a module: it starts for a second or two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from tests.connectors.transport.stage import Stage, Story, staged


@pytest.fixture(scope="module")
def stage(whole_browser_path: str) -> Iterator[tuple[asyncio.Runner, Stage]]:
    """One browser for the module: it starts for a second or two."""
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        patch.setenv("BROWSER_PATH", whole_browser_path)
        patch.setenv("BROWSER_SANDBOX", "0")
        patch.setenv("SECRET_OF_THE_SERVER", "not for pages")
        opened = staged()
        yield runner, runner.run(opened.__aenter__())
        runner.run(opened.__aexit__(None, None, None))


@pytest.fixture
def play(stage: tuple[asyncio.Runner, Stage]) -> Callable[[Story], Stage]:
    """Runs a story on the stage as it was at the beginning."""
    runner, set_up = stage
    for seen in (set_up.department, set_up.elsewhere):
        seen.requests.clear()
        seen.connections = 0
    set_up.pages.clear()

    def run(story: Story) -> Stage:
        runner.run(story(set_up))
        return set_up

    return run
