"""The incident as files: a draft of the report with its deadlines, the counts, whose data, the timeline."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone, translation

from gridapp.catalogue.wording import name_of

from .archive_files import as_json, packed, table
from .incidents import CAUSES, Incident

_SHORTEST = 12
"""Characters of a pass phrase."""


class TooShort(Exception):
    """The pass phrase is no protection."""


def made(found: Incident, *, phrase: str = "") -> bytes:
    """The ZIP; with a phrase encrypted with it (age, https://age-encryption.org). Raises TooShort."""
    if phrase and len(phrase) < _SHORTEST:
        raise TooShort
    people = [
        [
            str(one.record_id), found.grids.get(one.record_id, ""), one.first_at.isoformat(), one.last_at.isoformat(),
            " ".join(sorted(one.ways)), "、".join(name_of(name) for name in sorted(one.fields)),
        ]
        for one in found.touched.values()
    ]  # fmt: skip
    lines = [[one.at.isoformat(), one.act, one.about, one.result, one.address] for one in found.timeline]
    files = {
        "report.txt": draft(found).encode(),
        "counts.json": as_json(counts(found)),
        "records.csv": table(("档案编号", "网格", "最早", "最近", "方式", "完整内容"), people),
        "timeline.csv": table(("时间", "动作", "关于", "结果", "地址"), lines),
    }
    package = packed(files, {"题名": "事件报告包", "起因": found.cause, "对象": found.which})
    if not phrase:
        return package
    import pyrage  # wanted by few

    encrypted: bytes = pyrage.passphrase.encrypt(package, phrase)
    return encrypted


def counts(found: Incident) -> dict[str, object]:
    """The numbers for a machine."""
    return {
        "cause": found.cause, "which": found.which, "who": found.who, "since": found.since.isoformat(),
        "until": found.until.isoformat(), "found_at": found.found_at.isoformat(), "people": found.people,
        "children": found.children, "homes": found.homes, "masked_only": found.masked, "deleted": found.deleted,
        "fields": dict(found.fields), "by_area": dict(found.by_area), "searches": found.searches,
        "tablet_users": _spans(found), "tablet_users_known": found.users.is_known if found.users else None,
        "deadlines": [[at.isoformat(), words] for at, words in found.deadlines],
    }  # fmt: skip


def draft(found: Incident) -> str:
    """The report as far as it can be written from here, in Chinese: it goes to Chinese authorities."""
    with translation.override("zh-hans"):
        lines = [
            "网络安全事件（个人信息泄露）报告（草稿）",
            f"一、事件类型：{CAUSES[found.cause]}；对象：{found.which}（{found.who}）",
            *_users(found),
            f"二、发现时间：{_said(found.found_at)}；涉及时段：{_said(found.since)} 至 {_said(found.until)}",
            f"三、影响：涉及 {found.people} 人（其中 14 岁以下 {found.children} 人）、{found.homes} 套房屋；",
            f"  其中 {found.masked} 人只被看到遮住一部分的内容；{found.deleted} 份档案已删除。",
            "四、涉及的信息种类（完整内容，人数）：" + _listed(found),
            "五、涉及的区域（人数）：" + ("、".join(f"{code} {n}" for code, n in found.by_area.items()) or "无"),
            f"六、未逐条记录的查询：{found.searches} 次，可能还看到了名单里遮住一部分的内容。",
            "七、已采取的措施：（请填写：停用账号、注销会话、报失平板、撤销令牌、暂停通道等）",
            "八、报告时限（从发现起算）：",
            *[f"  {_said(at)} 前：{words}" for at, words in found.deadlines],
            "  立即：采取补救措施，通知履行个人信息保护职责的部门和个人（《个人信息保护法》第五十七条）；",
            "  采取措施能够有效避免危害的，可以不通知个人。",
            "九、联系人：（请填写）",
        ]
    return "\n".join(lines) + "\n"


def _spans(found: Incident) -> list[list[str]]:
    used = found.users.used if found.users else ()
    return [[one.user.username, one.since.isoformat(), one.until.isoformat()] for one in used]


def _users(found: Incident) -> list[str]:
    """Of a tablet: who used it when, and how surely that is known."""
    if found.users is None:
        return []
    if not found.users.is_known:
        return ["  这段时间没有留下登录记录，按平板最近的使用人统计，可能还有别人用过，也可能不是这个人。"]
    lines = [
        f"  {_said(one.since)} 至 {_said(one.until)} 在平板上登录：{one.user.username}" for one in found.users.used
    ]
    if found.users.forgotten:
        lines.append(f"  登录记录只保存 {settings.SESSIONS_KEPT_DAYS} 天，更早谁用过这台平板查不到，没有计入。")
    return lines


def _said(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def _listed(found: Incident) -> str:
    return "、".join(f"{name_of(name)} {number}" for name, number in found.fields.items()) or "无"
