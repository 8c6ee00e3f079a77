"""What a plain JSON target answers, and whose move that is."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.transport.http import Answer
from gridapp.contract import AlreadyThere, Delivered, Outcome, Rejected, Unknown

from .mapping import RESIDENT

REFUSALS = frozenset({400, 409, 422})
"""Statuses under which the target gives a reason about the record itself."""

CLAIMS: Mapping[str, type[Outcome]] = {"any": Rejected}
"""A refusal has whatever code the receiver gives it; it is about the record."""

_OURS = {row.name: row.source for row in RESIDENT}


def judge(answer: Answer, *, status_is_enough: bool = False) -> Outcome:
    """`{"ok": true, "id": …}` alone is a success; any 2xx only where the receiver's documentation says so.

    Raises Misconfigured for a page instead of data, Unavailable for what is no JSON at all.
    """
    if status_is_enough and answer.status not in REFUSALS and answer.body[:1] != b"<":
        return Delivered()
    match answer.json():
        case {"ok": True, "existed": True, **more} if answer.status not in REFUSALS:
            return AlreadyThere(str(more.get("id", "")))
        case {"ok": True, **more} if answer.status not in REFUSALS:
            return Delivered(str(more.get("id", "")))
        case {"ok": False, "reason": str(reason), **more}:
            named = more.get("fields")
            fields = tuple(_OURS[name] for name in named if name in _OURS) if isinstance(named, list) else ()
            return Rejected(str(more.get("code", answer.status)), reason, fields)
    return Unknown("对方的应答既不是接收也不是拒绝")
