"""The demo's departments: the sandbox's addresses and credentials become the settings of our targets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from gridapp.catalogue import targets
from gridapp.catalogue.models import Target

_ROUND_THE_CLOCK = {"opens": "00:00", "closes": "00:00"}


@dataclass(frozen=True)
class Departments:
    """`connected` of `known` systems have somebody who answers; `closed`: the names of those whose hours are over."""

    control_url: str
    connected: int
    known: int
    closed: tuple[str, ...]


def connect(sandbox: Path, *, always_open: bool, now: datetime | None = None) -> Departments:
    """Configures and enables the targets that the sandbox stands in for; the others stay not connected."""
    told = json.loads(sandbox.read_text())
    targets.seed()
    connected = 0
    for key, department in told["departments"].items():
        row = Target.objects.filter(key=key).first()
        if row is None:  # an example department that no district has by itself
            continue
        row.seal_settings(department["settings"])
        row.enabled = True
        row.window = _ROUND_THE_CLOCK if always_open else None
        row.save(update_fields=["sealed_settings", "enabled", "window"])
        connected += 1
    return Departments(told["control_url"], connected, Target.objects.count(), _closed(always_open, now))


def _closed(always_open: bool, now: datetime | None) -> tuple[str, ...]:
    at = timezone.localtime(now)
    live = [] if always_open else [one for one in targets.targets() if one.live]
    return tuple(one.target.zh for one in live if not one.profile.window.is_open(at))
