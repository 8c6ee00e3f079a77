"""Clients over the API that never give up: an act counts as entered when it was acknowledged, and not before."""

from __future__ import annotations

import http.client
import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .driver import Act, Person, body

ANSWER_WITHIN = 20.0
AGAIN = 0.2
"""Seconds until an entry without an answer is sent again."""


@dataclass
class Clients:
    """Some threads that send acts at a rate. What they know is all that the oracle believes of what was entered."""

    url: str
    token: str
    flats: Sequence[str]
    acts: Sequence[tuple[Person, Act]]
    per_second: float
    threads: int = 8
    resent: int = 0
    same_again: int = 0  # answered 200: it had been entered although nobody had said so
    took: list[tuple[float, int]] = field(default_factory=list)  # seconds, status
    refused: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def send_all(self, ended: threading.Event) -> None:
        """Every act, those of one person one after the other; returns when the last is acknowledged, or at `ended`."""
        queues: list[queue.SimpleQueue[tuple[float, Person, Act]]] = [queue.SimpleQueue() for _ in range(self.threads)]
        for number, (person, act) in enumerate(self.acts):
            queues[person.number % self.threads].put((number / self.per_second, person, act))
        began = time.monotonic()
        threads = [threading.Thread(target=self._work, args=(one, began, ended), daemon=True) for one in queues]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, mine: queue.SimpleQueue[tuple[float, Person, Act]], began: float, ended: threading.Event) -> None:
        line = _Line(self.url, self.token)
        for at, person, act in _drained(mine):
            if ended.wait(max(0.0, began + at - time.monotonic())):
                return
            if act.action != "create" and not person.record:
                continue  # whose first act was refused: reported already
            self._until_acknowledged(line, person, act, ended)

    def _until_acknowledged(self, line: _Line, person: Person, act: Act, ended: threading.Event) -> None:
        told = json.dumps(body(act, person, self.flats)).encode()
        tries = 0
        while not ended.is_set():
            began = time.monotonic()
            status, answer = line.post(told)
            tries += 1
            self.took.append((round(time.monotonic() - began, 2), status))
            with self._counting:
                self.answers[status] += 1
                self.resent += tries > 1
                self.same_again += status == 200
            if status in (200, 201):
                person.record = str(answer["record"])
                person.stored = int(str(answer["version"]))
                person.acknowledged.append(act)
                person.acknowledged_at.append(time.time())
                return
            if 400 <= status < 500:
                self.refused.append(f"{act.action} {act.version} of person {act.person}: {status} {answer}")
                return
            ended.wait(AGAIN)


class _Line:
    """A kept connection to the API that is opened anew when it breaks."""

    def __init__(self, url: str, token: str) -> None:
        self._at = urlsplit(url).netloc
        self._headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        self._open: http.client.HTTPConnection | None = None

    def post(self, told: bytes) -> tuple[int, dict[str, object]]:
        """(status, answer); status 0 where none came."""
        try:
            if self._open is None:
                self._open = http.client.HTTPConnection(self._at, timeout=ANSWER_WITHIN)
            self._open.request("POST", "/api/v1/entries/", told, self._headers)
            answer = self._open.getresponse()
            said = answer.read()
            return answer.status, json.loads(said) if answer.status < 500 else {}
        except (OSError, http.client.HTTPException, ValueError):
            if self._open is not None:
                self._open.close()
            self._open = None
            return 0, {}


def _drained(mine: queue.SimpleQueue[tuple[float, Person, Act]]) -> Iterator[tuple[float, Person, Act]]:
    while not mine.empty():
        yield mine.get()
