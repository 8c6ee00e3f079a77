"""What the handheld system answers: one line per line sent, and whose move that is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridapp.contract import (
    AlreadyThere,
    Delivered,
    Kind,
    Misconfigured,
    NeedsFirst,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Unavailable,
    Unknown,
)

NO_PERMISSION = "32"
MAINTENANCE = "99"

_RECORD_NUMBER = re.compile(r"\d{16}")
_WHOLE_PACKET = 0  # the header's own line: an answer there is about all of them

_FIELDS: Mapping[str, Mapping[Kind, tuple[str, ...]]] = {
    "11": {Kind.RESIDENT: ("id_number",)},
    "12": {Kind.RESIDENT: ("name",), Kind.HOUSING: ("housing.owner_name",)},
    "31": dict.fromkeys(Kind, ("housing.grid_code",)),
    "32": dict.fromkeys(Kind, ("housing.grid_code",)),
}


CLAIMS: Mapping[str, type[Outcome]] = {
    "11": Rejected,
    "12": Rejected,
    "21": NeedsFirst,
    "31": Rejected,
    "32": Rejected,
    "41": AlreadyThere,
    "99": NotYet,
}
"""Their documented codes for one line and what each is here."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the answer: "0" and their record number, or a code and their reason."""

    code: str
    said: str


def read(body: bytes) -> dict[int, Line]:
    """Their lines by the number of the line they answer, 1 for the first after the header.

    What is not of the form `number|code|text` is left out: a line without an answer is one we know nothing about.
    Raises Misconfigured for a page.
    """
    if body.lstrip()[:1] == b"<":
        raise Misconfigured("html", "对方返回了网页而不是回执，请核对地址")
    lines: dict[int, Line] = {}
    for text in body.decode("gbk", errors="replace").splitlines():
        number, _, rest = text.partition("|")
        code, bar, said = rest.partition("|")
        if bar and number.strip().isascii() and number.strip().isdigit():
            lines[int(number)] = Line(code.strip(), said.strip())
    return lines


def judge(lines: Mapping[int, Line], parcels: Sequence[Parcel]) -> list[Outcome]:
    """One outcome per parcel of the packet, in the order of its lines.

    Raises Unavailable where nothing at all was answered or the answer is maintenance for the packet, Misconfigured when
    every one of several lines is refused for want of permission: then it is the device that lacks it, not one worker.
    """
    whole = lines.get(_WHOLE_PACKET)
    if whole is not None and whole.code == MAINTENANCE:
        raise Unavailable(f"99 {whole.said}", maybe_sent=False)
    if not lines:
        raise Unavailable("对方的应答不是约定的回执", maybe_sent=True)
    answers = [lines.get(number) for number in range(1, len(parcels) + 1)]
    if len(answers) > 1 and all(line is not None and line.code == NO_PERMISSION for line in answers):
        raise Misconfigured(NO_PERMISSION, answers[0].said if answers[0] else "")
    return [
        Unknown("回执中没有这一行") if line is None else outcome(line, parcel)
        for line, parcel in zip(answers, parcels, strict=True)
    ]


def outcome(line: Line, parcel: Parcel) -> Outcome:
    """What one line means for its record."""
    match line.code:
        case "0":
            # A success without their record number is not one they have written down.
            return Delivered(line.said) if _RECORD_NUMBER.fullmatch(line.said) else Unknown("回执中没有记录号")
        case "41":
            # 重复提交: they hold this very record. They say it of identical records only.
            return AlreadyThere(parcel.reference, code="41")
        case "21":
            return NeedsFirst("FWBM", "21", line.said)
        case "99":
            return NotYet(f"99 {line.said}".strip(), code="99")
    return Rejected(line.code, line.said, _FIELDS.get(line.code, {}).get(parcel.kind, ()))
