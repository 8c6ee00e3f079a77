"""Two runs in which nothing breaks: workers are exchanged one by one under load; and nothing at all happens."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil
from django.db import connection

from . import driver, oracle, oracle_evidence
from .driver_clients import Clients
from .stack import House, until
from .stack_departments import TAME
from .stack_opening import Opened, opened

LANES = 14
MOST_IDLE = 2.0
"""Percent of one core that worker and clock may use while there is nothing to do."""
_pause = threading.Event()

# Who has a lane writes its lease; others write the rest of the row. Who ended without giving it up has no session any
# more when another takes it. How long that takes on a busy machine says nothing: a worker that only waits for its turn
# still has its sessions.
_WATCHED = """
CREATE TABLE chaos_holder (target_id int PRIMARY KEY, pid int NOT NULL);
CREATE TABLE chaos_left (target_id int NOT NULL);
CREATE FUNCTION chaos_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.token <> OLD.token AND EXISTS (
        SELECT FROM chaos_holder AS h WHERE h.target_id = NEW.target_id
            AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.pid = h.pid))
    THEN
        INSERT INTO chaos_left VALUES (NEW.target_id);
    END IF;
    IF NEW.token IS NOT NULL AND (NEW.token, NEW.lease_until) IS DISTINCT FROM (OLD.token, OLD.lease_until) THEN
        INSERT INTO chaos_holder VALUES (NEW.target_id, pg_backend_pid())
        ON CONFLICT (target_id) DO UPDATE SET pid = EXCLUDED.pid;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER chaos_hold AFTER UPDATE ON delivery_lane FOR EACH ROW EXECUTE FUNCTION chaos_hold();
"""


@dataclass
class Rolling:
    """`quiet`, `late`: seconds from the acknowledgement of an entry to its effect, the longest everywhere; before
    the first restart, and while workers are exchanged. Told, not judged: they are the machine's as much as ours.
    `left`: lanes that a worker which ended had not given up, so that what was due there waited for a lease to end.
    """

    restarts: int = 0
    quiet: float = 0.0
    deliveries: int = 0
    uncertain: int = 0
    late: float = 0.0
    left: int = 0
    findings: dict[str, list[str]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not any(self.findings.values())

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}


@dataclass
class Idle:
    """`percent` of one core, by process, while `lanes` lanes had nothing to do for `seconds`."""

    lanes: int
    seconds: float
    percent: dict[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return sum(self.percent.values()) < MOST_IDLE

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "sum": sum(self.percent.values()), "most": MOST_IDLE, "passed": self.passed}


def rolling(folder: Path, *, seconds: float, seed: int, people: int = 200) -> Rolling:
    """SIGTERM to one worker after the other while people enter: nobody notices, least of all who cannot be asked."""
    report = Rolling()
    crowd = driver.script(seed, people, quiet=True)
    before, during = crowd[: people // 2], crowd[people // 2 :]
    with opened(folder, count=3, flats=driver.flats_for(people), seed=seed, rates=TAME, kinds="neither") as made:
        house = House(folder, 3, made.departments, made.environment)
        with connection.cursor() as cursor:
            cursor.execute(_WATCHED)
        try:
            house.up()
            _entering(house, made, before, seconds / 2).join()
            until(lambda: not _open(), "it did not come to rest")
            entering = _entering(house, made, during, seconds / 2)
            while entering.is_alive():
                worker = house.nursed[report.restarts % 3]
                house.let_go(worker)
                house.start(worker)
                report.restarts += 1
                entering.join(timeout=2.0)
            until(lambda: not _open(), "it did not come to rest")
            evidence = oracle_evidence.gathered(made.departments, crowd, url=house.url, token=made.token)
            report.left = _count("chaos_left")
        finally:
            house.down()
    report.findings = oracle.judge(evidence)
    report.deliveries = sum(len(evidence.requests[one]) for one in evidence.kinds)
    report.uncertain = sum(row.status == "uncertain" for row in evidence.rows)
    report.findings["uncertain"] = [f"{row.record} at {row.department}" for row in evidence.rows
                                    if row.status == "uncertain"]  # fmt: skip
    report.quiet, report.late = (
        max(oracle_evidence.waits(made.departments, some, share=1.0).values()) for some in (before, during)
    )
    report.findings["left"] = [f"{report.left} lanes waited for a lease to end"] * (report.left > 0)
    return report


def _entering(house: House, made: Opened, people: list[driver.Person], seconds: float) -> threading.Thread:
    """People being entered in so many seconds."""
    acts = driver.in_order(people, 1)
    clients = Clients(house.url, made.token, made.flats, acts, per_second=len(acts) / seconds)
    entering = threading.Thread(target=clients.send_all, args=(threading.Event(),), daemon=True)
    entering.start()
    return entering


def idle(folder: Path, *, seconds: float) -> Idle:
    """Fourteen lanes, each used once, then nothing: what worker and clock use in so many seconds."""
    report = Idle(LANES, seconds)
    crowd = driver.script(1, 4, quiet=True)
    with opened(folder, count=LANES, flats=driver.flats_for(4), seed=1, rates=TAME, kinds="idempotent") as made:
        house = House(folder, 1, made.departments, made.environment)
        try:
            house.up()
            acts = driver.in_order(crowd, 1)
            Clients(house.url, made.token, made.flats, acts, per_second=4).send_all(threading.Event())
            until(lambda: not _open(), "it did not come to rest")
            _pause.wait(6.0)  # lanes that linger end, and the last hint is heard
            before = {one.name: _cpu(one.pid) for one in house.nursed}
            began = time.monotonic()
            _pause.wait(seconds)
            took = time.monotonic() - began
            report.percent = {one.name: 100 * (_cpu(one.pid) - before[one.name]) / took for one in house.nursed}
        finally:
            house.down()
    return report


def _cpu(pid: int | None) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def _open() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM delivery_delivery WHERE status IN ('waiting', 'sending', 'held'))")
        return bool(cursor.fetchone()[0])
