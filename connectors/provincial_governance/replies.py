"""The workbook that the province returns: its counts, the rows it did not take, and whose move each of them is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from gridapp.contract import AlreadyThere, Conflict, Delivered, Outcome, Rejected, Unknown, UnreadableError

from .mapping import PROFILE
from .templates import FIRST, TEMPLATES, Sent

REASON = "错误原因"
_ROW = re.compile(r"第(\d{1,5})行[:：]?\s*(.+)", re.DOTALL)
_NOT_FITTING = "导入结果与导出的文件对不上，不能认定哪些已入库"
_CHANGED = "省综治系统称已有该记录，是否为变更后的内容不得而知"

CLAIMS: Mapping[str, type[Outcome]] = {
    "身份证号码输入不正确": Rejected,
    "姓名只能输入2-20个字符": Rejected,
    "所属网格必须为片组片格": Rejected,
    "找不到指定网格": Conflict,
    "该人员信息已存在": AlreadyThere,
}
"""Their documented reasons for a row and what each is here; those for a whole file are in _REMEDIES."""

_REMEDIES: Mapping[str, str] = {
    "模板版本不正确": "请在本目标的设置中改为省综治系统现行的模板版本，再重新导出",
    "超过500行": "请重新导出，每份文件不超过500行",
    "不在服务时间": "请在工作日9:00–17:30重新上传同一份文件",
}

# Their headings without the star -> ours: a reason begins with the heading it is about.
_FIELDS = {row.name.rstrip("*"): row.source for layout in PROFILE.layouts.values() for row in layout.content_rows}


def judge(sent: Sent, came_back: Sequence[Sequence[str]]) -> list[Outcome]:
    """One outcome per row of the sheet. Whoever is not in the workbook was taken, but only if every count, row number
    and key fits; else nobody knows anything. Raises UnreadableError for a workbook that is no answer to this sheet."""
    first = _answering(sent, came_back)
    failed = [row for row in came_back[FIRST - 1 :] if any(row)]
    if _counts(first) != (len(sent.keys), len(sent.keys) - len(failed), len(failed)):
        return [Unknown(_NOT_FITTING)] * len(sent.keys)
    outcomes: list[Outcome] = [Delivered()] * len(sent.keys)
    blamed: set[int] = set()
    for row in failed:
        place, reason = _place(row[len(sent.template.columns)])
        if place in blamed or not 0 <= place < len(sent.keys) or sent.keys[place] != _key(sent, row):
            return [Unknown(_NOT_FITTING)] * len(sent.keys)
        blamed.add(place)
        outcomes[place] = _refused(f"第{place + FIRST}行", reason, sent.mode)
    return outcomes


def _answering(sent: Sent, rows: Sequence[Sequence[str]]) -> Sequence[str]:
    """The first row of an answer to this very sheet."""
    first = rows[0] if rows else []
    title = first[0] if first else ""
    if title in TEMPLATES:
        raise UnreadableError("这是上传用的导入模板，请选择省综治系统返回的导入结果")
    if title not in {one.answer for one in TEMPLATES.values()}:
        raise UnreadableError("不是省综治系统的导入结果，请选择上传后下载的文件")
    if title != sent.template.answer or _said(first, "文件编号") != sent.number:
        raise UnreadableError("这是另一份文件的导入结果（文件编号不同），请选择与本次导出对应的结果")
    if why := _said(first, "导入失败"):
        remedy = next((ours for theirs, ours in _REMEDIES.items() if theirs in why), "请按此原因处理后重新上传")
        raise UnreadableError(f"省综治系统没有接收这份文件：{why}。{remedy}")
    if len(rows) < FIRST - 1 or [name for name in rows[1] if name] != [*sent.template.columns, REASON]:
        raise UnreadableError("导入结果的表头与模板不同，可能模板已换版，请联系管理员")
    return first


def _said(first: Sequence[str], name: str) -> str:
    """What stands in the cell behind a name."""
    return next((after for before, after in pairwise(first) if before == name), "")


def _counts(first: Sequence[str]) -> tuple[int, int, int]:
    """Total, taken, failed, -1 for what is no number."""
    total, taken, failed = (_said(first, name) for name in ("总行数", "成功", "失败"))
    return _number(total), _number(taken), _number(failed)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


def _place(said: str) -> tuple[int, str]:
    """Which row of ours it is, counted from 0, and the reason; -1 where it does not say."""
    found = _ROW.fullmatch(said.strip())
    return (int(found[1]) - FIRST, found[2].strip()) if found else (-1, "")


def _key(sent: Sent, row: Sequence[str]) -> str:
    return row[sent.template.columns.index(sent.template.key)].strip()


def _refused(code: str, reason: str, mode: str) -> Outcome:
    if reason.endswith("信息已存在"):
        return AlreadyThere() if mode == "新增" else Unknown(_CHANGED)
    if reason == "找不到指定网格":
        return Conflict(code, f"{reason}（请管理员核对省综治网格全路径）")
    about = max((name for name in _FIELDS if reason.startswith(name)), key=len, default="")
    return Rejected(code, reason, (_FIELDS[about],) if about else ())
