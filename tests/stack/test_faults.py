"""What breaks in real life, on the real stack: nothing is lost, nothing doubled, nothing shown that is not so."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import psycopg
import pytest
from django.db import connection

from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.org.models import User
from gridapp.registry.entries import Entered

from .cases import flat, resident
from .conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def connected() -> frozenset[str]:
    """A housing code, exchange tables, packets and a gateway: enough of a district for what is asked here."""
    return frozenset({"FWBM", "JZDJ", "PDA", "WG"})


ALL = {"JZDJ": "delivered", "PDA": "delivered", "WG": "delivered"}
OLDER, NEWER = "13912345678", "13912345679"


def _coded(stack: Stack, worker: User) -> Entered:
    home = stack.enter(flat(), worker)
    stack.settled(home, {"FWBM": "delivered", "PDA": "delivered", "WG": "delivered"})
    return home


def _correct(stack: Stack, person: Entered, worker: User) -> None:
    record = str(person.record.id)
    stack.enter({"kind": "resident", "action": "correct", "record": record, "fields": {"phone": NEWER}}, worker)


def _in_mid_send(stack: Stack, worker: User, home: Entered, key: str, fault: dict[str, float]) -> Entered:
    """A resident whose first call, as it was entered, has met the fault: it is in the department's hands."""
    stack.department(key, "faults/", tell={name: {"value": value, "times": 1} for name, value in fault.items()})
    person = stack.enter(resident(str(home.record.id)), worker)
    stack.until(lambda: fault.keys().isdisjoint(stack.department(key, "faults/")), why="the call did not arrive")
    return person


def _told(stack: Stack, key: str) -> dict[str, Any]:
    return dict(stack.department(key, "store/"))


def test_a_worker_frozen_beyond_its_lease_settles_nothing_when_it_wakes(worker: User, stack: Stack) -> None:
    home = _coded(stack, worker)
    person = _in_mid_send(stack, worker, home, "PDA", {"drip": 0.1})
    frozen = stack.worker
    assert frozen is not None

    os.killpg(frozen.pid, signal.SIGSTOP)
    stack.end_leases()
    _correct(stack, person, worker)
    stack.start_worker()
    stack.settled(person, ALL)
    before = dict(Delivery.objects.values_list("pk", "held_digest"))
    os.killpg(frozen.pid, signal.SIGCONT)
    stack.until(lambda: "no longer ours" in stack.log.read_text(), why="the frozen worker did not notice")
    os.killpg(frozen.pid, signal.SIGKILL)
    frozen.wait(timeout=10)

    assert dict(Delivery.objects.values_list("pk", "held_digest")) == before
    assert set(Delivery.objects.values_list("status", flat=True)) == {Status.DELIVERED}
    told = _told(stack, "PDA")
    assert [one["DH"] for one in told["persons"].values()] == [NEWER]
    assert len(told["numbers"]) == 2


def test_a_database_that_is_gone_for_a_while_under_load_loses_nothing(worker: User, stack: Stack) -> None:
    home = _coded(stack, worker)
    person = _in_mid_send(stack, worker, home, "WG", {"slow": 1})

    _away(seconds=2)
    began = time.monotonic()

    stack.settled(person, ALL)
    assert time.monotonic() - began < 15
    assert not Attempt.objects.filter(code="worker_gone").exists(), "the answer that came meanwhile was kept"
    assert len(_told(stack, "WG")["numbers"]) == 2


def _away(*, seconds: float) -> None:
    """For all who use it this database is as after the death of its server: cut off, then nobody gets in."""
    reached = connection.connection.info
    name, host, port, user = reached.dbname, reached.host, reached.port, reached.user
    connection.close()
    with psycopg.connect(host=host, port=port, user=user, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        admin.execute("SELECT pg_sleep(%s)", [seconds])
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_a_deploy_in_mid_send_finishes_the_call_and_leaves_no_doubt(worker: User, stack: Stack) -> None:
    home = _coded(stack, worker)
    person = _in_mid_send(stack, worker, home, "WG", {"slow": 2})
    began = time.monotonic()

    stack.kill_worker(signal.SIGTERM)

    took = time.monotonic() - began
    rows = Delivery.objects.filter(record=person.record)
    assert took < 15
    assert not rows.filter(status__in=[Status.SENDING, Status.UNCERTAIN]).exists()
    assert rows.get(target__key="WG").status == Status.DELIVERED
    stack.start_worker()
    stack.settled(person, ALL)
    assert not Attempt.objects.filter(outcome="unknown").exists()


def test_a_correction_that_overtakes_its_original_arrives_last(worker: User, stack: Stack) -> None:
    home = _coded(stack, worker)
    person = _in_mid_send(stack, worker, home, "WG", {"slow": 2})

    _correct(stack, person, worker)

    stack.until(lambda: not Delivery.objects.exclude(status=Status.DELIVERED).exists())
    stores = {key: str(_told(stack, key)) for key in ALL}
    assert [key for key, store in stores.items() if NEWER not in store] == []
    sent = Attempt.objects.filter(delivery__record=person.record, delivery__target__key="WG").order_by("id")
    assert [attempt.action for attempt in sent] == ["create", "change"]


def test_strange_answers_are_never_taken_for_success_and_all_arrives_later(worker: User, stack: Stack) -> None:
    stack.department("FWBM", "faults/", tell={"html_instead": {"value": True, "times": 1}})
    home = _coded(stack, worker)
    stack.department("WG", "faults/", tell={"error_in_200": True})
    stack.department("PDA", "faults/", tell={"too_many": {"value": 2, "times": 1}})
    stack.department("JZDJ", "faults/", tell={"answer_lost": {"value": True, "times": 1}})
    person = stack.enter(resident(str(home.record.id)), worker)

    strange = Delivery.objects.get(record=person.record, target__key="WG")
    stack.until(lambda: Attempt.objects.filter(delivery=strange).exists())
    strange.refresh_from_db()
    first = Attempt.objects.filter(delivery=strange)[0]
    stack.department("WG", "faults/", tell={"error_in_200": False})

    stack.settled(person, ALL)
    assert strange.status in (Status.WAITING, Status.SENDING)
    assert (strange.held_digest, first.outcome in ("delivered", "alreadythere")) == (None, False)
    assert {"FWBM", "PDA"} <= set(
        Attempt.objects.filter(outcome__in=["unavailable", "misconfigured"]).values_list(
            "delivery__target__key", flat=True
        )
    )
    assert [len(_told(stack, key)["numbers"]) for key in ("PDA", "WG")] == [2, 2]


def test_a_department_that_hangs_makes_nobody_else_late(worker: User, stack: Stack) -> None:
    home = _coded(stack, worker)
    others = {"JZDJ": "delivered", "PDA": "delivered"}
    normal = _seconds_until(stack, _entered(stack, home, worker, "990101199202290010"), others)
    stack.department("WG", "faults/", tell={"hang": True})

    late = _seconds_until(stack, _entered(stack, home, worker, "990101198001010014"), others)

    assert late < 1.5 * normal + 3
    assert Delivery.objects.filter(target__key="WG", status=Status.SENDING).exists()


def _entered(stack: Stack, home: Entered, worker: User, number: str) -> Entered:
    return stack.enter(resident(str(home.record.id), id_number=number), worker)


def _seconds_until(stack: Stack, entered: Entered, wanted: dict[str, str]) -> float:
    began = time.monotonic()
    stack.settled(entered, wanted)
    return time.monotonic() - began
