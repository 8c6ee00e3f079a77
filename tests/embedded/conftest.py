"""A folder for private servers, and processes that use them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gridapp.embedded import machine
from tests.embedded.running import User


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that other users may enter, as a clone in an ordinary place is."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "servers"


@pytest.fixture
def start(home: Path, until: Callable[..., object]) -> Iterator[Callable[..., User]]:
    users: list[User] = []

    def begin(folder: Path | None = None, **options: object) -> User:
        users.append(User(folder or home, **options))  # type: ignore[arg-type]
        return users[-1]

    yield begin
    for user in users:
        if user.process.poll() is None:
            user.kill()
    for folder in {Path(folder) for user in users for folder in user.folders}:
        until(lambda folder=folder: not any(machine.answers(listening) for listening in folder.glob("*")))
