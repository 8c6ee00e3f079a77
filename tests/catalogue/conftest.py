"""The district's fourteen targets, four of them connected, as after the demo's set-up."""

from __future__ import annotations

import pytest

from gridapp.catalogue import targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured

CONNECTED = ("FWBM", "JZDJ", "PDA", "WG")


@pytest.fixture
def district(db: None) -> dict[str, Configured]:
    """Key -> target."""
    targets.seed()
    Target.objects.filter(key__in=CONNECTED).update(enabled=True)
    return {one.target.key: one for one in targets.targets()}
