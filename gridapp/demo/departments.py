"""The demo's departments: the sandbox's addresses and credentials become the settings of our targets."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from gridapp.catalogue import profiles, targets
from gridapp.catalogue.models import Target

_HURRIED = 0.1
"""Calls a second of targets that are called ever so seldom."""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
        row.seal_settings(_reachable(department["settings"]))
        row.enabled = True
        row.window = _ROUND_THE_CLOCK if always_open else None
        row.per_second = _pace(row)
        row.save(update_fields=["sealed_settings", "enabled", "window", "per_second"])
        connected += 1
    return Departments(told["control_url"], connected, Target.objects.count(), _closed(always_open, now))


def _reachable(settings: dict[str, str]) -> dict[str, str]:
    """Without the agent that fills a page where this machine has no browser: a person fills it from the card then."""
    if "agent" in settings and not any(shutil.which(name) for name in _BROWSERS):
        return {**settings, "agent": ""}
    return settings


def _pace(row: Target) -> float | None:
    """Files that go out a few times a day or once a week go every ten seconds: nobody watches a demo for a week."""
    connector = profiles.connector(row.connector)
    own = connector.capabilities.per_second if connector is not None else None
    return _HURRIED if own is not None and own < _HURRIED else None


def _closed(always_open: bool, now: datetime | None) -> tuple[str, ...]:
    at = timezone.localtime(now)
    live = [] if always_open else [one for one in targets.targets() if one.live]
    return tuple(one.target.zh for one in live if not one.profile.window.is_open(at))
