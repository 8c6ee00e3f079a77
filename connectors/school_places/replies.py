"""What stands in the column 结果 of their weekly return -> our outcomes, by whose move it is next."""

from __future__ import annotations

from collections.abc import Mapping

from gridapp.contract import AlreadyThere, Delivered, NeedsFirst, NotApplicable, NotYet, Outcome, Rejected, Unknown

TAKEN = "00"
FILE_REFUSED = "90"
SEASON_OVER = "05"
A_DAY = 86_400.0

CLAIMS: Mapping[str, type[Outcome]] = {
    "01": AlreadyThere,
    "02": NotApplicable,
    "03": Rejected,
    "04": NeedsFirst,
    SEASON_OVER: NotYet,
    FILE_REFUSED: NotYet,
}
"""Their answers and what each is here. 90 is about a whole file, and the next one waits for an operator."""


def judge(code: str, reason: str) -> Outcome:
    """What became of one child's row."""
    match code:
        case "00":
            return Delivered()
        case "01":
            return AlreadyThere(code=code)
        case "02":
            return NotApplicable(code, reason)
        case "03":
            return Rejected(code, reason, ("guardian_phone",))
        case "04":
            return NeedsFirst("ZLBA", code, reason)
        case "05":
            return NotYet(reason, retry_after=A_DAY, code=code)
        case "90":
            return judge_file(code, reason)
        case "":
            return Unknown("回执中这一行没有结果")
    return Rejected(code, reason)


def judge_file(code: str, reason: str) -> NotYet:
    """A file of which nothing was taken."""
    return NotYet(reason or "文件未被接收", code=code)
