"""What the tests of this folder share: lines of the product's own log, and targets with rows of every kind."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from gridapp.watch.logs import Console, Json


class Heard:
    """What a collector of logs would have: every line, whatever the level."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.handler = Console(self.stream)
        self.handler.setFormatter(Json())

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def about(self, logger: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["logger"] == logger]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """The root logger speaks JSON into memory, our own loggers from DEBUG on."""
    listening = Heard()
    levels = {name: logging.getLogger(name).level for name in ("", "gridapp", "gridapp.access")}
    logging.getLogger().addHandler(listening.handler)
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG if name else logging.INFO)
    yield listening
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.getLogger().removeHandler(listening.handler)
