"""The targets of this district: a configured row each, with its profile and the connector that speaks to it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from gridapp.contract import Connector, Profile

from . import profiles
from .models import Target

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Configured:
    """One target: its row, what it receives, and who speaks to it (None: not connected yet)."""

    target: Target
    profile: Profile
    connector: type[Connector] | None

    @property
    def live(self) -> bool:
        """Whether deliveries are made for it."""
        return self.target.enabled and self.connector is not None


def targets() -> list[Configured]:
    """Every target of the district in the order of pages, connected or not. One statement.

    A row whose connector is not installed (any more) is left out and logged: nothing is known of what it may receive.
    """
    return [one for row in Target.objects.all() if (one := _configured(row)) is not None]


def target(target_id: int) -> Configured | None:
    """One target by its row's id."""
    row = Target.objects.filter(pk=target_id).first()
    return _configured(row) if row else None


def _configured(row: Target) -> Configured | None:
    profile = profiles.profiles().get(row.connector)
    if profile is None:
        logger.error("target %s: connector %s is not installed", row.key, row.connector)
        return None
    return Configured(row, profile, profiles.connector(row.connector))


def seed(wanted: Sequence[Profile] | None = None) -> list[Target]:
    """A disabled row without settings for each system of the district that has none; returns the new ones.

    Existing rows stay as an administrator left them.
    """
    made = []
    for profile in profiles.district() if wanted is None else wanted:
        row, new = Target.objects.get_or_create(
            key=profile.key,
            defaults={
                "connector": profile.slug,
                "zh": profile.zh,
                "en": profile.en,
                "position": profile.position,
            },
        )
        if new:
            made.append(row)
    return made
