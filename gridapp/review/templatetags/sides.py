"""How shares, spans of time and departments' sentences are said on the page of one target's own side."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from gridapp.dictionary import mask_text

register = template.Library()
register.filter("masked", mask_text)

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@register.filter
def percent(share: float | None) -> str:
    """A share as people write it, — where there is none."""
    return "—" if share is None else f"{share * 100:.1f}%"


@register.filter
def within(seconds: float | None) -> str:
    """A span of time in the unit in which people think of it."""
    if seconds is None:
        return "—"
    if seconds < _MINUTE:
        return _("%(number)s 秒内") % {"number": f"{seconds:.2g}"}
    if seconds < _HOUR:
        return _("%(number)s 分钟内") % {"number": f"{seconds / _MINUTE:.2g}"}
    if seconds < _DAY:
        return _("%(number)s 小时内") % {"number": f"{seconds / _HOUR:.2g}"}
    return _("%(number)s 天内") % {"number": f"{seconds / _DAY:.2g}"}
