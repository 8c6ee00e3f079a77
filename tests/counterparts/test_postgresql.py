"""Debian's PostgreSQL 15 as a front machine: with passwords, TLS and EUC_CN, and with somebody else at the table."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from connectors.data_sharing.connector import DataSharing
from connectors.data_sharing.sandbox import SharingPlatform
from connectors.residence_registration.connector import ResidenceRegistration
from connectors.residence_registration.sandbox import PoliceRegister
from connectors.subject import Subject
from connectors.transport.exchange_table import ExchangeTables, Refusal, Table
from connectors.trial import Trial
from gridapp.contract import AlreadyThere, Delivered, Misconfigured, Unavailable
from gridapp.embedded.machine import rights
from tests.conftest import Until
from tests.counterparts.front_machine import free_port, running

NOTES = Table("T_NOTES", "ID", ("ID", "TEXT"))
TABLE = 'CREATE TABLE "T_NOTES" ("ID" varchar(8) PRIMARY KEY, "TEXT" varchar(40) NOT NULL)'


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not pytest's own: the server does not run as root, and nobody else can look into that."""
    made = Path(tempfile.mkdtemp(prefix="postgresql-"))
    if owner := rights():
        os.chown(made, owner["user"], owner["group"])
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def server(folder: Path, until: Until) -> Iterator[str]:
    """Where the administrator of a running server gets in."""
    with running(folder, until) as url:
        yield url


def prepare(server: str, encoding: str) -> dict[str, str]:
    """A database of its own with one exchange table; its address for an account that may add and look."""
    name = f"front_{encoding.lower()}_{secrets.token_hex(3)}"
    with psycopg.connect(server, autocommit=True) as chief:
        made = "CREATE DATABASE {} ENCODING {} LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        chief.execute(sql.SQL(made).format(sql.Identifier(name), sql.Literal(encoding)))
        chief.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'let me in'").format(sql.Identifier(name)))
    with psycopg.connect(server, dbname=name) as chief:
        chief.execute(TABLE)
        chief.execute(sql.SQL('GRANT SELECT, INSERT ON "T_NOTES" TO {}').format(sql.Identifier(name)))
    given = conninfo_to_dict(server)
    port = str(given["port"])
    return {"host": "127.0.0.1", "port": port, "dbname": name, "user": name, "password": "let me in"}


@pytest.fixture
def address(server: str) -> dict[str, str]:
    return prepare(server, "UTF8")


def put(address: dict[str, str], *rows: tuple[str, str | None], deadline: float = 10.0) -> list[Refusal | None]:
    tables = ExchangeTables(address, deadline=deadline)
    return asyncio.run(tables.put(NOTES, [{"ID": key, "TEXT": text} for key, text in rows]))


def held(address: dict[str, str], *keys: str) -> dict[str, str]:
    (found,) = asyncio.run(ExchangeTables(address, deadline=10.0).read((NOTES,), keys))
    return {key: row["TEXT"] for key, row in found.items()}


def chief_at(server: str, address: dict[str, str], **more: Any) -> psycopg.Connection[Any]:
    return psycopg.connect(server, dbname=address["dbname"], **more)


def test_rows_are_put_once_and_found_by_key(address: dict[str, str]) -> None:
    assert put(address, ("1", "一"), ("2", "𠮷㛃")) == [None, None]
    assert put(address, ("1", "另一"), ("3", "三")) == [None, None]

    assert held(address, "1", "2", "3", "4") == {"1": "一", "2": "𠮷㛃", "3": "三"}


def test_a_bad_row_is_refused_by_its_column_and_the_others_stay(address: dict[str, str]) -> None:
    refusals = put(address, ("1", "一"), ("2", None), ("3", "x" * 41), ("4", "a\0b"), ("5", "五"))

    assert [refusal and refusal.code for refusal in refusals] == [None, "23502", "22001", "22021", None]
    assert [refusal.columns for refusal in refusals if refusal] == [("TEXT",), (), ()]
    assert sorted(held(address, "1", "2", "3", "4", "5")) == ["1", "5"]


def test_a_database_of_a_chinese_encoding_takes_what_it_has_and_refuses_the_rest_row_by_row(server: str) -> None:
    address = prepare(server, "EUC_CN")

    refusals = put(address, ("1", "张伟"), ("2", "㛃兰"), ("3", "测试路8号"))

    assert refusals == [None, Refusal("22021", "含有前置表字符集以外的字", ()), None]
    assert held(address, "1", "2", "3") == {"1": "张伟", "3": "测试路8号"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"password": "guessed"}, "login"),
        ({"user": "nobody_knows"}, "login"),
        ({"dbname": "nowhere"}, "login"),
        ({"sslmode": "verify-full"}, "tls"),
    ],
)
def test_who_is_not_let_in_is_for_the_operator(address: dict[str, str], wrong: dict[str, str], code: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        put({**address, **wrong}, ("1", "一"))

    assert refused.value.code == code
    assert "guessed" not in str(refused.value)


def test_an_account_without_the_right_is_for_the_operator(server: str, address: dict[str, str]) -> None:
    with chief_at(server, address) as chief:
        chief.execute(sql.SQL('REVOKE INSERT ON "T_NOTES" FROM {}').format(sql.Identifier(address["user"])))

    with pytest.raises(Misconfigured, match="42501"):
        put(address, ("1", "一"))


ENCRYPTED = """
CREATE FUNCTION encrypted() RETURNS boolean LANGUAGE sql AS 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
ALTER TABLE "T_NOTES" ADD CONSTRAINT "SEALED" CHECK (encrypted());
"""


def test_encryption_that_is_asked_for_is_used(server: str, address: dict[str, str]) -> None:
    with chief_at(server, address) as chief:
        chief.execute(ENCRYPTED)

    assert put({**address, "sslmode": "require"}, ("1", "一")) == [None]

    (refused,) = put({**address, "sslmode": "disable"}, ("2", "二"))
    assert refused
    assert refused.code == "23514"


def test_somebody_at_the_table_is_waited_for_until_the_deadline_and_nothing_was_sent(
    server: str, address: dict[str, str]
) -> None:
    with chief_at(server, address) as mean:
        mean.execute('LOCK TABLE "T_NOTES" IN ACCESS EXCLUSIVE MODE')

        with pytest.raises(Unavailable) as late:
            put(address, ("1", "一"), deadline=1.0)
        assert late.value.maybe_sent is False

    assert held(address, "1") == {}


def test_rows_are_seen_all_at_once_or_not_at_all(server: str, address: dict[str, str]) -> None:
    """Whoever reads while we write sees no half batch."""
    counts: set[int] = set()
    with chief_at(server, address, autocommit=True) as reader:

        async def both() -> None:
            writing = asyncio.create_task(
                ExchangeTables(address, deadline=20.0).put(
                    NOTES, [{"ID": str(number), "TEXT": "x"} for number in range(2000)]
                )
            )
            while not writing.done():
                found = await asyncio.to_thread(lambda: reader.execute('SELECT count(*) FROM "T_NOTES"').fetchone())
                counts.add(found[0] if found else -1)
            await writing

        asyncio.run(both())

    assert counts <= {0, 2000}


SLOW_COMMIT = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER dawdles AFTER INSERT ON "T_NOTES" DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION dawdle();
"""


def test_a_commit_that_does_not_come_back_leaves_a_doubt(server: str, address: dict[str, str]) -> None:
    with chief_at(server, address) as chief:
        chief.execute(SLOW_COMMIT)

    with pytest.raises(Unavailable) as late:
        put(address, ("1", "一"), deadline=2.0)

    assert late.value.maybe_sent is True


def test_a_session_that_is_ended_during_the_commit_leaves_a_doubt(
    server: str, address: dict[str, str], until: Until
) -> None:
    with chief_at(server, address) as chief:
        chief.execute(SLOW_COMMIT)
    ending = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND query = 'COMMIT'"
        " AND state = 'active'"
    )

    with psycopg.connect(server, autocommit=True) as chief:

        async def cut_off() -> Unavailable:
            writing = asyncio.create_task(ExchangeTables(address, deadline=20.0).put(NOTES, [{"ID": "1", "TEXT": "x"}]))
            while not await asyncio.to_thread(lambda: chief.execute(ending, [address["dbname"]]).fetchone()):
                assert not writing.done()
            with pytest.raises(Unavailable) as cut:
                await writing
            return cut.value

        assert asyncio.run(cut_off()).maybe_sent is True


def test_a_server_that_shuts_its_doors_was_certainly_not_sent_to(address: dict[str, str]) -> None:
    with pytest.raises(Unavailable) as refused:
        put({**address, "port": str(free_port())}, ("1", "一"))

    assert refused.value.maybe_sent is False


@pytest.mark.parametrize(
    ("connector", "department"), [(ResidenceRegistration, PoliceRegister), (DataSharing, SharingPlatform)]
)
def test_a_department_with_its_tables_there_is_filled(server: str, connector: Any, department: Any) -> None:
    there = department(database_url=server)
    there.start()
    try:
        trial = Trial(Subject(connector, connector.__module__.rpartition(".")[0], department), there)
        parcels = trial.parcels(20)

        assert {type(one) for one in trial.send(*parcels)} == {Delivered}
        assert {type(one) for one in trial.send(*parcels)} <= {Delivered, AlreadyThere}

        assert max(trial.sizes().values()) == len(parcels)
        trial.ask(lambda opened: opened.check())
    finally:
        there.stop()
