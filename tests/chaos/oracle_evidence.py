"""Gathers what a run left: ledgers, our tables, what the API shows, logs, what is still open."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection

from gridapp.delivery.models import Attempt, Delivery
from gridapp.delivery.wishes import key_of
from gridapp.registry.models import Entry

from .driver import Person
from .oracle_facts import Evidence, Request, Row, Told, Try
from .stack_departments import Department

COUNTED = 6
"""Digits of a phone, from its end, that the ledgers count versions by."""
SECRET = re.compile(rb"990101(?:19|20)\d{9}[\dX]|\b139\d{8}\b")
"""Document numbers and phones of the people of a run; nothing else looks like them."""


def requests(departments: Iterable[Department]) -> dict[str, list[Request]]:
    """Department -> its ledger."""
    return {
        one.key: [
            Request(line["key"], line["record"], int(line["version"]), line["action"], line["effect"])
            for line in one.requests()
        ]
        for one in departments
    }


def of_ledgers(departments: Sequence[Department]) -> Evidence:
    """What can be judged at any time, from the ledgers alone."""
    return Evidence({one.key: one.kind for one in departments}, requests(departments), (), (), (), {})


def gathered(departments: Sequence[Department], people: Sequence[Person], *, url: str, token: str) -> Evidence:
    """All of it, at rest, while the house still stands."""
    words = {person.record: word(person.number) for person in people if person.record}
    rows, keys = _rows(words)
    doubtful = [row for row in rows if row.status == "uncertain"]
    return Evidence(
        kinds={one.key: one.kind for one in departments},
        requests=requests(departments),
        rows=rows,
        tries=_tries(),
        told=[_told(person) for person in people if person.record],
        keys=keys,
        shown=_shown(doubtful, {name: record for record, name in words.items()}, url=url, token=token),
        acknowledged=frozenset(str(act.entry) for person in people for act in person.acknowledged),
        entries=frozenset(
            str(one) for one in Entry.objects.filter(record__kind="resident").values_list("id", flat=True)
        ),
        scripted=frozenset(str(act.entry) for person in people for act in person.acts),
    )


def waits(departments: Sequence[Department], people: Sequence[Person], share: float = 0.95) -> dict[str, float]:
    """Department -> seconds from the acknowledgement of a first entry to its effect, `share` of them at most."""
    entered = {word(one.number): one.acknowledged_at[0] for one in people if one.acknowledged_at}
    found: dict[str, float] = {}
    for one in departments:
        first: dict[str, float] = {}
        for line in one.requests():
            if line["effect"] == "applied" and line["record"] in entered:
                first.setdefault(line["record"], line["at"] - entered[line["record"]])
        ordered = sorted(first.values())
        found[one.key] = ordered[int(share * (len(ordered) - 1))] if ordered else 0.0
    return found


def word(number: int) -> str:
    """What departments call a person."""
    return f"k{number:06d}"


def secrets_in(folder: Path, also: Iterable[str] = ()) -> list[str]:
    """Where a resident's value stood: logs under `folder` and the servers' own; `also`: what was found before."""
    logs = [*folder.glob("log/*"), *settings.EMBEDDED.home.rglob("*.log")]
    return [f"{log.name}: {hit[:8]!r}…" for log in logs for hit in set(SECRET.findall(log.read_bytes()))] + [
        f"the broker: {one[:8]}…" for one in also
    ]


def left_over(folder: Path, *, workers: int, threads: int) -> list[str]:
    """What a house at rest should not have: files, sessions inside a transaction, sessions beyond one a thread."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE state LIKE 'idle in transaction%%' "
            "AND state_change < now() - interval '9 s'), count(*) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        inside, sessions = cursor.fetchone()
        cursor.execute(
            "SELECT target_id FROM delivery_lane WHERE token IS NOT NULL AND lease_until < now() - interval '9 s'"
        )
        lanes = cursor.fetchall()
    most = workers * (threads + 4) + 2 * 10 + 8
    leaks = [f"{inside} sessions are inside a transaction"] * bool(inside)
    leaks += [f"{sessions} sessions of the database, {most} explain themselves"] * (sessions > most)
    leaks += [f"the lane of target {target} is nobody's and was never given up" for (target,) in lanes]
    return leaks + [f"{one.name} is left in the folder for temporary files" for one in (folder / "tmp").iterdir()]


def _rows(words: dict[str, str]) -> tuple[list[Row], dict[str, tuple[int, int]]]:
    rows: list[Row] = []
    keys: dict[str, tuple[int, int]] = {}
    for one in Delivery.objects.select_related("target").iterator():
        rows.append(
            Row(
                id=one.id,
                department=one.target.key,
                record=words.get(str(one.record_id), str(one.record_id)),
                status=one.status,
                generation=one.generation,
                wanted_version=one.wanted_version,
                ended=one.wanted_digest is None,
                maybe_sent=one.maybe_sent,
                leased=one.lease_until is not None,
                reason_code=one.reason_code,
            )
        )
        keys |= {key_of(one.id, generation): (one.id, generation) for generation in range(1, one.generation + 1)}
    return rows, keys


def _tries() -> list[Try]:
    filed = Attempt.objects.order_by("id").values_list("delivery_id", "generation", "action", "outcome", "by_id")
    return [
        Try(delivery, generation, action, outcome, by is not None)
        for delivery, generation, action, outcome, by in filed
    ]


def _told(person: Person) -> Told:
    last = person.acknowledged[-1]
    newest = next(act for act in reversed(person.acknowledged) if act.phone)
    version = int(newest.phone[-COUNTED:])
    in_flight = [int(act.phone[-COUNTED:]) for act in person.acts[len(person.acknowledged) :][:1] if act.phone]
    return Told(word(person.number), version, person.stored, max([version, *in_flight]), last.action == "close")


def _shown(doubtful: Sequence[Row], records: dict[str, str], *, url: str, token: str) -> dict[tuple[str, str], str]:
    """What the API says of doubts, asked record by record."""
    shown: dict[tuple[str, str], str] = {}
    for name in dict.fromkeys(row.record for row in doubtful):
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{url}/api/v1/records/{records[name]}/", headers={"Authorization": f"Token {token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            said = json.loads(answer.read())
        shown |= {(name, one["target"]): one["status"] for one in said["deliveries"]}
    return shown
