"""The demo's departments: the sandbox's addresses and credentials become the settings of our targets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from django.utils import timezone

from gridapp.catalogue import assessments, profiles, targets
from gridapp.catalogue.models import Target
from gridapp.org.models import Role, User

_HURRIED = 0.1
"""Calls a second of targets that are called ever so seldom."""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_BROWSER_STARTS_WITHIN = 20.0
_ASSESSED_FOR = timedelta(days=365)
_ROUND_THE_CLOCK = {"opens": "00:00", "closes": "00:00"}


@dataclass(frozen=True)
class Departments:
    """`connected` of `known` systems have somebody who answers; `closed`: the names of those whose hours are over.

    `by_hand`: the names of those whose page a browser would fill in, if this machine had one that starts.
    """

    control_url: str
    connected: int
    known: int
    closed: tuple[str, ...]
    by_hand: tuple[str, ...] = ()


def connect(sandbox: Path, *, always_open: bool, now: datetime | None = None) -> Departments:
    """Configures and enables the targets that the sandbox stands in for; the others stay not connected."""
    told = json.loads(sandbox.read_text())
    targets.seed()
    connected, by_hand = 0, []
    for key, department in told["departments"].items():
        row = Target.objects.filter(key=key).first()
        if row is None:  # an example department that no district has by itself
            continue
        reachable = _reachable(department["settings"])
        if reachable != department["settings"]:
            by_hand.append(row.zh)
        row.seal_settings(reachable)
        row.enabled = True
        row.window = _ROUND_THE_CLOCK if always_open else None
        row.per_second = _pace(row)
        row.save(update_fields=["sealed_settings", "enabled", "window", "per_second"])
        connected += 1
    closed = _closed(always_open, now)
    return Departments(told["control_url"], connected, Target.objects.count(), closed, tuple(by_hand))


def assess() -> None:
    """Files an impact assessment of each system that is switched on without one, in the administrator's name."""
    today = timezone.localdate()
    by = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk").first()
    if by is None:
        return
    for row in assessments.wanting(today):
        said = assessments.Said(
            f"{today}", "演示区政务服务数据管理局", f"演示评估 {row.key}", "fit", "", f"{today + _ASSESSED_FOR}"
        )
        assessments.record(row, said, by=by)


def _reachable(settings: Mapping[str, str]) -> dict[str, str]:
    """Without the agent that fills a page where no browser starts: a person fills it in from the card then."""
    has_browser = "agent" not in settings or (find_spec("playwright") is not None and _starts(_browser()))
    return dict(settings) if has_browser else {**settings, "agent": ""}


def _browser() -> str:
    """Where the browser is, "" without one; BROWSER_PATH before all others, as for the agent itself."""
    names = [os.environ["BROWSER_PATH"]] if os.environ.get("BROWSER_PATH") else _BROWSERS
    return next((found for name in names if (found := shutil.which(name))), "")


@cache
def _starts(browser: str) -> bool:
    """Whether it can show a page. One that is there may still be for the desktop alone, or may lack its sandbox."""
    sandbox = [] if os.geteuid() != 0 and os.environ.get("BROWSER_SANDBOX") != "0" else ["--no-sandbox"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [browser, "--headless", "--disable-gpu", *sandbox, f"--user-data-dir={home}"]
        try:
            subprocess.run(
                [*command, "--dump-dom", "about:blank"],
                env={**os.environ, "HOME": home},
                timeout=_BROWSER_STARTS_WITHIN,
                capture_output=True,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return False
    return True


def _pace(row: Target) -> float | None:
    """Files that go out a few times a day or once a week go every ten seconds: nobody watches a demo for a week."""
    connector = profiles.connector(row.connector)
    own = connector.capabilities.per_second if connector is not None else None
    return _HURRIED if own is not None and own < _HURRIED else None


def _closed(always_open: bool, now: datetime | None) -> tuple[str, ...]:
    at = timezone.localtime(now)
    live = [] if always_open else [one for one in targets.targets() if one.live]
    return tuple(one.target.zh for one in live if not one.profile.window.is_open(at))
