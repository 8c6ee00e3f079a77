"""归档包: receipts and tries of an area and some days as a package that proves by itself that nobody changed it.

Ids, codes and moments, no value of a person; but what a department answered may name one, with numbers masked. A large
one needs a second person, like an export.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gridapp import sealing
from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.catalogue import targets
from gridapp.dictionary import mask_text
from gridapp.org import scope
from gridapp.org.models import User

from . import disclosure
from .archive_files import as_json, packed, table
from .models import Archive, Attempt

logger = logging.getLogger(__name__)

MOST = 50_000
"""Tries of one package: what is more is narrowed down to fewer days or one system."""
LONGEST_DAYS = 366
_AREA = re.compile(r"[0-9]{2,15}", re.ASCII)
KEPT = timedelta(days=1)
State = Archive.State
Summary = Callable[[Mapping[str, Any]], bytes | None]
"""Makes the PDF of a package's metadata, None where none can be made."""

_HEADINGS = (
    "档案编号 record", "系统 system", "部门 office", "法律依据 basis", "版本 version", "动作 action", "结果 outcome",
    "代码 code", "原因 reason", "开始 started", "结束 finished", "经手人 account", "字段 fields", "内容 content",
)  # fmt: skip
_RECEIPTS = ("档案编号 record", "系统 system", "部门 office", "状态 status", "版本 version", "回执 receipt")


class Refused(Exception):
    """`why`: "area", "target", "days", "purpose" or "too_many"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants archived."""

    area_code: str
    target: str
    first: date
    last: date
    purpose: str


def ask(wish: Wish, *, by: User, summary: Summary) -> Archive:
    """Files the wish, and makes the package where nobody has to agree. Raises Refused."""
    _check(wish, by)
    rows = _tries(wish.area_code, wish.target, wish.first, wish.last)[: MOST + 1].count()
    if rows > MOST:
        raise Refused("too_many")
    made = Archive(by=by, area_code=wish.area_code, target=wish.target, first=wish.first, last=wish.last, rows=rows)
    made.state = State.WAITING
    made.sealed = sealing.seal_json({"purpose": wish.purpose}, bound_to=made.bound_to)
    with transaction.atomic():
        made.save(force_insert=True)
        note(Act.ARCHIVE_ASKED, by=by.pk, about=f"archive:{made.pk}", area=wish.area_code, rows=rows)
        if rows <= settings.EXPORT_ALONE_ROWS:
            _make(made, summary)
    return made


def _check(wish: Wish, by: User) -> None:
    if not _AREA.fullmatch(wish.area_code) or not scope.allows(by, wish.area_code):
        raise Refused("area")
    if wish.target and wish.target not in {one.target.key for one in targets.targets()}:
        raise Refused("target")
    if not wish.first <= wish.last <= wish.first + timedelta(days=LONGEST_DAYS):
        raise Refused("days")
    if not 4 <= len(wish.purpose) <= 200:
        raise Refused("purpose")


def seen_by(by: User) -> QuerySet[Archive]:
    """Somebody's own and those of areas they oversee, newest first."""
    mine = Q(by=by) | scope.condition(by, "area_code")
    return Archive.objects.filter(mine).defer("sealed_package").select_related("by", "decided_by").order_by("-asked_at")


def may_agree(row: Archive, by: User) -> bool:
    """A second person who decides about the whole area."""
    return row.by_id != by.pk and scope.may_decide(by) and scope.allows(by, row.area_code)


@transaction.atomic
def decide(row: Archive, *, agree: bool, by: User, summary: Summary) -> bool:
    """Agrees, and the package is made; or refuses. False where it is not theirs to decide, or no longer open."""
    locked = Archive.objects.select_for_update(of=("self",)).filter(pk=row.pk, state=State.WAITING).first()
    if locked is None or not may_agree(locked, by):
        return False
    locked.decided_by, locked.decided_at = by, timezone.now()
    locked.state = State.REFUSED
    locked.save(update_fields=["decided_by", "decided_at", "state"])
    note(Act.ARCHIVE_AGREED, by=by.pk, about=f"archive:{row.pk}", result="done" if agree else "refused")
    if agree:
        _make(locked, summary)
    return True


@transaction.atomic
def fetch(archive_id: UUID, *, by: User) -> bytes | None:
    """The package, for who asked for it and once; None where there is none to be had."""
    ready = Archive.objects.filter(pk=archive_id, by=by, state=State.READY, ready_at__gt=timezone.now() - KEPT)
    row = ready.select_for_update(of=("self",)).first()
    if row is None:
        return None
    content = sealing.unseal(row.sealed_package, bound_to=row.bound_to)
    Archive.objects.filter(pk=row.pk).update(state=State.FETCHED, fetched_at=timezone.now(), sealed_package=b"")
    note(Act.ARCHIVE_FETCHED, by=by.pk, about=f"archive:{row.pk}", rows=row.rows)
    return content


def expire() -> int:
    """Throws away packages that nobody fetched in time; how many."""
    late = Archive.objects.filter(state=State.READY, ready_at__lte=timezone.now() - KEPT)
    return late.update(state=State.EXPIRED, sealed_package=b"")


def _make(row: Archive, summary: Summary) -> None:
    """Runs inside the caller's transaction."""
    tries = list(_tries(row.area_code, row.target, row.first, row.last)[:MOST])
    about = _about(row, len(tries))
    lines, receipts = _lines(tries), _receipts(tries)
    files = {
        "attempts.csv": table(_HEADINGS, [list(line.values()) for line in lines]),
        "attempts.json": as_json(lines),
        "receipts.csv": table(_RECEIPTS, [list(line.values()) for line in receipts]),
        "receipts.json": as_json(receipts),
        "metadata.json": as_json(about),
    }
    if (printed := summary(about)) is not None:
        files["summary.pdf"] = printed
    row.rows, row.state, row.ready_at = len(tries), State.READY, timezone.now()
    row.sealed_package = sealing.seal(packed(files, about), bound_to=row.bound_to)
    row.save(update_fields=["rows", "state", "ready_at", "sealed_package"])


def _tries(area_code: str, target: str, first: date, last: date) -> QuerySet[Attempt]:
    begins, ends = _midnight(first), _midnight(last + timedelta(days=1))
    rows = Attempt.objects.filter(started_at__gte=begins, started_at__lt=ends)
    rows = rows.filter(delivery__record__grid_code__startswith=area_code)
    if target:
        rows = rows.filter(delivery__target__key=target)
    return rows.select_related("delivery__target", "by").order_by("started_at", "id")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _about(row: Archive, rows: int) -> dict[str, Any]:
    """The metadata after DA/T 46: what it is, whose, when, how long it is kept, how it was made."""
    return {
        "聚合层次": "案卷",
        "来源": {"立档单位区划": row.area_code[:6], "内容描述": "分发回执和推送经过", "区域": row.area_code},
        "电子文件号": str(row.pk),
        "题名": f"{row.area_code} {row.first} 至 {row.last} 分发回执归档包",
        "责任者": row.by.username,
        "批准人": row.decided_by.username if row.decided_by else "",
        "日期": timezone.localtime().isoformat(timespec="seconds"),
        "起始日期": str(row.first),
        "结束日期": str(row.last),
        "目标系统": row.target or "全部",
        "保管期限": "3 年以上（网络数据安全管理条例第十二条），以本单位归档范围为准",
        "密级": "内部",
        "文件数量": rows,
        "格式信息": ["CSV UTF-8", "JSON", "PDF"],
        "文档创建程序": "gridapp",
        "摘要算法": ["SHA-256", "SM3"],
        "用途": row.said()["purpose"],
    }


def _lines(tries: Sequence[Attempt]) -> list[dict[str, Any]]:
    sets = disclosure.names_of(one.told for one in tries)
    known = {one.target.pk: one.profile for one in targets.targets()}
    lines = []
    for one in tries:
        target = one.delivery.target
        profile = known.get(target.pk)
        names = sets.get(one.told or -1, ()) if disclosure.left(one) else ()
        lines.append(
            {
                "record": str(one.delivery.record_id), "system": target.key, "office": profile.owner if profile else "",
                "basis": profile.basis if profile else "", "version": one.version, "action": one.action,
                "outcome": one.outcome, "code": one.code, "reason": mask_text(one.reason),
                "started": one.started_at.isoformat(), "finished": one.finished_at.isoformat(),
                "account": one.by.username if one.by else "",
                "fields": " ".join(names), "content": "、".join(disclosure.labels(names, "zh")),
            }
        )  # fmt: skip
    return lines


def _receipts(tries: Sequence[Attempt]) -> list[dict[str, Any]]:
    """What each system holds now of the records that were tried in these days, with the number that it gave."""
    rows = {one.delivery_id: one.delivery for one in tries}
    known = {one.target.pk: one.profile for one in targets.targets()}
    return [
        {
            "record": str(row.record_id), "system": row.target.key,
            "office": known[row.target_id].owner if row.target_id in known else "", "status": str(row.status),
            "version": row.held_version, "receipt": row.reference,
        }
        for row in rows.values()
    ]  # fmt: skip
