"""Where each delivery of a record stands and whose move it is, for pages and other clients."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured
from gridapp.contract import Kind
from gridapp.registry.models import Record

from . import clock, gates
from .models import Attempt, Delivery, Hold, Lane, Status
from .transitions import MOVES
from .views import views

MOVE_WORDS: dict[str, str | Promise] = {
    "nobody": _("无需处理"),
    "system": _("系统自动处理"),
    "department": _("等部门审核"),
    "worker": _("请网格员修改"),
    "supervisor": _("请督导决定"),
    "clerk": _("请人工代填"),
    "operator": _("请管理员处理"),
}

_SAID: dict[str, str | Promise] = {
    "incomplete": _("还缺必填内容"),
    "inexpressible": _("对方系统无法接收这个值，请人工代填"),
    "unmapped": _("本网格在对方系统的编码尚未配置"),
    "dependency": _("等待前置系统返回编号"),
    "window": _("对方系统现在不开放"),
    "limit": _("对方系统今天的接收额度已用完，明天继续"),
    "paused": _("已由管理员暂停"),
    "restricted": _("本人的信息正在限制处理，暂不推送；解除后自动继续"),
    "rejections": _("对方退回过多，已自动暂停，等管理员处理"),
    "by_operator": _("已由管理员撤销"),
    "unavailable": _("对方系统暂时连不上，会自动再试"),
    "not_yet": _("对方系统忙，会自动再试"),
    "unknown": _("不清楚对方是否收到，会自动核对"),
    "worker_gone": _("推送中断，会自动再试"),
    "differs": _("对方系统里的内容与我们的不同，正在更正"),
    "lost": _("对方系统里找不到这条档案，正在重新推送"),
    "not_there": _("对方系统没有收到，正在重新推送"),
    "restored": _("数据库从备份恢复过，这一条可能已经送到，先核对再推送"),
    "gone_there": _("数据库从备份恢复过：我们记得已经入库，对方系统里却没有，请核对以哪边为准"),
    "changed_there": _("对方系统里的内容被改动过，请核对以哪边为准"),
    "already_there": _("对方系统已有，不用重复录入"),
    "said": _("由人工确认"),
    "by_hand": _("等人工代填"),
    "in_a_sheet": _("已写入导入模板，等人工上传并带回结果"),
    "not_wanted": _("不再需要"),
    "withheld": _("共享规则不允许提供这些内容"),
    "poison": _("这条档案多次使推送中断，已单独停下"),
    "connector": _("连接程序出错"),
    "unreadable": _("档案无法打开"),
    "misconfigured": _("对方系统拒绝了我们的账号或配置"),
}


def words_of(code: str) -> str:
    """What a reason of ours says to people; "" for a department's own code."""
    return str(_SAID.get(code, ""))


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt, newest first on the page. `by`: the person who said so, "" where nobody had to."""

    started_at: datetime
    outcome: str
    action: str
    code: str
    reason: str
    version: int
    by: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the page. `next_try` None: no try is planned. `status` "" with connected False: not connected yet."""

    target_key: str
    target_name: str
    connected: bool
    status: str = ""
    status_label: str = ""
    move: str = "nobody"
    move_label: str = ""
    next_try: datetime | None = None
    reason: str = ""
    reason_code: str = ""
    reason_fields: tuple[str, ...] = ()
    reference: str = ""
    waits_for: str = ""
    held_version: int | None = None
    changed_at: datetime | None = None
    tries: list[Try] = field(default_factory=list)


def of(record: Record) -> list[Standing]:
    """One standing per target concerned, in the catalogue's order; those not connected yet at their place."""
    now = clock.now()
    rows = {row.target_id: row for row in Delivery.objects.filter(record=record)}
    lanes = {lane.target_id: lane for lane in Lane.objects.filter(target__in=list(rows))}
    tries: dict[int, list[Try]] = {}
    made = Attempt.objects.filter(delivery__in=[row.pk for row in rows.values()]).select_related("by")
    for attempt in made.order_by("-id")[:200]:
        tries.setdefault(attempt.delivery_id, []).append(_try(attempt))
    view = views([record], on=clock.day(now))[record.id]
    standings = []
    for one in targets.targets():
        row = rows.get(one.target.pk)
        if row is not None:
            standings.append(_standing(row, one, lanes.get(one.target.pk), tries.get(row.pk, []), now))
        elif not one.live and _concerned(one, record, view):
            standings.append(
                Standing(one.target.key, one.target.name, connected=False, status_label=gettext("尚未接入"))
            )
    return standings


def _concerned(one: Configured, record: Record, view: dict[str, object]) -> bool:
    layout = one.profile.layouts.get(Kind(record.kind))
    return layout is not None and record.closed_at is None and layout.applies.holds(view)


def _try(attempt: Attempt) -> Try:
    return Try(
        attempt.started_at,
        attempt.outcome,
        attempt.action,
        attempt.code,
        attempt.reason or str(_SAID.get(attempt.code, "")),
        attempt.version,
        attempt.by.display_name if attempt.by else "",
    )


def _standing(row: Delivery, one: Configured, lane: Lane | None, tries: list[Try], now: datetime) -> Standing:
    move = "department" if row.hold == Hold.DEPENDENCY else MOVES[row.status]
    if row.status == Status.UNCERTAIN and one.connector is not None and one.connector.capabilities.can_read_back:
        move = "system"  # the target is asked; nobody has to look
    in_a_sheet = row.status == Status.SUBMITTED and row.ticket.startswith("sheet-")
    if in_a_sheet:
        move = "clerk"
    stopped = lane.stopped_why if lane and row.status == Status.WAITING else ""
    if stopped:
        move = "operator"
    label = Hold(row.hold).label if row.hold else gettext("已交人工") if in_a_sheet else Status(row.status).label
    code = "misconfigured" if stopped else "in_a_sheet" if in_a_sheet else row.reason_code
    said = row.reason if row.reason and not stopped else str(_SAID.get(code, ""))
    return Standing(
        target_key=one.target.key,
        target_name=one.target.name,
        connected=True,
        status=row.status,
        status_label=str(label),
        move=move,
        move_label=str(MOVE_WORDS[move]),
        next_try=_next_try(row, one, lane, now),
        reason=said,
        reason_code=row.reason_code,
        reason_fields=tuple(row.fields),
        reference=row.reference,
        waits_for=_name_of(row.waits_for),
        held_version=row.held_version,
        changed_at=row.changed_at,
        tries=tries,
    )


def _next_try(row: Delivery, one: Configured, lane: Lane | None, now: datetime) -> datetime | None:
    if row.hold == Hold.WINDOW:
        return gates.opens_at(one, now)
    if row.hold == Hold.LIMIT:
        return gates.tomorrow(one, now)
    if row.status != Status.WAITING or row.due_at is None:
        return row.track_at
    return max(filter(None, (row.due_at, lane.closed_until if lane else None)))


def _name_of(key: str) -> str:
    return next((one.target.name for one in targets.targets() if one.target.key == key), key) if key else ""
