"""Our side of the smallest department that takes numbered files: a paper of plain JSON, lines, tickets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from connectors.transport.batch_files import Answer, BatchFiles, Boxes, Line, Row, Ticket
from connectors.transport.files import Account, Files
from gridapp.contract import Delivered, NotYet, Outcome, Rejected, Submitted
from tests.connectors.transport.file_desk import FileDesk

T = TypeVar("T")

SERIES = "B_20240315_"
REFUSED = NotYet("not to be read", code="F1")


class PlainPaper:
    """JSON, a row an object; `key` is the word that opens it."""

    boxes = Boxes("/up", "/down", ending=".json", marker=".ok", answer="_RET.json", digits=2)
    refusals = 2

    def __init__(self, key: str = "key") -> None:
        self.key = key

    def pack(self, series: str, rows: Sequence[Row]) -> bytes:
        return json.dumps([self.key, *rows]).encode()

    def mark(self, batch: str, content: bytes, rows: int) -> bytes:
        return f"{rows}\n".encode()

    def unpack(self, batch: str, content: bytes) -> Mapping[str, str]:
        key, *rows = json.loads(content)
        if key != self.key:
            raise ValueError("another key")
        return {row["key"]: row["text"] for row in rows}

    def read(self, batch: str, content: bytes) -> Answer:
        told = json.loads(content)
        if isinstance(told, str):
            return Answer(refused=REFUSED)
        return Answer(tuple((key, Delivered() if code == "0" else Rejected(code, "")) for key, code in told))


class Post:
    """Our side of the desk: each call a connector of its own, as after a crash."""

    def __init__(self, desk: FileDesk) -> None:
        self.desk = desk
        self.paper = PlainPaper()

    def send(self, *lines: Line, series: str = SERIES) -> dict[str, Outcome]:
        return self.asked(lambda batches: batches.send({series: lines}))

    def track(self, *tickets: Any) -> list[Outcome | None]:
        return self.asked(lambda batches: batches.track([str(one) for one in tickets]))

    def asked(self, question: Callable[[BatchFiles], Awaitable[T]]) -> T:
        async def asking() -> T:
            return await question(BatchFiles(Files(Account(**self.desk.settings()), deadline=10), self.paper))

        return asyncio.run(asking())

    def answer(self, batch: str, told: Any) -> None:
        (self.desk.site.down / f"{batch}_RET.json").write_text(json.dumps(told))

    def files(self) -> list[str]:
        return [name for name in self.desk.names() if name.endswith(".json")]


def line(key: str, text: str = "text") -> Line:
    return Line(key, text, {"key": key, "text": text})


def ticket(outcome: Outcome) -> Ticket:
    assert isinstance(outcome, Submitted)
    read = Ticket.read(outcome.ticket)
    assert read is not None
    return read


def rows_of(post: Post, marker: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads((post.desk.site.up / marker.replace(".ok", ".json")).read_bytes())[1:]
    return rows
