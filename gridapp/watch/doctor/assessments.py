"""Impact assessments (PIPL 55): whether each target that is switched on has one that holds."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp.catalogue import assessments

from .finding import Finding, warn, well


def look() -> Iterator[Finding]:
    wanting = assessments.wanting(timezone.localdate())
    if not wanting:
        yield well("assessments.held", _("启用的系统都有有效的影响评估。"))
        return
    yield warn(
        "assessments.held",
        _("%(keys)s 启用着，没有有效的个人信息保护影响评估。") % {"keys": "、".join(row.key for row in wanting)},
        _("评估后在目标系统的设置页登记；评估说不得提供的，停用它。"),
    )
