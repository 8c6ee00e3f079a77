"""What pages and the API cost in a house with standing data: every page by its real view.

The clients are Django's own, in this process: what is measured is the view, its statements and its template.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

import psutil
from django.db import connection
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse

from gridapp.org.models import User
from gridapp.org.tokens import issue
from gridapp.registry.models import Record

from .filling import Filled
from .rows import at
from .town import road

HOST = "localhost"
TARGET = "WG"
_SAMPLE = 40
"""Different records, names and workers that the calls go round."""

Call = Callable[[], Any]


@dataclass(frozen=True)
class Took:
    """Milliseconds of `calls` calls after the first ones. `budget_ms`: what p95 should stay under, None for none.

    `cpu_ms`: CPU of this process, `database_cpu_ms`: of its session's, on average: what does not depend on who else is
    busy on the machine. The latter is 0 where the database is on another one.
    """

    name: str
    calls: int
    p50_ms: float
    p95_ms: float
    worst_ms: float
    cpu_ms: float
    database_cpu_ms: float
    budget_ms: float | None = None


def measure(name: str, call: Call, *, calls: int, warm: int = 5, budget: float | None = None) -> Took:
    """Times a call, warm. A page that is refused is not measured: it raises."""
    for _ in range(min(warm, calls)):
        call()
    took = []
    own, database = time.process_time(), _database_cpu()
    for _ in range(calls):
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1000)
    own, database = time.process_time() - own, _database_cpu() - database
    took.sort()
    return Took(
        name,
        calls,
        statistics.median(took),
        at(took, 0.95),
        took[-1],
        own * 1000 / calls,
        database * 1000 / calls,
        budget,
    )


def _database_cpu() -> float:
    """Seconds of CPU that our session's process on this machine has used, 0 where it is on another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    try:
        process = psutil.Process(pid)
        return float(sum(process.cpu_times()[:2])) if "postgres" in process.name() else 0.0
    except psutil.Error:
        return 0.0


@dataclass(frozen=True)
class Person:
    """A resident, the home they live at, and the worker of their grid, signed in."""

    record: Record
    client: Client
    document: Mapping[str, Any]
    housing: str


def pages(filled: Filled, *, calls: int) -> Iterator[Took]:
    """Every page of the worker, those of targets, and the API; the supervisors' are in overseeing.py."""
    known = people(filled, _SAMPLE)
    yield from _desk(known, calls)
    yield from searches(known, calls)
    yield from _review(calls)
    yield from _api(known, calls)


def people(filled: Filled, count: int) -> list[Person]:
    """One of each of so many grids, spread over the district; fewer where it has fewer grids."""
    found = []
    step = max(1, len(filled.grids) // count)
    for grid in filled.grids[::step][:count]:
        worker = User.objects.get(pk=grid.worker_id)
        record = Record.objects.filter(kind="resident", grid_code=grid.code).order_by("?").first()
        if record is not None:
            home = record.residencies.get()
            found.append(Person(record, signed_in(worker), record.document(), str(home.housing_id)))
    return found


@functools.cache
def _server() -> ClientHandler:
    """One for all browsers: every handler reads the folder of static files when it begins."""
    return ClientHandler(enforce_csrf_checks=False)


def signed_in(user: User) -> Client:
    """A browser of theirs."""
    client = Client(headers={"host": HOST, "accept-encoding": "gzip"})
    client.handler = _server()
    client.force_login(user)
    return client


def got(client: Client, address: str, headers: Mapping[str, str] | None = None) -> None:
    """Raises ValueError where it is refused."""
    answer = client.get(address, headers=headers)
    if answer.status_code != 200:
        raise ValueError(f"{address}: {answer.status_code}")


def posted(client: Client, address: str, form: Mapping[str, Any]) -> None:
    """Raises ValueError where it is refused."""
    answer = client.post(address, urlencode(form, doseq=True), content_type="application/x-www-form-urlencoded")
    if answer.status_code != 200:
        raise ValueError(f"{address}: {answer.status_code}")


def asked(client: Client, address: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Raises ValueError where it is refused."""
    answer = client.post(address, dict(body), content_type="application/json", headers=headers)
    if answer.status_code != 200:
        raise ValueError(f"{address}: {answer.status_code}")


def _desk(people: list[Person], calls: int) -> Iterator[Took]:
    turn = cycle(people)

    def get(name: str, *args: str, query: str = "") -> Call:
        def call() -> None:
            one = next(turn)
            told = [str(one.record.id) if word == "record" else word for word in args]
            got(one.client, reverse(name, args=told) + query.format(housing=one.housing))

        return call

    def check() -> None:
        one = next(turn)
        fields = {"id_type": "111", "id_number": one.document["id_number"], "name": one.document["name"]}
        posted(one.client, reverse("desk:check", args=["resident"]), {"housing": one.housing, **fields})

    yield measure("home of a worker", get("desk:home"), calls=calls, budget=300)
    yield measure("record page", get("desk:record", "record"), calls=calls, budget=300)
    yield measure("deliveries of a record", get("desk:deliveries", "record"), calls=calls, budget=300)
    yield measure("entry form", get("desk:new_resident", query="?housing={housing}"), calls=calls, budget=300)
    yield measure("form to correct", get("desk:correct", "record"), calls=calls, budget=300)
    yield measure("choose a home", get("desk:choose", "resident"), calls=calls, budget=300)
    yield measure("live check", check, calls=calls, budget=50)


def searches(people: list[Person], calls: int) -> Iterator[Took]:
    """What is asked before anything is entered, in a grid and in the whole district."""
    above = signed_in(User.objects.get(username="chief"))
    queries = {
        "a whole name": lambda one: one.document["name"],
        "a surname": lambda one: one.document["name"][:1],
        "four figures": lambda one: one.document["id_number"][-4:],
        "pinyin": lambda one: "wang",
        "an address": lambda one: f"{road(0)}1栋101",
        "a name that nobody has": lambda one: "欧阳不在",
    }
    for role, client in (("worker", None), ("chief", above)):
        for what, query in queries.items():
            turn = cycle(people)

            def find(turn: Any = turn, query: Any = query, client: Client | None = client) -> None:
                one = next(turn)
                posted(client or one.client, reverse("desk:search"), {"q": query(one)})

            yield measure(f"search by a {role}: {what}", find, calls=calls, budget=200)


def _review(calls: int) -> Iterator[Took]:
    addresses = {
        "home": reverse("desk:home"),
        "targets": reverse("review:targets"),
        "a target": reverse("review:target", args=[TARGET]),
        "its comparisons": reverse("review:reconciliations", args=[TARGET]),
        "coverage": reverse("review:coverage"),
    }
    for name in ("supervisor", "chief", "administrator"):
        client = signed_in(User.objects.get(username=name))
        for what, address in addresses.items():
            yield measure(f"{name}: {what}", partial(got, client, address), calls=calls, budget=300)


def _api(people: list[Person], calls: int) -> Iterator[Took]:
    turn, client = cycle(people), Client(headers={"host": HOST})
    user = User.objects.get(username="supervisor")
    header = {"Authorization": f"Bearer {issue(user)}"}
    inside = Record.objects.filter(kind="resident", grid_code__startswith=user.areas.get().code)[:_SAMPLE]
    records = cycle([str(pk) for pk in inside.values_list("pk", flat=True)])

    yield measure(
        "API: a record",
        lambda: got(client, reverse("api:record", args=[next(records)]), header),
        calls=calls, budget=300,
    )  # fmt: skip
    yield measure(
        "API: search",
        lambda: asked(client, reverse("api:search"), {"q": next(turn).document["name"]}, header),
        calls=calls, budget=200,
    )  # fmt: skip
    yield measure("API: targets", lambda: got(client, reverse("api:targets"), header), calls=calls, budget=300)
    yield measure("API: coverage", lambda: got(client, reverse("api:coverage"), header), calls=calls, budget=300)
