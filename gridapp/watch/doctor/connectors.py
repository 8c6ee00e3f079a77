"""The connectors that are installed, the targets that need one, and the browser that some of them need."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec

from django.utils.translation import gettext as _

from gridapp import sealing
from gridapp.catalogue import profiles, targets
from gridapp.catalogue.models import Target
from gridapp.catalogue.targets import Configured
from gridapp.contract import Evidence

from .finding import Finding, fail, well

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def look() -> Iterator[Finding]:
    installed = profiles.load(entry_points(group=profiles.GROUP))
    for name, why in installed.broken.items():
        yield fail(
            "connectors.load",
            _("连接器 %(name)s 装载不了：%(why)s。") % {"name": name, "why": why.partition(":")[0]},
            _("看它的包是否装全、版本是否相配；修好之前它的目标系统不会推送。"),
        )
    if not installed.broken:
        yield well("connectors.load", _("%(count)d 个连接器都能装载。") % {"count": len(installed.profiles)})
    for row in Target.objects.filter(enabled=True).exclude(connector__in=list(installed.connectors)):
        yield fail(
            "connectors.missing",
            _("%(key)s 启用了，但它的连接器 %(connector)s 没有装。") % {"key": row.key, "connector": row.connector},
            _("装上提供这个连接器的包，或在目标系统页停用它。"),
        )
    yield from _browser()


def _browser() -> Iterator[Finding]:
    keys = [one.target.key for one in targets.targets() if one.live and _fills_a_page(one)]
    if not keys:
        return
    path = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None or not shutil.which(path) or find_spec("playwright") is None:
        yield fail(
            "connectors.browser",
            _("%(keys)s 由浏览器代填，但没有可用的浏览器。") % {"keys": ", ".join(keys)},
            _("安装 gridapp[browser] 和 Chromium 或 Chrome，或用 BROWSER_PATH 指给它。"),
        )
    else:
        yield well("connectors.browser", _("代填用的浏览器在。"))


def _fills_a_page(one: Configured) -> bool:
    """A target whose evidence is a page that was seen, and that was told to fill it by itself."""
    if one.connector is None or one.connector.capabilities.evidence is not Evidence.SEEN:
        return False
    try:
        return one.target.settings().get("agent", "").strip().lower() in ("yes", "是")
    except sealing.Unsealable:
        return False  # the look at the lanes says so
