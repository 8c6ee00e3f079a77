"""What the quality report and the verification say of our rows, and whose move each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.transport.exchange_table import Refusal
from gridapp.contract import (
    Action,
    AlreadyThere,
    Conflict,
    Delivered,
    Differs,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Submitted,
    Unknown,
)

from .mapping import PROFILE
from .rows import CONTENT, SEALED, ticket_of, unseal

TWICE, NOT_APPROVED = "DQ-03", "DQ-05"
COLLECTED, PASSED, PROBLEM = "0", "1", "2"
"""ZT of a line: fetched and not checked yet, 合格, 问题数据."""

CLAIMS: Mapping[str, type[Outcome]] = {
    "DQ-01": Rejected,
    "DQ-02": Rejected,
    TWICE: AlreadyThere,
    "DQ-04": Conflict,
    NOT_APPROVED: NotYet,
}
"""Their documented findings and what each is here."""

_FIELDS = {row.name: row.source for layout in PROFILE.layouts.values() for row in layout.content_rows}
_GONE = "前置库里已没有这一行，重新报送"


def judge(ticket: str, line: Mapping[str, Any] | None, *, waiting: bool) -> Outcome | None:
    """What became of a row; None while it is on its way. `waiting`: it still stands in the delta table.

    A row that waits there was put there again, and a line about it belongs to the time before: but the platform leaves
    rows of an entry that nobody has approved where they are.
    """
    code = str(line.get("WTDM") or "") if line else ""
    if waiting and code != NOT_APPROVED:
        return None
    if line is None:
        return NotYet(_GONE)  # safe: they key on TONG_ID
    if str(line.get("SM3HASH")) != ticket.partition(".")[2]:
        return Unknown("共享平台对这一行的记载与所报送的不同")
    match line.get("ZT"):
        case "0":
            return None
        case "1":
            return Delivered()
        case "2":
            return _problem(code, str(line.get("WTMS") or ""), str(line.get("WTZD") or ""))
    return Unknown("共享平台的质量报告不是约定的格式")


def _problem(code: str, reason: str, column: str) -> Outcome:
    fields = (_FIELDS[column],) if column in _FIELDS else ()
    match code:
        case "DQ-03":
            return AlreadyThere()  # the same number with the same hash: it is our own row, put there twice
        case "DQ-04":
            return Conflict(code, reason)
        case "DQ-05":
            return NotYet(reason, code=code)  # its next send() finds it there and asks the catalogue
    return Rejected(code, reason, fields)


def judge_refusal(refusal: Refusal) -> Rejected:
    """A row that the delta table itself does not take."""
    fields = tuple(_FIELDS[column] for column in refusal.columns if column in _FIELDS)
    return Rejected(refusal.code, refusal.reason, fields)


def compare(
    parcel: Parcel, row: Mapping[str, Any], line: Mapping[str, Any] | None, *, waiting: bool, key: bytes
) -> Outcome:
    """What the platform holds of a parcel whose delta `row` would be this one."""
    if waiting:
        return Submitted(ticket_of(row))
    if line is None:
        return NotYet(_GONE)
    there_before = line.get("WTDM") == TWICE
    if line.get("ZT") in (COLLECTED, PROBLEM) and not there_before:
        return Submitted(ticket_of(row))  # the report decides
    held = line.get("XCSJ")
    if not (line.get("ZT") == PASSED or there_before) or not (held is None or isinstance(held, dict)):
        return Unknown("共享平台的应答不是约定的格式")
    if parcel.action is Action.CLOSE:
        return Delivered() if held is None else Differs()
    if held is None:
        return NotYet("共享平台已没有这一条")
    other = tuple(_FIELDS[name] for name in CONTENT[parcel.kind] if _said(held, name, key) != _said(row, name, key))
    return Differs(fields=other) if other else Delivered()


def _said(row: Mapping[str, Any], name: str, key: bytes) -> str:
    text = "" if row.get(name) is None else str(row[name])
    return unseal(text, key=key) if name == SEALED and text else text
