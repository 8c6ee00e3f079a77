"""The tables refuse everybody; the role that the product runs under cannot even ask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg import sql

from gridapp.audit import anchoring, roles
from gridapp.audit.acts import Act
from gridapp.audit.chaining import chain
from gridapp.audit.noting import note
from gridapp.audit.verifying import verify
from gridapp.delivery import keeping, partitions, restored
from gridapp.delivery.submit import submit
from gridapp.registry import EntryForm
from tests.audit.intruding import notes
from tests.factories import BuildingFactory, cast, flat_body

RUNNING = f"gridapp_runs_{os.getpid()}"  # roles are of the whole server
INSERT = (
    "INSERT INTO audit_note (act, by, about, result, what, request_id, address, process{more}) "
    "VALUES ('session.in', 7, '', 'done', '{{}}', '', NULL, 'web'{values})"
)


@pytest.mark.parametrize("table", roles.TABLES)
@pytest.mark.parametrize("act", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_tables_refuse_their_own_owner(act: str, table: str, ten: list[int]) -> None:
    anchoring.anchor()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL gridapp.audit_may_be_emptied = off")
        cursor.execute("INSERT INTO audit_stamp (anchor_id, token, stamped_at) VALUES (1, '', now())")
        cursor.execute("INSERT INTO audit_taken (anchor_id) VALUES (1)")
        cursor.execute("INSERT INTO audit_verification (links, found, faults, seconds) VALUES (1, 0, '[]', 1)")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act.format(table))


def test_time_and_transaction_are_the_databases_own_whatever_the_owner_says(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(more=", at, xact", values=", '2020-01-01', 5"))
        cursor.execute("SELECT clock_timestamp() - at < interval '1 minute', xact > 5 FROM audit_note")

        assert cursor.fetchone() == (True, True)


@pytest.fixture
def running(transactional_db: None) -> Iterator[psycopg.Connection]:
    """A session of the running role, with its own login."""
    notes(3)
    anchoring.anchor()
    call_command("audit_role", RUNNING, apply=True, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD 'of this test'").format(sql.Identifier(RUNNING)))
    told = connection.get_connection_params()
    place = {name: told[name] for name in ("host", "port", "dbname") if name in told}
    with psycopg.connect(**place, user=RUNNING, password="of this test", autocommit=True) as session:
        yield session
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(sql.Identifier(RUNNING)))
        cursor.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(RUNNING)))
        cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(RUNNING)))


REFUSED = [
    "UPDATE audit_note SET by = 8",
    "DELETE FROM audit_note",
    "TRUNCATE audit_note",
    "SET gridapp.audit_may_be_emptied = on; TRUNCATE audit_note",
    "SET session_replication_role = replica",
    "UPDATE audit_link SET number = number + 1",
    "DELETE FROM audit_link",
    "TRUNCATE audit_link",
    "UPDATE audit_anchor SET line = ''",
    "DELETE FROM audit_anchor",
    "DELETE FROM audit_verification",
    "ALTER TABLE audit_note DISABLE TRIGGER ALL",
    "ALTER TABLE audit_link DISABLE TRIGGER audit_follows",
    "DROP TRIGGER audit_stays ON audit_note",
    "DROP TABLE audit_note",
    "DROP FUNCTION audit_stays CASCADE",
    "CREATE OR REPLACE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    "ALTER TABLE audit_note OWNER TO CURRENT_USER",
    "GRANT UPDATE ON audit_note TO CURRENT_USER; UPDATE audit_note SET by = 8",
    "CREATE RULE quiet AS ON INSERT TO audit_note DO INSTEAD NOTHING",
    (
        "CREATE TRIGGER quiet BEFORE UPDATE ON audit_note FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    ),
    "SELECT setval(pg_get_serial_sequence('audit_note', 'id'), 1)",
    INSERT.format(more=", id", values=", 1000000"),
    INSERT.format(more=", at", values=", '2020-01-01'"),
    INSERT.format(more=", xact", values=", 5"),
    (
        "INSERT INTO audit_link (number, note_id, algorithm, own, digest, seal, horizon, at) "
        "VALUES (99, 99, 'sm3', '', '', '', 0, clock_timestamp())"
    ),
    (
        "INSERT INTO audit_link (number, note_id, algorithm, own, digest, seal, horizon, at) "
        "VALUES (4, 99, 'sm3', '', '', '', 0, clock_timestamp() - interval '1 hour')"
    ),
]


def test_the_running_role_can_change_nothing(running: psycopg.Connection) -> None:
    took = []

    for statement in REFUSED:
        try:
            running.execute(statement)
            took.append(statement)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.GeneratedAlways):
            running.execute("RESET ALL")

    assert took == []
    assert verify().faults == []
    assert roles.may_change() != []  # the test's own session is the owner's


def test_an_own_clock_does_not_get_in_the_way(running: psycopg.Connection) -> None:
    running.execute(
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql "
        "AS $$SELECT '2020-01-01'::timestamptz$$"
    )
    running.execute("SET search_path = public, pg_catalog")

    running.execute(INSERT.format(more="", values=""))

    row = running.execute("SELECT at > '2026-01-01' FROM audit_note ORDER BY id DESC LIMIT 1").fetchone()
    running.execute("DROP FUNCTION public.clock_timestamp()")
    assert row == (True,)


def test_the_product_runs_under_the_running_role(running: psycopg.Connection) -> None:
    people = cast()
    body = flat_body(BuildingFactory.create())
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(RUNNING)))
    try:
        safe = roles.may_change()
        note(Act.SIGNED_IN, by=people.worker.pk)
        entered = submit(EntryForm.parse(body), by=people.worker)
        chain()
        anchoring.anchor()
        restored.check()
        keeping.tidy()
        months = _a_month_made_and_dropped()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")

    assert (safe, entered.is_new, months, verify().faults) == ([], True, (1, 1), [])


def _a_month_made_and_dropped() -> tuple[int, int]:
    """As the nightly work does with the tries, which are the running role's own."""
    later, known = timezone.now() + timedelta(days=800), {one.name for one in partitions.partitions()}
    made = partitions.make(later, later)
    return made, sum(partitions._drop(one.name) for one in partitions.partitions() if one.name not in known)
