"""How the deliveries of a record are shown: a symbol and a tone beside the words, links to what must be fixed, and when
to look again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp import dictionary
from gridapp.contract import Kind
from gridapp.delivery import standing
from gridapp.delivery.models import Status
from gridapp.delivery.standing import Standing, Try
from gridapp.desk import groups, questions
from gridapp.registry.models import Record

LOOKS: dict[str, tuple[str, str]] = {
    "": ("", "○"),
    Status.WAITING: ("calm", "…"),
    Status.HELD: ("calm", "…"),
    Status.SENDING: ("calm", "→"),
    Status.SUBMITTED: ("calm", "…"),
    Status.DELIVERED: ("good", "✓"),
    Status.RETURNED: ("bad", "!"),
    Status.CONFLICT: ("warn", "!"),
    Status.MANUAL: ("warn", "!"),
    Status.UNCERTAIN: ("calm", "?"),
    Status.FAILED: ("warn", "×"),
    Status.WITHHELD: ("", "–"),
    Status.CANCELLED: ("", "–"),
}
"""Status -> tone and symbol. Only what is the worker's own move looks like trouble."""

OUTCOMES: dict[str, str | Promise] = {
    "delivered": _("对方已收下"),
    "alreadythere": _("对方早已有"),
    "submitted": _("对方已受理，等审核"),
    "rejected": _("对方退回"),
    "conflict": _("与对方已有内容冲突"),
    "notapplicable": _("对方不需要"),
    "needsfirst": _("对方要先有别的编号"),
    "notyet": _("对方让稍后再送"),
    "manual": _("对方系统收不了，转人工"),
    "unknown": _("不清楚对方是否收到"),
    "unavailable": _("没有连上对方"),
    "misconfigured": _("对方不认我们的账号或配置"),
    "broken": _("我们的程序出错"),
    "exported": _("写入导入模板"),
    "withdrawn": _("从导入模板收回"),
    "notthere": _("对方没有，重新推送"),
    "lost": _("对方的记录不见了，重新推送"),
    "differs": _("对方的内容与我们的不同"),
    "retried": _("管理员要求重新推送"),
    "hurried": _("管理员要求马上推送"),
    "cancelled": _("管理员已撤销"),
}
ACTS: dict[str, str | Promise] = {
    "create": _("新增"),
    "change": _("变更"),
    "verify": _("核实"),
    "close": _("注销"),
    "track": _("查询进度"),
    "read": _("核对"),
    "compare": _("夜间核对"),
}

_NOTHING: Mapping[str, str] = MappingProxyType({})
NOBODYS = {Status.WITHHELD, Status.CANCELLED}
MOVING = {Status.WAITING, Status.SENDING, Status.SUBMITTED, Status.UNCERTAIN}
PAUSES = (1, 1, 1, 2, 2, 2, 5, 5, 5)
LONGEST_PAUSE = 15
LAST_STEP = 240
"""Seconds between looks while something moves, from the last change on; after about an hour the page stops asking."""


@dataclass(frozen=True)
class Fix:
    """A field to put right: where it is on the form, and its name."""

    id: str
    label: str


@dataclass(frozen=True)
class Want:
    """A file that the department asks for. `id`: of its form; `error`: what was wrong with the one that was sent."""

    id: str
    name: str
    label: str
    hint: str
    error: str


@dataclass(frozen=True)
class Told:
    """One try in words. `by`: the person who said so, "" where nobody had to."""

    at: datetime
    act: str
    outcome: str
    reason: str
    version: int
    by: str = ""


@dataclass(frozen=True)
class Line:
    standing: Standing
    tone: str
    symbol: str
    fixes: list[Fix]
    wants: list[Want]
    tries: list[Told]

    @property
    def is_returned(self) -> bool:
        return self.standing.status == Status.RETURNED


@dataclass(frozen=True)
class Board:
    """All deliveries of one record. `pause` None: nothing moves, so the page need not look again."""

    lines: list[Line]
    done: int
    wanted: int
    mine: int
    not_connected: int
    seen: str
    step: int
    pause: int | None

    @property
    def is_complete(self) -> bool:
        return self.done == self.wanted


def board(record: Record, *, step: int = 0, seen: str = "", wrong: Mapping[str, str] = _NOTHING) -> Board:
    """Where everything stands now. `step` and `seen` come from the look before: without a change the pauses grow.

    `wrong`: attachment -> what is wrong with the file that was just sent for it.
    """
    standings = standing.of(record)
    now_seen = _digest(standings)
    step = step + 1 if seen == now_seen else 0
    moving = any(one.status in MOVING or (one.status == Status.HELD and one.waits_for) for one in standings)
    wanted = [one for one in standings if one.connected and one.status not in NOBODYS]
    return Board(
        lines=[_line(one, Kind(record.kind), wrong) for one in standings],
        done=sum(one.status == Status.DELIVERED for one in wanted),
        wanted=len(wanted),
        mine=sum(one.status == Status.RETURNED for one in wanted),
        not_connected=sum(not one.connected for one in standings),
        seen=now_seen,
        step=step,
        pause=_pause(step) if moving and step < LAST_STEP else None,
    )


def told(record: Record) -> dict[str, str]:
    """Canonical name -> who sent back what it has, and why: what a correction form says beside the field."""
    sent_back = [one for one in standing.of(record) if one.status == Status.RETURNED and one.reason]
    return {name: f"{one.target_name}{_('：')}{one.reason}" for one in sent_back for name in one.reason_fields}


def _pause(step: int) -> int:
    return PAUSES[step] if step < len(PAUSES) else LONGEST_PAUSE


def _digest(standings: list[Standing]) -> str:
    said = [
        (one.target_key, one.status, one.status_label, one.reason, one.reference, len(one.tries)) for one in standings
    ]
    return hashlib.blake2b(repr(said).encode(), digest_size=6).hexdigest()


def _line(one: Standing, kind: Kind, wrong: Mapping[str, str]) -> Line:
    tone, symbol = LOOKS.get(one.status, ("", "○"))
    asked = groups.names(kind)
    fixes = [
        Fix(questions.id_of(name), dictionary.field(name).label(questions.language()))
        for name in one.reason_fields
        # a right name that a system cannot take is for a clerk: nobody should change it
        if name in asked and one.status == Status.RETURNED
    ]
    return Line(one, tone, symbol, fixes, _wants(one, wrong), [_told(attempt) for attempt in one.tries])


def _wants(one: Standing, wrong: Mapping[str, str]) -> list[Want]:
    lang = questions.language()
    kinds = [dictionary.ATTACHMENTS[name] for name in one.reason_fields if name in dictionary.ATTACHMENTS]
    return [
        Want(f"s-{one.target_key}-{place}", kind.name, kind.label(lang), kind.hint(lang), wrong.get(kind.name, ""))
        for place, kind in enumerate(kinds)
        if one.status == Status.RETURNED
    ]


def _told(attempt: Try) -> Told:
    # a department's code helps on the telephone; our own are words for programmers
    theirs = any(character.isdigit() for character in attempt.code)
    reason = f"{attempt.reason} ({attempt.code})" if attempt.reason and theirs else attempt.reason
    if attempt.outcome == "unavailable":
        reason = ""  # says it again
    act, outcome = ACTS.get(attempt.action, attempt.action), OUTCOMES.get(attempt.outcome, attempt.outcome)
    return Told(attempt.started_at, str(act), str(outcome), reason, attempt.version, attempt.by)
