"""What dead and hanging targets cost the others: the same backlog with none, one, three and six of them gone."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

from gridapp.delivery.wake import wake

from . import load
from .own_database import own_database
from .run import submit_all, wait_for_all
from .workers import workers

ROUNDS = (0, 1, 3, 6)


@dataclass(frozen=True)
class Round:
    """`gone` of `targets` refused or hung; the others delivered so many a second each, `share` of the first round."""

    targets: int
    gone: int
    per_second_each: float
    share: float
    not_delivered: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def run(
    url: str, connector: str, *, targets: int, entries: int, count: int, patience: float, rounds: Sequence[int] = ROUNDS
) -> list[Round]:
    """A drain for each of `rounds`, in a fresh database each, with `count` worker processes.

    Half of those that are gone refuse the connection, the others take it and never answer.
    """
    done: list[Round] = []
    with _silent() as hanging:
        for gone in rounds:
            dead = ["http://127.0.0.1:1/" if number % 2 else hanging for number in range(gone)]
            with own_database() as environment:
                made = load.targets(targets, url, connector, dead=dead)
                submit_all(entries, load.scene(entries), gap=0)
                healthy = [one.pk for one in made[gone:]]
                with workers(count, environment=environment, threads=2 * targets + 8):
                    wake([one.pk for one in made])
                    wait_for_all(entries * len(healthy), patience)
                rate, missing = _rate(healthy)
            first = done[0].per_second_each if done else rate
            done.append(Round(targets, gone, rate, rate / first if first else 0.0, missing))
    return done


def _rate(healthy: Sequence[int]) -> tuple[float, int]:
    """Deliveries a second of one healthy target, first send to last answer, and how many are missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FILTER (WHERE d.status = 'delivered') / GREATEST(0.001, extract(epoch FROM
                max(a.finished_at) FILTER (WHERE a.outcome = 'delivered') - min(a.started_at)))::float8 / %s,
                count(*) FILTER (WHERE d.status <> 'delivered')
            FROM delivery_delivery d LEFT JOIN delivery_attempt a ON a.delivery_id = d.id WHERE d.target_id = ANY(%s)
            """,
            [len(healthy), list(healthy)],
        )
        rate, missing = cursor.fetchone()
    return float(rate or 0), int(missing)


@contextlib.contextmanager
def _silent() -> Iterator[str]:
    """The address of somebody who takes every connection and never says a word."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    held: list[socket.socket] = []

    def take() -> None:
        with contextlib.suppress(OSError):  # closed: the bench is over
            while True:
                held.append(listening.accept()[0])

    threading.Thread(target=take, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        listening.close()
        for one in held:
            one.close()
