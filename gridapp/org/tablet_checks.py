"""What a tablet tries out about itself, as its page tries it (static/diag.js) and as its office sees the result."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CHECKS: Mapping[str, Promise] = {
    "secure": _("网址是加密的（https）"),
    "engine": _("浏览器版本够新（Chromium 99 以上）"),
    "worker": _("没有网络也能打开页面"),
    "database": _("能在本机存内容"),
    "sealing": _("能加密内容"),
    "locks": _("几个页面不会重复上传"),
    "server": _("连得上服务器"),
    "persisted": _("浏览器答应不自动清理"),
    "sync": _("没有打开页面也能上传"),
    "camera": _("有摄像头，可以扫码"),
}
_ANSWERS = frozenset({"yes", "no", "spared"})
_DETAIL = re.compile(r"[0-9A-Za-z .:%]{1,24}")
"""A version, a size, a time; nothing that could be about anybody."""


def read(said: Any) -> dict[str, list[str]]:
    """Name -> [answer, detail], from what a tablet sent. Raises ValueError, TypeError, KeyError."""
    found: dict[str, list[str]] = {}
    for name in CHECKS:
        answer, detail = said[name]
        if answer not in _ANSWERS or not isinstance(detail, str):
            raise ValueError(name)
        found[name] = [answer, detail if _DETAIL.fullmatch(detail) else ""]
    return found


def failing(tried: Mapping[str, Any]) -> list[str | Promise]:
    """What a tablet cannot do and should."""
    return [words for name, words in CHECKS.items() if tried.get(name, [""])[0] == "no"]
