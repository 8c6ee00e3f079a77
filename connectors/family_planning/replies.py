"""What stands in their return files -> our outcomes, by whose move it is next."""

from __future__ import annotations

from collections.abc import Mapping

from gridapp.contract import Conflict, Delivered, NotYet, Outcome, Rejected, Unknown

from .mapping import PROFILE

TAKEN = "0"
FILE_REFUSED = "R09"

# What the worker has to look at, in our names.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "R01": ("id_number", "birth_date"),
    "R02": ("marital_status",),
    "R03": ("hukou_division",),
    "R05": ("guardian_id_number", "guardian_name"),
}

CLAIMS: Mapping[str, type[Outcome]] = {
    **dict.fromkeys(_FIELDS, Rejected),
    "R04": Conflict,
    FILE_REFUSED: NotYet,
}
"""Their documented answers and what each is here; R09 is about a whole file, which is then sent again whole."""


def judge(row: Mapping[str, str]) -> Outcome:
    """What became of one record, from its REC (element -> text)."""
    code, reason, number = row.get("JG", ""), row.get("YY", ""), row.get("QYRKBM", "")
    if code == TAKEN:
        return Delivered(number, {ours: number for theirs, ours in PROFILE.gives.items() if number})
    if code == "R04":  # they want it moved out of the other district first, which takes them five days
        return Conflict(code, reason)
    if code == FILE_REFUSED:
        return judge_file(code, reason)
    if not code:
        return Unknown("回执中这一条没有结果")
    return Rejected(code, reason, _FIELDS.get(code, ()))


def judge_file(code: str, reason: str) -> NotYet:
    """A file of which nothing was taken: whole again under the next number, as soon as the pace allows."""
    return NotYet(reason or "文件未被接收", code=code)
