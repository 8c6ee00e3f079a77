"""The district's fourteen targets, four of them switched on: a district in the middle of its roll-out."""

from __future__ import annotations

import pytest

from gridapp.catalogue import targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured

SWITCHED_ON = ("FWBM", "JZDJ", "PDA", "WG")


@pytest.fixture
def district(db: None) -> dict[str, Configured]:
    """Key -> target."""
    targets.seed()
    Target.objects.filter(key__in=SWITCHED_ON).update(enabled=True)
    return {one.target.key: one for one in targets.targets()}
