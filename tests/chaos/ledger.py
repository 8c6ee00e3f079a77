"""A department that keeps nothing but a ledger, written outside our database: what it took, in the order it took it.

    python tests/chaos/ledger.py --folder DIR --kind idempotent|askable|neither --key NAME --seed N [--busy RATE …]

Writes its port to DIR/NAME.port and a line for every request to DIR/NAME.ledger before it answers:
`{"key", "record", "version", "action", "effect", "said", "at"}`. `effect`: applied, known (an idempotent department had
that key), refused (for a reason of the record's own) or none. `said`: what was done about the answer. It reads its
ledger when it starts, so it can be killed.

Three kinds: `idempotent` applies a key once; `askable` applies whatever comes and tells what it holds of a record
(GET /?record=…); `neither` applies whatever comes and tells nothing.

How it misbehaves is drawn from the seed, the key and how often that key was seen: the same run misbehaves the same way,
whatever the order of arrival. After `--at-most` bad answers to one key it behaves, so that a run ends.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import uvloop

KINDS = ("idempotent", "askable", "neither")
MOODS = ("hang", "busy", "drop", "late", "lie", "redirect")
"""Nothing done and never an answer (a rate of 1: for ever); 503 before anything is done; done and the connection
dropped; done and answered too late; 200 with an error inside and nothing done; 307 to an address of somebody else, who
says yes to everything."""
ELSEWHERE = "/moved"
_REASONS = {200: "OK", 307: "Temporary Redirect", 404: "Not Found", 422: "Unprocessable Content", 503: "Busy"}


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of first requests, by mood; `refuse`: share of records refused for ever; `at_most`: bad answers a key."""

    hang: float = 0.0
    busy: float = 0.0
    drop: float = 0.0
    late: float = 0.0
    lie: float = 0.0
    redirect: float = 0.0
    refuse: float = 0.0
    at_most: int = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `status` 0: the connection is dropped. `after`: seconds until it goes out; negative: never."""

    status: int
    content: dict[str, Any]
    after: float = 0.0


class Ledger:
    """The department itself: what it holds, what it does with a request. Knows nothing of sockets."""

    def __init__(self, path: Path, kind: str, *, seed: int, rates: Rates, late_by: float = 4.0, slow: float = 0.0):
        self._kind, self._seed, self._rates = kind, seed, rates
        self._late_by, self._slow = late_by, slow
        self._applied: set[str] = set()
        self._seen: Counter[str] = Counter()
        self._held: dict[str, dict[str, Any]] = {}
        for line in read(path):
            self._remember(line)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.ftruncate(self._file, whole(path))

    def take(self, told: dict[str, Any]) -> Answer:
        """One POST: judged, applied or not, written down. A line is in the file before anybody hears the answer."""
        mood = self._mood(str(told["key"]))
        effect = self._effect(told, mood)
        line = {name: told[name] for name in ("key", "record", "version", "action")}
        line |= {"effect": effect, "said": mood or effect, "at": time.time()}
        os.write(self._file, json.dumps(line).encode() + b"\n")
        self._remember(line)
        return self._answer(told, mood, effect)

    def held(self, record: str) -> dict[str, Any] | None:
        """Key, version and action of what was applied last of this record."""
        return self._held.get(record)

    @property
    def can_be_asked(self) -> bool:
        return self._kind == "askable" and self._rates.hang < 1

    def _mood(self, key: str) -> str:
        if self._rates.hang >= 1:
            return "hang"
        nth = self._seen[key]
        if nth >= self._rates.at_most:
            return ""
        drawn = _drawn(self._seed, key, nth)
        for mood in MOODS:
            rate = getattr(self._rates, mood)
            if drawn < rate:
                return mood
            drawn -= rate
        return ""

    def _effect(self, told: dict[str, Any], mood: str) -> str:
        if mood in ("hang", "busy", "lie", "redirect"):
            return "none"
        if _drawn(self._seed, "refused", told["record"]) < self._rates.refuse:
            return "refused"
        return "known" if self._kind == "idempotent" and told["key"] in self._applied else "applied"

    def _remember(self, line: dict[str, Any]) -> None:
        self._seen[line["key"]] += 1
        if line["effect"] == "applied":
            self._applied.add(line["key"])
            self._held[line["record"]] = {name: line[name] for name in ("key", "version", "action")}

    def _answer(self, told: dict[str, Any], mood: str, effect: str) -> Answer:
        after = {"late": self._late_by, "hang": -1.0}.get(mood, self._slow)
        match mood, effect:
            case "busy", _:
                return Answer(503, {"ok": False, "reason": "系统繁忙"})
            case "drop", _:
                return Answer(0, {}, after)
            case "lie", _:
                return Answer(200, {"ok": False, "error": "系统繁忙，请稍后再试"})
            case "redirect", _:
                return Answer(307, {"location": ELSEWHERE})
            case _, "refused":
                return Answer(422, {"ok": False, "code": "R1", "reason": "按规定不予登记"}, after)
            case "hang", _:
                return Answer(200, {}, after)
        content = {"ok": True, "key": told["key"], "id": f"L-{told['record']}", "existed": effect == "known"}
        return Answer(200, content, after)


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a ledger, oldest first; a last one that was being written when its department died is left out."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def whole(path: Path) -> int:
    """Bytes up to the end of the last whole line."""
    return path.read_bytes().rfind(b"\n") + 1


def _drawn(*of: object) -> float:
    """A number from 0 to 1, always the same for the same words."""
    digest = hashlib.blake2b(":".join(map(str, of)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


class Speaker(asyncio.Protocol):
    """HTTP by hand: nothing else keeps up with workers that are measured, or drops a connection so exactly."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._came = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class is none of asyncio's

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None

    def data_received(self, chunk: bytes) -> None:
        self._came += chunk
        while (end := self._came.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._came[:end])
            whole = end + 4 + _length(head)
            if len(self._came) < whole:
                return
            body = bytes(self._came[end + 4 : whole])
            del self._came[:whole]
            method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
            self._say(self._served(method, urlsplit(path), body))

    def _served(self, method: str, where: Any, body: bytes) -> Answer:
        if method == "POST" and where.path == ELSEWHERE:
            return Answer(200, {"ok": True, "key": json.loads(body)["key"], "id": "somebody else's"})
        if method == "POST":
            return self._ledger.take(json.loads(body))
        record = parse_qs(where.query).get("record", [""])[0] or unquote(where.path).partition("/held/")[2]
        if not record:
            return Answer(200, {"ok": True})
        if not self._ledger.can_be_asked:
            return Answer(404, {"ok": False, "reason": "没有查询接口"})
        return Answer(200, {"ok": True, "held": self._ledger.held(record)})

    def _say(self, answer: Answer) -> None:
        if answer.after > 0:
            asyncio.get_running_loop().call_later(answer.after, self._write, answer)
        elif answer.after == 0:
            self._write(answer)

    def _write(self, answer: Answer) -> None:
        if self._transport is None or self._transport.is_closing():
            return  # whoever asked has gone
        if answer.status == 0:
            self._transport.abort()
            return
        body = json.dumps(answer.content, ensure_ascii=False).encode()
        lines = [f"HTTP/1.1 {answer.status} {_REASONS[answer.status]}", "Content-Type: application/json",
                 f"Content-Length: {len(body)}"]  # fmt: skip
        if answer.status == 307:
            lines.append(f"Location: {answer.content['location']}")
        self._transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def publish(path: Path, port: int) -> None:
    """Whoever reads the file reads a whole number, or the one before."""
    part = path.with_suffix(path.suffix + ".part")
    part.write_text(str(port))
    part.replace(path)


async def serve(ledger: Ledger, port_file: Path) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Speaker(ledger), "127.0.0.1", 0, backlog=512)
    publish(port_file, server.sockets[0].getsockname()[1])
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--key", required=True, help="its name: of its files")
    parser.add_argument("--seed", type=int, required=True)
    for mood in (*MOODS, "refuse"):
        parser.add_argument(f"--{mood}", type=float, default=0.0, metavar="RATE")
    parser.add_argument("--at-most", type=int, default=2, help="bad answers to one key")
    parser.add_argument("--late-by", type=float, default=4.0, help="seconds")
    parser.add_argument("--slow", type=float, default=0.0, help="seconds until any other answer")
    told = parser.parse_args()
    rates = Rates(**{name: getattr(told, name) for name in (*MOODS, "refuse", "at_most")})
    told.folder.mkdir(parents=True, exist_ok=True)
    path = told.folder / f"{told.key}.ledger"
    ledger = Ledger(path, told.kind, seed=told.seed, rates=rates, late_by=told.late_by, slow=told.slow)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(ledger, told.folder / f"{told.key}.port"))


if __name__ == "__main__":
    main()
