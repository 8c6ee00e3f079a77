"""The targets of this district: a configured row each, with its profile and the connector that speaks to it."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject, Now

from gridapp.contract import Connector, Profile

from . import profiles, recoding
from .code_changes import CodeChange
from .models import Target
from .recoding import Change

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Configured:
    """One target: its row, what it receives, and who speaks to it (None: not connected yet).

    `changes`: codes that it has renumbered since its mapping was written.
    """

    target: Target
    profile: Profile
    connector: type[Connector] | None
    changes: tuple[Change, ...] = ()

    @property
    def live(self) -> bool:
        """Whether deliveries are made for it."""
        return self.target.enabled and self.connector is not None


def targets() -> list[Configured]:
    """Every target of the district in the order of pages, connected or not. At most one statement.

    Kept in memory for CATALOGUE_KEPT seconds: read at every entry, changed once in a while. A row whose connector is
    not installed (any more) is left out and logged: nothing is known of what it may receive.
    """
    period = settings.CATALOGUE_KEPT
    turn = int(time.monotonic() / period) if period else time.monotonic_ns()
    return list(_targets(str(connection.settings_dict["NAME"]), turn))


@lru_cache(maxsize=2)
def _targets(database: str, turn: int) -> tuple[Configured, ...]:
    """`turn` changes with time, `database` tells the targets of different databases apart."""
    lately = Q(ended_at=None) | Q(ended_at__gt=Now() - recoding.ENDED_LATELY)
    changes = CodeChange.objects.filter(lately, target=OuterRef("pk")).order_by("pk")
    names = {name: name for name in Change._fields}
    rows = Target.objects.annotate(changed=ArraySubquery(changes.values(one=JSONObject(**names))))
    return tuple(one for row in rows if (one := _configured(row)) is not None)


def target(target_id: int) -> Configured | None:
    """One target by its row's id, as `targets` knows it."""
    return next((one for one in targets() if one.target.pk == target_id), None)


def _configured(row: Target) -> Configured | None:
    profile = profiles.profiles().get(row.connector)
    if profile is None:
        logger.error("target %s: connector %s is not installed", row.key, row.connector)
        return None
    changes = tuple(Change.read(one) for one in getattr(row, "changed", ()))
    return Configured(row, profile, profiles.connector(row.connector), changes)


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
