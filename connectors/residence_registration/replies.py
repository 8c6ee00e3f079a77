"""What the police write beside our rows -> our outcomes, by whose move it is next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.transport.exchange_table import Refusal
from gridapp.contract import Conflict, Delivered, NeedsFirst, NotApplicable, NotYet, Outcome, Rejected

from .mapping import PROFILE

FERRY_EVERY = 600.0
"""Seconds between two runs of their ferry: nothing changes sooner."""
BAD_SIGNATURE = "9001"

# What the worker has to look at, in our names.
_REFUSALS: Mapping[str, tuple[str, ...]] = {
    "3001": ("id_number",),
    "3002": ("name", "id_number"),
    "3006": ("id_number",),
    "3101": ("inflow_reason", "occupation"),
    "3102": ("phone",),
}

CLAIMS: Mapping[str, type[Outcome]] = {
    **dict.fromkeys(_REFUSALS, Rejected),
    "3003": Conflict,
    "3004": NeedsFirst,
    "3005": NotApplicable,
    BAD_SIGNATURE: NotYet,
    "9002": NotYet,
}
"""Their documented answers and what each is here; the conformance kit makes the sandbox give every one of them."""

_FIELDS = {row.name: row.source for row in next(iter(PROFILE.layouts.values())).content_rows}


def judge(up: Mapping[str, Any] | None, down: Mapping[str, Any] | None) -> Outcome | None:
    """What became of a row, from its line in UP and its line in DOWN; None while it is on its way or being reviewed.

    A refused row is taken out of UP, its verdict stays in DOWN. So a row that waits in UP (CLZT 0) has been put there
    again, and a verdict beside it belongs to the time before.
    """
    if up is not None and (down is None or up["CLZT"] == "0"):
        return None
    if down is None:
        return NotYet("前置库里已没有这一行，重新报送")  # safe: they key on DSBM
    code, reason = down["CWDM"] or "", down["CWXX"] or ""
    if down["CLZT"] == "3":
        return _failed(code, reason)
    if down["SHZT"] == "1":
        given = {ours: down[theirs] for theirs, ours in PROFILE.gives.items() if down[theirs]}
        return Delivered(down["RKBM"] or "", given)
    if down["SHZT"] == "2":
        return Rejected(code, reason, _REFUSALS.get(code, ()))
    return None


def judge_refusal(refusal: Refusal) -> Rejected:
    """A row that the exchange table itself does not take."""
    fields = tuple(_FIELDS[column] for column in refusal.columns if column in _FIELDS)
    return Rejected(refusal.code, refusal.reason, fields)


def _failed(code: str, reason: str) -> Outcome:
    match code:
        case "3003":
            return Conflict(code, reason)
        case "3004":
            return NeedsFirst("FWBM", code, reason)
        case "3005":
            return NotApplicable(code, reason)
        case "9001":
            # Sent again at once: the connector then compares signatures and stops the lane, or the secret is right now.
            return NotYet(reason, retry_after=0.0, code=code)
        case "9002":
            return NotYet(reason, retry_after=FERRY_EVERY, code=code)
    return Rejected(code, reason, _REFUSALS.get(code, ()))
