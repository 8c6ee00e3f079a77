"""What a person brings back from a target for a workbook: looked at row by row before any of it counts.

Until it is applied nothing has moved; it is kept sealed with its workbook, and gone once it was applied or put away.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from gridapp import sealing
from gridapp.catalogue.targets import Configured
from gridapp.org.models import User

from . import sheets
from .models import Delivery, Sheet, Status
from .transitions import move

_OUT = (Status.SUBMITTED, Status.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the workbook, counted from 1. `row` None: it is not out any more, and stays as it stands.

    `word`: the outcome, as in a workbook's counts. `stays`: nothing of it will change.
    """

    number: int
    word: str
    reason: str = ""
    row: Delivery | None = None

    @property
    def stays(self) -> bool:
        return self.row is None


@dataclass(frozen=True, slots=True)
class Answer:
    """What applying would do. `counts`: outcome word -> rows that it moves. `lines`: all rows, by their number."""

    counts: Counter[str]
    lines: list[Line]

    @property
    def notable(self) -> list[Line]:
        """What somebody has to look at: all but what simply arrived."""
        return [line for line in self.lines if line.stays or line.word not in ("delivered", "alreadythere")]


class Overtaken(Exception):
    """Another file was brought back since somebody looked: what they saw is not what would count."""


def keep(sheet: Sheet, one: Configured, came_back: bytes, *, by: User) -> None:
    """Keeps a file that answers this workbook. Raises UnreadableError, sheets.Unmade: then nothing is kept."""
    sheets.said(sheet, one, came_back)
    sealed = sealing.seal(came_back, bound_to=sheet.bound_to)
    Sheet.objects.filter(pk=sheet.pk).update(sealed_answer=sealed, answer_by=by)


def look(sheet: Sheet, one: Configured) -> Answer | None:
    """What the file that is kept says; None where none is. Two statements. Raises sheets.Unmade, UnreadableError."""
    if not sheet.sealed_answer:
        return None
    outcomes = sheets.said(sheet, one, _content(sheet))
    tickets = {sheet.ticket(number): number for number in range(1, len(outcomes) + 1)}
    rows = Delivery.objects.filter(target=one.target, ticket__in=list(tickets), status__in=_OUT)
    out = {tickets[row.ticket]: row for row in rows.select_related("record__building")}
    lines = []
    for number, outcome in enumerate(outcomes, start=1):
        row = out.get(number)
        moved = row if row is not None and sheets.moves(row, outcome) else None
        reason = move(outcome, attempts=moved.attempts, resend_safe=False).reason if moved else ""
        lines.append(Line(number, sheets.word(outcome), reason, moved))
    return Answer(Counter(line.word for line in lines if not line.stays), lines)


def word(sheet: Sheet) -> str:
    """Which file is kept, in a short word that says nothing of it: no two files that were brought have the same."""
    return hashlib.sha256(bytes(sheet.sealed_answer)).hexdigest()[:16]


def apply(sheet: Sheet, one: Configured, *, seen: str, by: User) -> Counter[str]:
    """Settles the rows as the kept file says; outcome word -> rows that it moved. Raises as look, and Overtaken.

    `seen`: the word of the file that was looked at. Empty where none is kept any more: somebody else has applied it, or
    put it away.
    """
    if not sheet.sealed_answer:
        return Counter()
    if word(sheet) != seen:
        raise Overtaken
    counts = sheets.take_back(sheet, one, _content(sheet), by=by)
    put_away(sheet)
    return counts


def put_away(sheet: Sheet) -> None:
    """Forgets the kept file; nothing has moved by it."""
    Sheet.objects.filter(pk=sheet.pk).update(sealed_answer=b"", answer_by=None)


def _content(sheet: Sheet) -> bytes:
    return sealing.unseal(bytes(sheet.sealed_answer), bound_to=sheet.bound_to)
