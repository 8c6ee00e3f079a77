"""What a ledger answers, and whose move that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.transport.http import Answer
from gridapp.contract import AlreadyThere, Delivered, NotYet, Outcome, Rejected, Unknown

REFUSALS = frozenset({422})


def judge(answer: Answer, key: str) -> Outcome:
    """`{"ok": true, "key": ours}` alone is a success, whatever the status says."""
    match answer.json():
        case {"ok": True, "key": str(theirs), "existed": True, **more} if theirs == key:
            return AlreadyThere(str(more.get("id", "")))
        case {"ok": True, "key": str(theirs), **more} if theirs == key:
            return Delivered(str(more.get("id", "")))
        case {"ok": False, "code": str(code), "reason": str(reason)} if answer.status in REFUSALS:
            return Rejected(code, reason)
    return Unknown("对方的应答既不是接收也不是拒绝")


def found(answer: Answer, key: str) -> Outcome:
    """What it holds of a record last is what was sent, or it has not taken it."""
    match answer.json():
        case {"ok": True, "held": Mapping() as held}:
            return _same(held, key)
        case {"ok": True, "held": None}:
            return NotYet("对方没有这条记录")
    return Unknown("对方没有说它有什么")


def _same(held: Mapping[str, Any], key: str) -> Outcome:
    return Delivered() if held.get("key") == key else NotYet("对方还没有这次的内容")
