"""What an administrator says in the forms of a lane's page, done, and what came of it in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gridapp.catalogue.targets import Configured
from gridapp.delivery import draining, operating
from gridapp.delivery.backlog import WORDS
from gridapp.delivery.models import Delivery, Status
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.review.opening import row_id

Said = tuple[str, str]
"""good, warn or bad, and the sentence."""
LISTED = 30
AT_ONCE = 2.0
"""Seconds that a page takes for a bulk act; a task does the rest."""
FASTEST = 10_000.0
LONGEST_WHY = 200

REFUSED: Mapping[str, str | Promise] = {
    "not_live": gettext_lazy("这个系统没有启用"),
    "paused": gettext_lazy("这个系统已暂停，请先恢复"),
    "rejections": gettext_lazy("这个系统已暂停，请先恢复"),
    "window": gettext_lazy("对方现在不开放"),
    "limit": gettext_lazy("今日额度已满"),
    "dependency": gettext_lazy("还在等另一个系统的编号"),
    "restricted": gettext_lazy("本人的信息正在限制处理"),
    "incomplete": gettext_lazy("还缺必填内容"),
    "unmapped": gettext_lazy("本网格在对方系统的编码尚未配置"),
    "inexpressible": gettext_lazy("对方系统无法接收这个值"),
    "doubtful": gettext_lazy("可能已经送到，请先核对"),
    "changed": gettext_lazy("它刚刚有了变化，请再看一次"),
}


def status_asked(request: HttpRequest) -> Status:
    """Which rows the list shows: those that failed, unless the address says otherwise."""
    asked = request.GET.get("status", "")
    return Status(asked) if asked in WORDS else Status.FAILED


def listed(one: Configured, status: Status, by: User) -> list[Delivery]:
    """The first rows that stand so, with their records, in the order of whatever index finds them."""
    rows = scope.within(Delivery.objects.filter(target=one.target, status=status), by, "record__grid_code")
    return list(rows.select_related("record__building")[:LISTED])


def _pause(one: Configured, by: User, post: QueryDict) -> Said:
    why = post.get("why", "").strip()
    if not why or len(why) > LONGEST_WHY or not why.isprintable():
        return "bad", _("请写明暂停的原因，不超过 200 字")
    if operating.pause(one.target, why, by):
        return "good", _("已暂停。等着推送的都保留，恢复后继续。")
    return "warn", _("已经是暂停状态。")


def _drain(one: Configured, by: User, post: QueryDict) -> Said:
    why = post.get("why", "").strip()
    if not why or len(why) > LONGEST_WHY or not why.isprintable():
        return "bad", _("请写明暂停的原因，不超过 200 字")
    if draining.begin(one.target, why, by=by):
        return "good", _("已记下：等着的送完以后自动暂停。")
    return "warn", _("已经是暂停状态，或已在送完再停。")


def _go_on(one: Configured, by: User, post: QueryDict) -> Said:
    if draining.go_on(one.target):
        return "good", _("不停了，照常推送。")
    return "warn", _("没有在送完再停。")


def _resume(one: Configured, by: User, post: QueryDict) -> Said:
    a_minute = post.get("a_minute", "").strip()
    if not a_minute:
        operating.resume(one.target, by)
        return "good", _("已恢复，马上继续推送。")
    if not 0 < (pace := _pace(a_minute)) <= FASTEST:
        return "bad", _("每分钟的条数请填 1 到 10000 的数")
    operating.resume(one.target, by, slowly=pace / 60)
    return "good", _("已恢复，每分钟最多 %(pace)s 条，积压送完后恢复原来的速度。") % {"pace": f"{pace:g}"}


def _pace(text: str) -> float:
    try:
        pace = float(text)
    except ValueError:
        return 0.0
    return pace if math.isfinite(pace) else 0.0


def _reopen(one: Configured, by: User, post: QueryDict) -> Said:
    operating.reopen(one.target, by)
    return "good", _("通道已重新打开，马上再试。")


def _retry(one: Configured, by: User, post: QueryDict) -> Said:
    status = Status.RETURNED if post.get("status") == Status.RETURNED else Status.FAILED
    if post.get("sure") != "yes":
        return "bad", _("请先勾选确认")
    done, goes_on = operating.retry_all(one, by, status=status, seconds=AT_ONCE)
    said = ngettext("已安排 %(number)s 条重新推送。", "已安排 %(number)s 条重新推送。", done.changed) % {
        "number": done.changed
    }
    if done.doubtful:
        said += _("其中 %(number)s 条可能已经送到，先核对。") % {"number": done.doubtful}
    return ("good" if done.changed else "warn"), said + (_("其余的在后台继续。") if goes_on else "")


def _cancel(one: Configured, by: User, post: QueryDict) -> Said:
    chosen = [row_id(text) for text in post.getlist("chosen")][:LISTED]
    if not chosen or post.get("sure") != "yes":
        return "bad", _("请选出要撤销的，并勾选确认")
    done = operating.cancel(operating.removable(one.target, by).filter(pk__in=chosen), by)
    left = len(set(chosen)) - done.changed
    said = ngettext("已撤销 %(number)s 条。", "已撤销 %(number)s 条。", done.changed) % {"number": done.changed}
    if left:
        said += _("%(number)s 条没有撤销：对方可能已有，或者刚有变化。") % {"number": left}
    return ("warn" if left else "good"), said


def _send_now(one: Configured, by: User, post: QueryDict) -> Said:
    rows = scope.within(Delivery.objects.filter(target=one.target), by, "record__grid_code")
    row = rows.filter(pk=row_id(post.get("delivery"))).first()
    refused = operating.send_now(row, one, by) if row else "changed"
    if refused:
        return "bad", _("没有推送：%(why)s") % {"why": REFUSED.get(refused) or _("它现在的状态不能推送")}
    return "good", _("排在最前面，马上推送。")


ACTS: Mapping[str, Callable[[Configured, User, QueryDict], Said]] = {
    "pause": _pause,
    "resume": _resume,
    "drain": _drain,
    "go_on": _go_on,
    "reopen": _reopen,
    "retry": _retry,
    "cancel": _cancel,
    "send_now": _send_now,
}
