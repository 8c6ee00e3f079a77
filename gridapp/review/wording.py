"""Words of these pages that stand in several of them: what became of rows, what is done, what stopped a comparison."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp.delivery.models import CauseAct

ACTS: Mapping[str, str | Promise] = {
    "create": gettext_lazy("新增"),
    "change": gettext_lazy("变更"),
    "verify": gettext_lazy("核实"),
    "close": gettext_lazy("注销"),
}
CAME_OF_IT: Mapping[str, str | Promise] = {
    "delivered": gettext_lazy("已入库"),
    "alreadythere": gettext_lazy("对方早已有"),
    "rejected": gettext_lazy("退回"),
    "conflict": gettext_lazy("冲突待定"),
    "unknown": gettext_lazy("待核对"),
    "notapplicable": gettext_lazy("对方不需要"),
    "notyet": gettext_lazy("对方让稍后再送"),
    "manual": gettext_lazy("仍需人工"),
    "submitted": gettext_lazy("审核中"),
    "withdrawn": gettext_lazy("已收回"),
}
NEEDED: Mapping[str, str | Promise] = {
    "always": gettext_lazy("必填"),
    "sometimes": gettext_lazy("有条件"),
    "optional": gettext_lazy("选填"),
}
_HOUR, _DAY = 3600, 86_400
TROUBLES: Mapping[str, str | Promise] = {"no_answer": gettext_lazy("对方没有应答")}


def way(act: str) -> str:
    """What is done to all of a cause: in English to cancel is another word than to undo what was just entered."""
    return _("撤销填报") if act == CauseAct.Act.CANCEL else str(CauseAct.Act(act).label)


def counted(counts: Mapping[str, int]) -> str:
    """已入库 417，退回 3."""
    known = [(CAME_OF_IT.get(word, word), counts[word]) for word in sorted(counts, key=_place)]
    return _("，").join(f"{said} {number}" for said, number in known)


def pace(per_second: float) -> str:
    """Calls at most, in the unit in which people think of them: 每秒 10 次, 每 2 秒 1 次, 每 6 小时 1 次."""
    if per_second >= 1:
        return _("每秒 %(number)s 次") % {"number": f"{per_second:g}"}
    seconds = 1 / per_second
    if seconds < _HOUR:
        return _("每 %(number)s 秒 1 次") % {"number": f"{seconds:.3g}"}
    if seconds < _DAY:
        return _("每 %(number)s 小时 1 次") % {"number": f"{seconds / _HOUR:.3g}"}
    return _("每 %(number)s 天 1 次") % {"number": f"{seconds / _DAY:.3g}"}


def _place(word: str) -> int:
    words = list(CAME_OF_IT)
    return words.index(word) if word in CAME_OF_IT else len(words)
