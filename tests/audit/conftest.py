"""A folder for anchors, and a chain of ten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.audit.intruding import notes


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """Where anchors go."""
    settings.AUDIT_ANCHORS = str(tmp_path / "anchors")
    return tmp_path / "anchors"


@pytest.fixture
def ten(db: None) -> list[int]:
    """Ten notes, chained as 1 to 10; their ids."""
    return notes(10)
