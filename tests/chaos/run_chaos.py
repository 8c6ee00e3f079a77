"""One run: people enter, correct, move and close while everything breaks; then the house rests and is judged."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import Error as DatabaseProblem
from django.db import connection

from gridapp.delivery import counts_full

from . import driver, mutants, oracle, oracle_evidence, run_clerk
from .driver_clients import Clients
from .faults import Hand, Kind, Measure, plan
from .faults_striking import Striker
from .oracle_facts import Evidence
from .stack import THREADS, House
from .stack_departments import ROUGH, Department
from .stack_opening import Opened, opened

LEASE = 4.5
"""Seconds: longer than a claim of these connectors lives (their deadline, twice the margin, what preparing takes)."""
ROUNDS = 6
"""Times that a person goes through the doubts: what is sent again may be in doubt again."""
LOOK = 3.0
"""Seconds between looks at the ledgers while a run goes on, where it is to end at the first finding."""
_pause = threading.Event()


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. `seconds`: of faults and entries. `patience`: seconds the house has to come to rest.

    `poisoned`: people whose record kills whatever process sends it.
    """

    people: int
    departments: int
    workers: int
    seconds: float
    faults: Mapping[Kind, int]
    deaths_at_commit: float = 0.03
    patience: float = 120.0
    poisoned: int = 0


SHORT = Size(
    people=100, departments=6, workers=3, seconds=30,
    faults={Kind.KILL: 20, Kind.KILL_WEB: 4, Kind.KILL_BEAT: 1, Kind.STOP: 4, Kind.RESTART: 1, Kind.FLUSH: 4,
            Kind.WIRE: 10},
)  # fmt: skip
LONG = Size(
    people=2000, departments=6, workers=3, seconds=600,
    faults={Kind.KILL: 330, Kind.KILL_WEB: 40, Kind.KILL_BEAT: 8, Kind.STOP: 33, Kind.RESTART: 6, Kind.FLUSH: 24,
            Kind.WIRE: 90},
    patience=300.0,
)  # fmt: skip


@dataclass
class Report:
    """What a run did and what it showed. `findings`: question of the oracle -> sentences; all empty is a pass."""

    seed: int
    mutation: str
    entries: int = 0
    deliveries: int = 0
    requests: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    deaths_at_commit: int = 0
    resent_entries: int = 0
    at_rest: dict[str, int] = field(default_factory=dict)
    uncertain: int = 0
    decided_by_a_person: int = 0
    at_the_end: dict[str, int] = field(default_factory=dict)
    doubles_at_neither: int = 0
    seconds_of_faults: float = 0.0
    seconds_to_rest: float = 0.0
    seconds: float = 0.0
    findings: dict[str, list[str]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not any(self.findings.values())

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}


def chaos(folder: Path, size: Size, *, seed: int, mutation: str = "", first: bool = False) -> Report:
    """Runs and judges; the environment is prepared. `first`: ends at the first thing that the ledgers alone show."""
    began = time.monotonic()
    report = Report(seed, mutation)
    bad = mutants.known(mutation) if mutation else mutants.Mutant("", "", "", ())
    people = driver.script(seed, size.people, poisoned=max(bad.poisoned, size.poisoned))
    rates = {**ROUGH, **bad.rates}
    flats = driver.flats_for(size.people)
    with opened(folder, count=size.departments, flats=flats, seed=seed, rates=rates) as made:
        house = House(folder, size.workers, made.departments, made.environment, mutation, size.deaths_at_commit, seed)
        try:
            house.up()
            _Run(house, made, people, size, report, first).go()
        finally:
            house.down()
    report.seconds = time.monotonic() - began
    return report


@dataclass
class _Run:
    house: House
    made: Opened
    people: list[driver.Person]
    size: Size
    report: Report
    first: bool
    ended: threading.Event = field(default_factory=threading.Event)

    def go(self) -> None:
        """Faults and entries, then rest, then judgement."""
        acts = driver.in_order(self.people, self.report.seed)
        clients = Clients(
            self.house.url, self.made.token, self.made.flats, acts, per_second=len(acts) / self.size.seconds
        )
        striker = Striker(self.house, oracle_evidence.SECRET)
        hand = Hand(plan(self.report.seed, Measure(self.size.seconds, LEASE, dict(self.size.faults))), striker.strike)
        began = time.monotonic()
        self._together(clients, hand)
        striker.put_back()
        self.report.seconds_of_faults = time.monotonic() - began
        self.report.faults = dict(hand.done)
        (self.house.folder / "log" / "faults.log").write_text("\n".join(hand.log))
        (self.house.folder / "log" / "clients.log").write_text("\n".join(map(str, clients.took)))
        self.report.entries = sum(len(person.acknowledged) for person in self.people)
        self.report.resent_entries = clients.resent
        if self.report.findings:
            return
        self.report.seconds_to_rest = self._rest()
        striker.look_into_the_broker()
        self._judge(striker, clients)
        if not self.first:
            self._end_doubts(striker)

    def _together(self, clients: Clients, hand: Hand) -> None:
        threads = [
            threading.Thread(target=work, args=(self.ended,), name=name, daemon=True)
            for name, work in (("clients", clients.send_all), ("faults", hand.carry_out))
        ]
        for thread in threads:
            thread.start()
        give_up = time.monotonic() + 5 * self.size.seconds + self.size.patience
        while any(thread.is_alive() for thread in threads) and time.monotonic() < give_up:
            _pause.wait(LOOK)
            self.house.must_be_armed()
            if self.first and self._seen_already():
                break
        self.ended.set()
        for thread in threads:
            thread.join(timeout=30)

    def _seen_already(self) -> bool:
        evidence = oracle_evidence.of_ledgers(self.house.departments)
        seen = {"I3 doubled": oracle.doubled(evidence), "I4 order inversions": oracle.inverted(evidence)}
        self.report.findings = {name: found for name, found in seen.items() if found}
        return bool(self.report.findings)

    def _rest(self) -> float:
        """Seconds until nothing is under way any more, or the patience is over.

        What a record waits for after failures of its own (minutes, hours) is cut short, as an operator would.
        """
        began = time.monotonic()
        while time.monotonic() - began < self.size.patience:
            try:
                if not _under_way(self.house.departments):
                    break
                _hurry()
            except DatabaseProblem:
                connection.close()
            _pause.wait(1.0)
        return time.monotonic() - began

    def _judge(self, striker: Striker, clients: Clients) -> None:
        evidence = self._evidence(striker)
        self.report.findings = oracle.judge(evidence)
        self.report.findings["refused entries"] = clients.refused
        unsent = [act for person in self.people for act in person.acts[len(person.acknowledged) :]]
        self.report.findings["entries never acknowledged"] = [f"entry {act.entry}" for act in unsent]
        self.report.findings["counted wrong"] = [str(one) for one in counts_full.differing()]
        self.report.deliveries = sum(sum(1 for _ in evidence.applied(one)) for one in evidence.kinds)
        self.report.requests = sum(len(one) for one in evidence.requests.values())
        self.report.at_rest = dict(Counter(row.status for row in evidence.rows))
        self.report.uncertain = self.report.at_rest.get("uncertain", 0)
        self.report.doubles_at_neither = oracle.doubles_at_neither(evidence)
        deaths = self.house.folder / "deaths-at-commit"
        self.report.deaths_at_commit = len(deaths.read_text().split()) if deaths.exists() else 0

    def _end_doubts(self, striker: Striker) -> None:
        """A person looks and decides, what the doubts held up goes on, and everything is judged once more."""
        for _ in range(ROUNDS):
            ended = run_clerk.decide(self.house.departments, user_id=self.made.user_id)
            self.report.decided_by_a_person += ended
            if not ended:
                break
            self._rest()
        evidence = self._evidence(striker)
        for question, found in oracle.judge(evidence).items():
            self.report.findings[question] += [f"after a person has decided: {one}" for one in found]
        self.report.findings["counted wrong"] += [str(one) for one in counts_full.differing()]
        self.report.at_the_end = dict(Counter(row.status for row in evidence.rows))

    def _evidence(self, striker: Striker) -> Evidence:
        evidence = oracle_evidence.gathered(
            self.house.departments, self.people, url=self.house.url, token=self.made.token
        )
        evidence.leaks = oracle_evidence.left_over(self.house.folder, workers=self.size.workers, threads=THREADS)
        evidence.secrets = oracle_evidence.secrets_in(self.house.folder, striker.found)
        return evidence


def _under_way(departments: list[Department]) -> bool:
    """Whether a delivery is still ours or a department's to move."""
    askable = [one.key for one in departments if one.kind != "neither"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM delivery_delivery d JOIN catalogue_target t ON t.id = d.target_id "
            "WHERE d.status IN ('waiting', 'sending', 'held', 'submitted') "
            "OR (d.status = 'uncertain' AND t.key = ANY(%s)))",
            [askable],
        )
        return bool(cursor.fetchone()[0])


def _hurry() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE delivery_delivery SET due_at = now() WHERE status = 'waiting' AND due_at > now()")
        cursor.execute(
            "UPDATE delivery_delivery SET asked_at = NULL "
            "WHERE status = 'uncertain' AND asked_at < now() - interval '2 s'"
        )
