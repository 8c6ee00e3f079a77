"""The departments of the chaos harness, through their connectors: what they took is in their ledger."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gridapp.contract import (
    Action,
    AlreadyThere,
    Delivered,
    Kind,
    Misconfigured,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Unavailable,
    Unknown,
    Worker,
)
from tests.chaos import ledger
from tests.chaos.connectors.chaos_connectors.connector import Askable, Idempotent, Neither
from tests.chaos.connectors.chaos_connectors.mapping import POISON
from tests.conftest import Until

KINDS: dict[str, type[Neither]] = {"idempotent": Idempotent, "askable": Askable, "neither": Neither}


class Running:
    """One department as a process of its own."""

    def __init__(self, folder: Path, until: Until, kind: str, options: Sequence[str]) -> None:
        self.kind, self.path = kind, folder / "D.ledger"
        self._folder, self._until, self._options = folder, until, options
        self.start()

    def start(self) -> None:
        port = self._folder / "D.port"
        port.unlink(missing_ok=True)
        command = [sys.executable, str(Path(ledger.__file__)), "--folder", str(self._folder), "--kind", self.kind,
                   "--key", "D", "--seed", "7", *self._options]  # fmt: skip
        self._process = subprocess.Popen(command)
        self._until(port.exists, why="the ledger did not start")
        self.url = f"http://127.0.0.1:{port.read_text()}/"

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=10)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return ledger.read(self.path)

    @property
    def effects(self) -> list[str]:
        return [line["effect"] for line in self.lines]

    def send(self, *parcels: Parcel, **settings: str) -> Sequence[Outcome]:
        async def run() -> Sequence[Outcome]:
            async with KINDS[self.kind]({"url": self.url, **settings}) as connector:
                return await connector.send(parcels)

        return asyncio.run(run())

    def ask(self, *parcels: Parcel) -> Sequence[Outcome]:
        async def run() -> Sequence[Outcome]:
            async with KINDS[self.kind]({"url": self.url}) as connector:
                return await connector.read_back(parcels)

        return asyncio.run(run())


Department = Callable[..., Running]


@pytest.fixture
def department(tmp_path: Path, until: Until) -> Iterator[Department]:
    """`department(kind, *options)` starts one; ended after the test."""
    running: list[Running] = []

    def start(kind: str, *options: str) -> Running:
        running.append(Running(tmp_path, until, kind, options))
        return running[-1]

    yield start
    for one in running:
        one.kill()


def parcel(number: int = 1, *, version: int = 1, key: int | None = None, employer: str = "") -> Parcel:
    fields = {"occupation": f"k{number:06d}", "phone": f"139{number:05d}{version:03d}", "id_number": "made up"}
    chosen = number * 1000 + version if key is None else key
    made_at = datetime(2026, 11, 22, tzinfo=UTC)
    return Parcel(
        f"{chosen:032x}",
        Kind.RESIDENT,
        Action.CREATE,
        {**fields, "employer_name": employer},
        Worker("W1", "测试"),
        made_at,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_taken_is_written_down(department: Department, kind: str) -> None:
    running = department(kind)

    (came,) = running.send(parcel(5, version=3))

    (line,) = running.lines
    assert came == Delivered("L-k000005")
    assert {name: line[name] for name in ("key", "record", "version", "action", "effect", "said")} == {
        "key": parcel(5, version=3).key,
        "record": "k000005",
        "version": 5003,
        "action": "create",
        "effect": "applied",
        "said": "applied",
    }


def test_an_idempotent_one_applies_a_key_once_also_after_it_died(department: Department) -> None:
    running = department("idempotent")
    running.send(parcel())
    running.kill()
    running.start()

    assert running.send(parcel()) == [AlreadyThere("L-k000001")]
    assert running.send(parcel(version=2)) == [Delivered("L-k000001")]
    assert running.effects == ["applied", "known", "applied"]


@pytest.mark.parametrize("kind", ["askable", "neither"])
def test_the_others_apply_it_again(department: Department, kind: str) -> None:
    running = department(kind)

    running.send(parcel())
    running.send(parcel())

    assert running.effects == ["applied", "applied"]


def test_one_that_can_be_asked_tells_what_it_holds_last(department: Department) -> None:
    running = department("askable")
    running.send(parcel(1), parcel(2))
    running.send(parcel(2, version=2))

    came = running.ask(parcel(1), parcel(2), parcel(2, version=2), parcel(3))

    assert [type(one) for one in came] == [Delivered, NotYet, Delivered, NotYet]


def test_one_that_cannot_be_asked_says_nothing(department: Department) -> None:
    running = department("neither")
    running.send(parcel())

    async def ask() -> None:
        async with Askable({"url": running.url}) as connector:
            await connector.read_back([parcel()])

    with pytest.raises(Misconfigured, match="404"):
        asyncio.run(ask())


def test_busy_is_before_and_dropped_is_after(department: Department) -> None:
    busy = department("idempotent", "--busy", "1")
    with pytest.raises(Unavailable) as never:
        busy.send(parcel())
    busy.kill()
    dropping = department("idempotent", "--drop", "1")
    with pytest.raises(Unavailable) as maybe:
        dropping.send(parcel(2))

    assert (never.value.maybe_sent, maybe.value.maybe_sent) == (False, True)
    assert dropping.effects == ["none", "applied"]
    assert [line["said"] for line in dropping.lines] == ["busy", "drop"]


def test_late_is_later_than_the_connector_waits(department: Department) -> None:
    running = department("neither", "--late", "1", "--late-by", "2")

    with pytest.raises(Unavailable, match="时间"):
        running.send(parcel(), deadline="0.2")

    assert running.effects == ["applied"]


def test_one_that_hangs_takes_everything_and_says_nothing(department: Department) -> None:
    running = department("neither", "--hang", "1")

    with pytest.raises(Unavailable):
        running.send(parcel(), deadline="0.2")

    assert running.effects == ["none"]


def test_an_error_inside_a_200_is_no_success(department: Department) -> None:
    running = department("neither", "--lie", "1")

    (came,) = running.send(parcel())

    assert isinstance(came, Unknown)
    assert running.effects == ["none"]


def test_a_redirection_is_not_followed(department: Department) -> None:
    running = department("neither", "--redirect", "1")

    with pytest.raises(Misconfigured, match="307"):
        running.send(parcel())

    assert [line["said"] for line in running.lines] == ["redirect"]


def test_a_record_that_is_refused_is_refused_for_ever(department: Department) -> None:
    running = department("idempotent", "--refuse", "0.5")
    many = [parcel(number) for number in range(40)]

    first, again = running.send(*many), running.send(*many)

    refused = [isinstance(one, Rejected) for one in first]
    assert 5 < sum(refused) < 35
    assert [isinstance(one, Rejected) for one in again] == refused


def test_after_some_bad_answers_to_a_key_it_behaves(department: Department) -> None:
    running = department("idempotent", "--busy", "1", "--at-most", "2")

    for _ in range(2):
        with pytest.raises(Unavailable):
            running.send(parcel())

    assert running.send(parcel()) == [Delivered("L-k000001")]


def test_the_same_seed_misbehaves_in_the_same_way_in_any_order(tmp_path: Path) -> None:
    rates = ledger.Rates(busy=0.2, drop=0.2, lie=0.2)
    told = [{"key": f"{one:032x}", "record": f"k{one}", "version": 1, "action": "create"} for one in range(200)]

    def said(name: str, order: list[dict[str, Any]]) -> dict[str, str]:
        path = tmp_path / name
        one = ledger.Ledger(path, "neither", seed=3, rates=rates)
        for request in order:
            one.take(request)
        return {line["key"]: line["said"] for line in ledger.read(path)}

    assert said("a", told) == said("b", told[::-1])
    assert set(said("c", told).values()) == {"busy", "drop", "lie", "applied"}


def test_half_a_line_of_one_that_died_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "D.ledger"
    told = {"key": "k", "record": "r", "version": 1, "action": "create"}
    ledger.Ledger(path, "neither", seed=1, rates=ledger.Rates()).take(told)
    with path.open("ab") as file:
        file.write(b'{"key": "half')

    ledger.Ledger(path, "neither", seed=1, rates=ledger.Rates()).take({**told, "key": "next"})

    assert [line["key"] for line in ledger.read(path)] == ["k", "next"]


def test_a_poisoned_record_kills_whoever_sends_it(department: Department) -> None:
    running = department("neither")
    child = os.fork()
    if child == 0:
        running.send(parcel(employer=POISON))
        os._exit(0)

    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    assert running.lines == []


def test_gridapp_finds_all_three_by_their_path() -> None:
    asked = "import os; from gridapp.catalogue.profiles import profiles; print(*sorted(profiles()))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment["PYTHONPATH"] = str(Path(ledger.__file__).parent / "connectors")

    ran = subprocess.run([sys.executable, "-c", asked], env=environment, check=True, capture_output=True, text=True)

    assert {f"chaos_{kind}" for kind in KINDS} < set(ran.stdout.split())
