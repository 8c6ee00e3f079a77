"""How numbers of the first page are written: shares, and how long something took."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """97.5%; a dash where there is nothing to have a share of. Never rounded up to all or down to nothing."""
    if share is None:
        return "—"
    shown = round(share * 100, 1)
    if shown == 100 and share < 1:
        shown = 99.9
    elif shown == 0 and share > 0:
        shown = 0.1
    return f"{shown:g}%"


@register.filter
def duration(seconds: float | None) -> str:
    """40 秒, 3 分钟, 2.5 小时, 3 天: two digits, as exactly as it is known; a dash where nothing is."""
    if seconds is None:
        return "—"
    if seconds < 60:
        return _("%(number)s 秒") % {"number": _short(seconds)}
    if seconds < 3_600:
        return _("%(number)s 分钟") % {"number": _short(seconds / 60)}
    if seconds < 2 * 86_400:
        return _("%(number)s 小时") % {"number": _short(seconds / 3_600)}
    return _("%(number)s 天") % {"number": _short(seconds / 86_400)}


@register.filter
def grouped(number: int) -> str:
    """12,800."""
    return f"{number:,}"


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"
