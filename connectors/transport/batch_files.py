"""Batches as numbered files: the name of the next one, what the others hold already, and whether an answer fits.

A file and its marker go up, days later a file with one answer a row comes down. Answers are matched on our own key,
never by their place; where their number or their keys are not those that were sent, nobody may take them for a yes.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from gridapp.contract import AlreadyThere, Delivered, Misconfigured, NotYet, Outcome, Submitted, Unavailable, Unknown

from .files import Files, Listed, Occupied, Visit

Row = Mapping[str, str]

LOOK_BACK = 8
"""Files of a series that are looked into for rows that are to be sent again."""
BEING_WRITTEN = 900.0
"""Seconds in which an answer that cannot be read may still be in the writing."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Boxes:
    """Folders and names as the department documents them: `{series}{number}` with `digits` digits, then an ending."""

    up: str
    down: str
    ending: str
    marker: str
    answer: str
    digits: int


@dataclass(frozen=True, slots=True)
class Line:
    """One row to send. `key` is what its answer is found by, `stamp` the same for the same content alone."""

    key: str
    stamp: str
    row: Row


@dataclass(frozen=True)
class Answer:
    """What came back for a file: an outcome a row by its key, or `refused`: none of it was taken."""

    rows: tuple[tuple[str, Outcome], ...] = ()
    refused: NotYet | None = None

    @cached_property
    def digest(self) -> str:
        return _digest(key for key, _ in self.rows)

    @cached_property
    def by_key(self) -> Mapping[str, Outcome]:
        return dict(self.rows)


class Paper(Protocol):
    """How one department writes its files."""

    boxes: Boxes
    refusals: int
    """Files refused as a whole, one after the other, after which nobody sends another without an operator."""

    def pack(self, series: str, rows: Sequence[Row]) -> bytes:
        """The file; the same rows make the same file."""

    def mark(self, batch: str, content: bytes, rows: int) -> bytes:
        """What stands in its marker."""

    def unpack(self, batch: str, content: bytes) -> Mapping[str, str]:
        """Key -> stamp of every row of a file of ours. Raises ValueError where it was packed with other keys."""

    def read(self, batch: str, content: bytes) -> Answer:
        """Raises ValueError for what is no answer, or not a whole one yet."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A row in a file, and what the answers to that file must be: so many, with keys of this digest."""

    batch: str
    rows: int
    digest: str
    key: str

    @classmethod
    def of(cls, batch: str, keys: Collection[str], key: str = "") -> Ticket:
        """For a row of the file `batch`, in which rows with these keys stand."""
        return cls(batch, len(keys), _digest(keys), key)

    def for_row(self, key: str) -> Ticket:
        """For another row of the same file."""
        return replace(self, key=key)

    @classmethod
    def read(cls, text: str) -> Ticket | None:
        parts = text.split("/")
        return cls(parts[0], int(parts[1]), *parts[2:]) if len(parts) == 4 and parts[1].isdecimal() else None

    def __str__(self) -> str:
        return f"{self.batch}/{self.rows}/{self.digest}/{self.key}"

    def fits(self, answer: Answer) -> bool:
        return len(answer.rows) == self.rows and answer.digest == self.digest

    def outcome(self, answer: Answer) -> Outcome:
        """What an answer says of this row."""
        if answer.refused is not None:
            return answer.refused
        verdict = answer.by_key.get(self.key) if self.fits(answer) else None
        return Unknown("回执文件的记录与报送的不符，不能作数") if verdict is None else verdict


@dataclass(frozen=True, slots=True)
class Shelf:
    """What lies in the two folders."""

    boxes: Boxes
    up: Mapping[str, Listed]
    down: Mapping[str, Listed]

    def batches(self, prefix: str) -> list[str]:
        """The files that count, without their endings, the newest first."""
        names = (name.removesuffix(self.boxes.marker) for name in self.up if name.endswith(self.boxes.marker))
        return sorted((name for name in names if name.startswith(prefix) and self.has(name)), reverse=True)

    def has(self, batch: str) -> bool:
        return batch + self.boxes.ending in self.up

    def next_number(self, series: str) -> int:
        numbers = [name.removeprefix(series) for name in self.batches(series)]
        return max((int(number) for number in numbers if number.isdecimal()), default=0) + 1


class BatchFiles:
    """The files of one department, written as its `paper` says."""

    def __init__(self, files: Files, paper: Paper) -> None:
        self._files = files
        self._paper = paper
        self._boxes = paper.boxes
        self._answers: dict[tuple[str, int, float], Answer] = {}

    async def check(self) -> None:
        """Looks into both folders. Raises Unavailable or Misconfigured."""
        async with self._files.visit() as visit:
            await self._look(visit)

    async def send(self, groups: Mapping[str, Sequence[Line]]) -> dict[str, Outcome]:
        """A file for every series; rows that stand in one already keep its ticket. Key of the line -> outcome.

        Raises Unavailable or Misconfigured as long as no row has got a ticket.
        """
        outcomes: dict[str, Outcome] = {}
        rest: Outcome = Unknown("")
        try:
            async with self._files.visit() as visit:
                shelf = await self._look(visit)
                for series, lines in groups.items():
                    outcomes |= await self._deliver(visit, shelf, series, lines)
        except Unavailable as error:
            if not outcomes:
                raise
            rest = Unknown(error.reason)
        except Misconfigured as error:
            if not outcomes:
                raise
            rest = NotYet(error.reason, retry_after=0, code=error.code)  # the next call is told for the whole lane
        return {line.key: outcomes.get(line.key, rest) for lines in groups.values() for line in lines}

    async def track(self, texts: Sequence[str]) -> list[Outcome | None]:
        """What became of tickets; None where nothing has come back yet."""
        tickets = [Ticket.read(text) for text in texts]
        async with self._files.visit() as visit:
            shelf = await self._look(visit)
            answers = {one.batch: None for one in tickets if one is not None}
            found = {batch: await self._answer(visit, shelf, batch) for batch in answers}
        return [_verdict(one, shelf, found.get(one.batch)) if one else Unknown("不是本系统的受理号") for one in tickets]

    async def find(
        self, lines: Sequence[Line], prefixes: Collection[str], *, most: int
    ) -> tuple[list[Outcome | None], bool]:
        """What is said of lines that stand in one of the `most` newest files, None of the others; whether these were
        all the files there are."""
        found: list[Outcome | None] = [None] * len(lines)
        async with self._files.visit() as visit:
            shelf = await self._look(visit)
            batches = sorted((batch for prefix in prefixes for batch in shelf.batches(prefix)), reverse=True)
            for batch in batches[:most]:
                held = await self._held(visit, batch)
                answer = await self._answer(visit, shelf, batch)
                whole = Ticket.of(batch, held)
                for place, line in enumerate(lines):
                    if found[place] is None and held.get(line.key) == line.stamp:
                        ticket = whole.for_row(line.key)
                        found[place] = Submitted(str(ticket)) if answer is None else ticket.outcome(answer)
        return found, len(batches) <= most

    async def _look(self, visit: Visit) -> Shelf:
        return Shelf(self._boxes, await visit.list(self._boxes.up), await visit.list(self._boxes.down))

    async def _deliver(self, visit: Visit, shelf: Shelf, series: str, lines: Sequence[Line]) -> dict[str, Outcome]:
        outcomes, refusals = await self._sent_before(visit, shelf, series, lines)
        rest = {line.key: line.row for line in lines if line.key not in outcomes}
        if rest:
            if len(refusals) >= self._paper.refusals:
                raise Misconfigured(refusals[0].code, refusals[0].reason)
            batch = await self._place(visit, shelf.next_number(series), series, list(rest.values()))
            whole = Ticket.of(batch, rest)
            outcomes |= {key: Submitted(str(whole.for_row(key))) for key in rest}
        return outcomes

    async def _sent_before(
        self, visit: Visit, shelf: Shelf, series: str, lines: Sequence[Line]
    ) -> tuple[dict[str, Outcome], list[NotYet]]:
        """Lines that a file of this series holds, and how often it was refused last, written with the same keys.

        A file that was refused, or whose answers do not fit, holds nothing: what stood in it is sent once more. So is a
        row to which they have said no.
        """
        outcomes: dict[str, Outcome] = {}
        refusals: list[NotYet] = []
        seen: set[str] = set()
        taken = False
        for batch in shelf.batches(series)[:LOOK_BACK]:
            held = await self._held(visit, batch)
            answer = await self._answer(visit, shelf, batch) if held else None
            whole = Ticket.of(batch, held)
            if answer is not None and answer.refused is not None:
                refusals += [] if taken else [answer.refused]
            elif held and (answer is None or whole.fits(answer)):
                taken = True
                for line in lines:
                    if held.get(line.key) == line.stamp and line.key not in seen:
                        seen.add(line.key)
                        if answer is None or isinstance(answer.by_key[line.key], Delivered | AlreadyThere):
                            outcomes[line.key] = Submitted(str(whole.for_row(line.key)))
        return outcomes, refusals

    async def _place(self, visit: Visit, number: int, series: str, rows: Sequence[Row]) -> str:
        """The name under which the file now stands. A file that somebody else put there keeps its name."""
        content = self._paper.pack(series, rows)
        for later in range(number, number + _TRIES):
            batch = f"{series}{later:0{self._boxes.digits}d}"
            mark = self._paper.mark(batch, content, len(rows))
            path = f"{self._boxes.up}/{batch}"
            try:
                await visit.put(path + self._boxes.ending, content, marker=path + self._boxes.marker, mark=mark)
            except Occupied:
                continue
            return batch
        raise Unavailable("对方目录中的文件编号都已被占用", maybe_sent=False)

    async def _held(self, visit: Visit, batch: str) -> Mapping[str, str]:
        """Key -> stamp; nothing where it cannot be opened with the keys of today."""
        content = await visit.read(f"{self._boxes.up}/{batch}{self._boxes.ending}")
        try:
            return self._paper.unpack(batch, content) if content is not None else {}
        except ValueError:
            return {}

    async def _answer(self, visit: Visit, shelf: Shelf, batch: str) -> Answer | None:
        """None while nothing has come, or while what has come may still be in the writing."""
        listed = shelf.down.get(batch + self._boxes.answer)
        if listed is None:
            return None
        version = (listed.name, listed.size, listed.changed)
        if version not in self._answers:
            content = await visit.read(f"{self._boxes.down}/{listed.name}")
            try:
                self._answers[version] = self._paper.read(batch, content or b"")
            except ValueError:
                return None if time.time() - listed.changed < BEING_WRITTEN else Answer()
        return self._answers[version]


def _verdict(ticket: Ticket, shelf: Shelf, answer: Answer | None) -> Outcome | None:
    if answer is not None:
        return ticket.outcome(answer)
    return None if shelf.has(ticket.batch) else NotYet("对方没有这个文件，重新报送")  # safe: they key on the record


def _digest(keys: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:16]
