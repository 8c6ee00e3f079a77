"""合规审计材料: what a compliance audit asks for first, in one package (个人信息保护合规审计管理办法; PIPL 54).

Bases, assessments, periods, rights, requests and how long they took, incidents, the state of the audit: numbers, names
of fields and of accounts; nothing of a resident.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count
from django.utils import timezone, translation

from gridapp.audit.acts import Act
from gridapp.audit.models import Anchor, Note, Stamp, Verification
from gridapp.catalogue import assessments, description, sharing
from gridapp.catalogue.models import Assessment, EnablingRequest, Target
from gridapp.catalogue.targets import targets
from gridapp.delivery import gates, retention_rules
from gridapp.delivery.archive_files import as_json, packed, table
from gridapp.dictionary import mask_text
from gridapp.org import scope
from gridapp.org.models import Role, User
from gridapp.registry.models import Export, Record, RightsRequest, Tombstone

MOST = 10_000
"""Lines of a list of the package; the newest."""
_MAY: Mapping[str, Callable[[User | AnonymousUser], bool]] = {
    "查看档案": scope.may_read_records,
    "录入": scope.may_enter,
    "决定（代填、冲突、权利请求、导出）": scope.may_decide,
    "维持运转（重新推送、区划）": scope.may_operate,
    "查看目标系统": scope.may_see_targets,
    "配置目标系统": scope.may_administer,
    "管理账号": scope.may_keep_accounts,
    "安全管理": scope.may_secure,
    "查看审计": scope.may_audit,
    "核实查看异常": scope.may_watch_sight,
    "查看保存期限": scope.may_see_periods,
}
_TABLES = ("law.md", "asvs.md", "privacy.md", "audit.md", "security.md")
Table = tuple[Sequence[str], list[Sequence[object]]]


@dataclass(frozen=True, slots=True)
class Days:
    """The days that are audited, both included."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.first, time.min))

    @property
    def ends(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.last + timedelta(days=1), time.min))


def made(days: Days, *, by: User) -> bytes:
    """The ZIP, its manifest sealed like that of other packages; in Chinese, as it goes to Chinese auditors."""
    with translation.override("zh-hans"):
        tables = {
            "systems.csv": _systems(),
            "fields.csv": _fields(),
            "assessments.csv": _assessments(),
            "retention.csv": _retention(),
            "roles.csv": _roles(),
            "accounts.csv": _accounts(),
            "rights.csv": _rights(days),
            "deletions.csv": _deletions(days),
            "exports.csv": _exports(days),
            "incidents.csv": _incidents(days),
            "anchors.csv": _anchors(days),
        }
        files = {name: table(headings, rows) for name, (headings, rows) in tables.items()}
        state = _state(days)
        about = {"题名": "个人信息保护合规审计材料", "起始日期": str(days.first), "结束日期": str(days.last)}
        about |= {"制作人": by.username, "日期": timezone.localtime().isoformat(timespec="seconds")}
        files |= {"state.json": as_json(state), "README.txt": _readme(days, state, tables).encode()}
    return packed(files | _documents(), about)


def _systems() -> Table:
    asked = EnablingRequest.objects.filter(outcome=EnablingRequest.Outcome.CONSENTED).order_by("pk")
    last = {row.target_id: row for row in asked.select_related("asked_by", "decided_by", "officer")}
    assessed, today = assessments.newest(), timezone.localdate()
    rows: list[Sequence[object]] = []
    for one in targets():
        told, request = description.describe(one, gates.window(one)), last.get(one.target.pk)
        agreed = (
            (request.asked_by.username, request.decided_by.username) if request and request.decided_by else ("", "")
        )
        basis, purpose = (request.basis, request.purpose) if request else (told.basis, told.purpose)
        held = assessments.holds(assessed.get(one.target.pk), today)
        rows.append(
            (one.target.key, one.target.zh, told.owner, _yes(one.target.enabled), mask_text(basis), mask_text(purpose),
             *agreed, request.decided_at if request else "", _yes(held))
        )  # fmt: skip
    headings = ("代号", "系统", "部门", "启用", "法律依据", "用途", "申请人", "同意人", "同意时间", "有有效的影响评估")
    return headings, rows


def _fields() -> Table:
    rows: list[Sequence[object]] = [
        (one.target.key, str(entry.kind), entry.name, entry.label, entry.theirs, entry.sharing_label, entry.sensitivity)
        for one in targets()
        for entry in sharing.page(one.profile, "zh")
    ]
    return ("代号", "对象", "字段", "名称", "对方的字段", "共享类别", "敏感级别"), rows


def _assessments() -> Table:
    found = Assessment.objects.select_related("target", "recorded_by").order_by("target__key", "-pk")
    rows: list[Sequence[object]] = [
        (one.target.key, mask_text(one.title), one.made_on, mask_text(one.made_by), one.get_conclusion_display(),
         mask_text(one.said), one.valid_until, one.recorded_by.username, one.recorded_at)
        for one in found[:MOST]
    ]  # fmt: skip
    return ("代号", "报告", "评估日期", "评估人", "结论", "措施", "有效至", "登记人", "登记时间"), rows


def _retention() -> Table:
    rows: list[Sequence[object]] = [
        (one.what, " ".join(one.models), one.period or "不定期", one.since, one.least or "", one.source)
        for one in retention_rules.RULES
    ]
    return ("内容", "数据表", "保存多久", "从何时起；为什么", "法定最短", "法律依据"), rows


def _roles() -> Table:
    counted = dict(User.objects.filter(is_active=True).values_list("role").annotate(Count("pk")).order_by())
    rows: list[Sequence[object]] = [
        (role.label, counted.get(role, 0), *(_yes(may(User(role=role))) for may in _MAY.values())) for role in Role
    ]
    return ("角色", "启用的账号", *_MAY), rows


def _accounts() -> Table:
    found = User.objects.prefetch_related("areas").order_by("username")
    rows: list[Sequence[object]] = [
        (one.username, Role(one.role).label if one.role in Role.values else one.role, _yes(one.is_active),
         " ".join(sorted(area.code for area in one.areas.all())), one.last_login or "")
        for one in found[:MOST]
    ]  # fmt: skip
    return ("账号", "角色", "启用", "区域", "最近登录"), rows


def _rights(days: Days) -> Table:
    """By kind: how many, what became of them, how many in time, how long they took."""
    found = RightsRequest.objects.filter(lodged_at__gte=days.begins, lodged_at__lt=days.ends)
    by_kind: dict[str, list[RightsRequest]] = {str(kind): [] for kind in RightsRequest.Kind}
    for one in found.defer("sealed").order_by("pk"):
        by_kind[one.kind].append(one)
    rows: list[Sequence[object]] = []
    for kind, some in by_kind.items():
        took = [(one.ended_at - one.lodged_at) / timedelta(days=1) for one in some if one.ended_at is not None]
        rows.append(
            (RightsRequest.Kind(kind).label, len(some), sum(one.is_open for one in some),
             sum(one.status == RightsRequest.Status.REFUSED for one in some),
             sum(one.ended_at is not None and timezone.localdate(one.ended_at) > one.due_on for one in some)
             + sum(one.is_open and one.due_on < timezone.localdate() for one in some),
             f"{median(took):.1f}" if took else "", f"{max(took):.1f}" if took else "")
        )  # fmt: skip
    return ("要求", "件数", "未办结", "不予办理", "超期", "办理天数（中位）", "办理天数（最长）"), rows


def _deletions(days: Days) -> Table:
    found = Tombstone.objects.filter(begun_at__gte=days.begins, begun_at__lt=days.ends)
    counted = found.values_list("why").annotate(Count("pk"), Count("purged_at")).order_by("why")
    rows: list[Sequence[object]] = [(Tombstone.Why(why).label, number, done) for why, number, done in counted]
    return ("理由", "件数", "已删除"), rows


def _exports(days: Days) -> Table:
    """Never the purpose in words: people are named there against all advice."""
    found = Export.objects.filter(asked_at__gte=days.begins, asked_at__lt=days.ends).order_by("-asked_at")
    rows: list[Sequence[object]] = [
        (one.short_id, one.by.username, one.area_code, Record.Kind(one.kind).label, one.rows, one.get_state_display(),
         one.decided_by.username if one.decided_by else "", one.asked_at, one.fetched_at or "")
        for one in found.select_related("by", "decided_by")[:MOST]
    ]  # fmt: skip
    return ("编号", "申请人", "区域", "对象", "行数", "状态", "同意人", "申请时间", "下载时间"), rows


def _incidents(days: Days) -> Table:
    names = dict(User.objects.values_list("pk", "username"))
    acts = (Act.INCIDENT_LOOKED, Act.LOOKING_UNUSUAL, Act.LOOKING_SETTLED, Act.TABLET_LOST, Act.BACKUP_RESTORED)
    rows: list[Sequence[object]] = [
        (one.at, one.act_label, one.about, names.get(one.by or 0, ""), one.result, one.what.get("people", ""))
        for one in _notes(days).filter(act__in=acts).order_by("-id")[:MOST]
    ]
    return ("时间", "动作", "关于", "账号", "结果", "涉及人数"), rows


def _anchors(days: Days) -> Table:
    stamped = dict(Stamp.objects.values_list("anchor_id", "stamped_at"))
    found = Anchor.objects.filter(at__gte=days.begins, at__lt=days.ends).order_by("-id")[:MOST]
    rows: list[Sequence[object]] = [(one.number, one.at, stamped.get(one.pk, ""), one.line) for one in found]
    return ("链上编号", "时间", "时间戳", "锚点原文"), rows


def _state(days: Days) -> dict[str, Any]:
    last = Verification.objects.order_by("-id").first()
    checked = {"at": last.at.isoformat(), "links": last.links, "found": last.found} if last else None
    wanting = [row.key for row in assessments.wanting(timezone.localdate())]
    return {
        "first": str(days.first), "last": str(days.last), "audit_notes": _notes(days).count(),
        "last_verification": checked, "systems": Target.objects.filter(enabled=True).count(),
        "systems_without_assessment": wanting, "documents": sorted(_documents()),
        "rights_days": settings.RIGHTS_DAYS,
    }  # fmt: skip


def _readme(days: Days, state: Mapping[str, Any], tables: Mapping[str, Table]) -> str:
    checked = state["last_verification"]
    without = "、".join(state["systems_without_assessment"])
    lines = [
        "个人信息保护合规审计材料",
        f"期间：{days.first} 至 {days.last}。不含居民的个人信息。",
        f"启用的系统：{state['systems']} 个；没有有效影响评估的：{without or '无'}。",
        f"审计记录：本期 {state['audit_notes']} 条；"
        + (f"最近核验 {checked['at']}，不符 {checked['found']} 处。" if checked else "还没有核验过。"),
        "本产品不登记事件本身；incidents.csv 是生成过的事件报告包、查看异常、平板报失和从备份恢复。",
        "",
        *(
            f"{name}：{len(rows)} 行" + ("（只有最近的）" if len(rows) == MOST else "")
            for name, (_, rows) in tables.items()
        ),
        "",
        "law.md、asvs.md 等是随产品的对照表，状态写在表里。" if state["documents"] else "这里没有装随产品的文档。",
        "每个文件的 SHA-256 和 SM3 在 manifest.json 里；用 manage.py check_archive 核验。",
    ]
    return "\n".join(lines) + "\n"


def _documents() -> dict[str, bytes]:
    """The tables that come with the product, where they are installed."""
    paths: Iterable[Any] = (settings.BASE_DIR / "docs" / name for name in _TABLES)
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def _notes(days: Days) -> Any:
    return Note.objects.filter(at__gte=days.begins, at__lt=days.ends)


def _yes(is_so: bool) -> str:
    return "是" if is_so else "否"
