"""Whatever is committed is chained within seconds, numbered without a gap, by one chainer at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from gridapp.audit import chaining
from gridapp.audit.acts import Act
from gridapp.audit.models import Link, Note
from gridapp.audit.noting import note
from gridapp.audit.verifying import verify

INSERT = (
    "INSERT INTO audit_note (act, by, about, result, what, request_id, address, process) "
    "VALUES ('session.in', 7, '', 'done', '{}', '', NULL, 'web') RETURNING id"
)


@pytest.fixture
def other(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another session, for transactions that take longer."""
    told = {name: value for name, value in connection.get_connection_params().items() if name != "cursor_factory"}
    told = {name: told[name] for name in ("host", "port", "dbname", "user", "password") if name in told}
    with psycopg.connect(**told) as session:
        yield session


def inserted(session: psycopg.Connection) -> int:
    row = session.execute(INSERT).fetchone()
    assert row is not None
    return int(row[0])


def chained() -> list[int]:
    return list(Link.objects.order_by("number").values_list("note_id", flat=True))


def test_a_lower_id_that_is_committed_later_is_chained_later(other: psycopg.Connection) -> None:
    slow = inserted(other)
    note(Act.SIGNED_IN, by=1)
    quick = Note.objects.get().pk
    first = chaining.chain()
    other.commit()
    second = chaining.chain()

    assert (first, second) == (1, 1)
    assert slow < quick
    assert chained() == [quick, slow]
    assert verify().faults == []


def test_nothing_is_forgotten_however_long_a_transaction_takes(other: psycopg.Connection) -> None:
    slow = inserted(other)
    for _round in range(5):
        note(Act.SIGNED_IN, by=1)
        chaining.chain()
    other.commit()
    note(Act.SIGNED_IN, by=1)

    chaining.chain()

    assert slow in chained()
    assert sorted(chained()) == sorted(Note.objects.values_list("pk", flat=True))
    assert list(Link.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 8))


def test_what_is_rolled_back_leaves_no_gap_in_the_chain(other: psycopg.Connection) -> None:
    lost = inserted(other)
    other.rollback()
    note(Act.SIGNED_IN, by=1)

    chaining.chain()

    report = verify()
    assert (report.links, report.faults) == (1, [])
    assert lost not in chained()


def test_many_are_taken_up_in_several_goes(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaining, "BATCH", 3)
    for number in range(10):
        note(Act.SIGNED_IN, by=number)

    done = chaining.chain()

    assert (done, chaining.unchained(), verify().links) == (10, 0, 10)
    assert verify().faults == []


def test_a_second_chainer_leaves_it_to_the_first(other: psycopg.Connection) -> None:
    note(Act.SIGNED_IN, by=1)
    other.execute("SELECT pg_advisory_xact_lock(%s)", [chaining._LOCK])
    while_another = chaining.chain()
    other.rollback()

    assert (while_another, chaining.chain()) == (0, 1)


def test_several_write_while_several_chain(transactional_db: None, until: Callable[..., Any]) -> None:
    writing = [threading.Thread(target=_write, args=(number,)) for number in range(4)]
    chain_on = threading.Event()
    chainers = [threading.Thread(target=_chain_until, args=(chain_on,)) for _one in range(2)]

    for thread in [*writing, *chainers]:
        thread.start()
    for thread in writing:
        thread.join()
    chain_on.set()
    for thread in chainers:
        thread.join()
    chaining.chain()

    report = verify()
    assert (report.links, report.faults, chaining.unchained()) == (200, [], 0)
    assert list(Link.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 201))


def test_notes_of_before_a_restore_into_another_server_do_not_hide_later_ones(transactional_db: None) -> None:
    note(Act.SIGNED_IN, by=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('audit_note_id_seq')")
        cursor.execute("ALTER TABLE audit_note DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_note SET xact = 4611686018427387904")
        cursor.execute("ALTER TABLE audit_note ENABLE TRIGGER USER")
    _as_if_transactions_had_counted_further()
    note(Act.SIGNED_IN, by=2)

    done = chaining.chain()

    assert done == 1
    assert verify().faults == []


def _as_if_transactions_had_counted_further() -> None:
    """The chain knows a horizon that this server has not reached."""
    chaining.chain()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_link DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_link SET horizon = 4611686018427387905")
        cursor.execute("ALTER TABLE audit_link ENABLE TRIGGER USER")


def _write(by: int) -> None:
    try:
        for _number in range(50):
            note(Act.SIGNED_IN, by=by)
    finally:
        connection.close()


def _chain_until(over: threading.Event) -> None:
    try:
        while not over.is_set():
            chaining.chain()
    finally:
        connection.close()
