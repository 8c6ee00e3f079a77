"""Exchange tables under faults and hostile values, on a real server behind a door that misbehaves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from connectors.sandbox import Faults
from connectors.sandbox.postgres_door import FrontDoor
from connectors.transport.exchange_table import ExchangeTables, Refusal, Table
from gridapp.contract import Misconfigured, Unavailable

NOTES = Table("T_NOTES", "ID", ("ID", "TEXT"))
HOSTILE = '\'; DROP TABLE "T_NOTES"; --'


@pytest.fixture(scope="module")
def server(database_url: str) -> Iterator[dict[str, str]]:
    """A database with one exchange table; where it is and who may use it."""
    given = psycopg.conninfo.conninfo_to_dict(database_url)
    name = f"{given['dbname']}_notes"
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(database_url, dbname=name, autocommit=True) as connection:
        connection.execute('CREATE TABLE "T_NOTES" ("ID" varchar(8) PRIMARY KEY, "TEXT" varchar(40) NOT NULL)')
    yield {"host": str(given["host"]), "port": str(given.get("port", 5432)), "dbname": name, "user": str(given["user"])}


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def address(server: dict[str, str], faults: Faults) -> Iterator[dict[str, str]]:
    door = FrontDoor(faults, server)
    port = door.open(0)
    yield {"host": "127.0.0.1", "port": str(port), "dbname": server["dbname"], "user": server["user"]}
    door.close()
    with psycopg.connect(**server) as connection:  # type: ignore[arg-type]
        connection.execute('DELETE FROM "T_NOTES"')


def put(address: dict[str, str], *rows: tuple[str, str | None], deadline: float = 30.0) -> list[Refusal | None]:
    tables = ExchangeTables(address, deadline=deadline)
    return asyncio.run(tables.put(NOTES, [{"ID": key, "TEXT": text} for key, text in rows]))


def held(address: dict[str, str], *keys: str) -> dict[str, str]:
    (found,) = asyncio.run(ExchangeTables(address, deadline=30.0).read((NOTES,), keys))
    return {key: row["TEXT"] for key, row in found.items()}


def failure(address: dict[str, str], deadline: float = 30.0) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        put(address, ("1", "one"), deadline=deadline)
    return caught.value


def test_rows_are_put_and_found_by_key(address: dict[str, str]) -> None:
    assert put(address, ("1", "one"), ("2", "two")) == [None, None]

    assert held(address, "1", "2", "3") == {"1": "one", "2": "two"}


def test_a_key_that_is_there_keeps_its_row(address: dict[str, str]) -> None:
    put(address, ("1", "one"))

    assert put(address, ("1", "another"), ("2", "two")) == [None, None]

    assert held(address, "1", "2") == {"1": "one", "2": "two"}


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (None, Refusal("23502", "前置表的必填项为空", ("TEXT",))),
        ("x" * 41, Refusal("22001", "超过前置表的长度", ())),
        ("a\0b", Refusal("22021", "含有前置表字符集以外的字", ())),
        ("\ud800", Refusal("22021", "含有前置表字符集以外的字", ())),
    ],
)
def test_a_bad_row_is_refused_and_the_others_stay(
    address: dict[str, str], text: str | None, refusal: Refusal, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert put(address, ("1", "990101199202290010"), ("2", text), ("3", "three")) == [None, refusal, None]

    assert held(address, "1", "2", "3") == {"1": "990101199202290010", "3": "three"}
    assert "990101199202290010" not in caplog.text


def test_values_are_never_part_of_a_statement(address: dict[str, str]) -> None:
    assert put(address, ("1", HOSTILE)) == [None]

    assert held(address, "1", HOSTILE) == {"1": HOSTILE}


def test_names_are_quoted(address: dict[str, str]) -> None:
    strange = Table('T_NOTES" ("ID", "TEXT") VALUES (\'9\', \'9\'); --', "ID", ("ID", "TEXT"))

    with pytest.raises(Misconfigured, match="42P01"):
        asyncio.run(ExchangeTables(address, deadline=5.0).put(strange, [{"ID": "1", "TEXT": "x"}]))

    assert held(address, "1", "9") == {}


@pytest.mark.parametrize("fault", ["reset", "error_5xx", "too_many", "html_instead"])
def test_what_fails_before_the_commit_was_certainly_not_sent(
    address: dict[str, str], faults: Faults, fault: str
) -> None:
    faults.set(fault)

    assert failure(address).maybe_sent is False

    faults.clear()
    assert held(address, "1") == {}


def test_a_port_that_refuses_was_certainly_not_sent_to(address: dict[str, str]) -> None:
    assert failure({**address, "port": "1"}).maybe_sent is False


def test_a_commit_without_an_answer_leaves_a_doubt(address: dict[str, str], faults: Faults) -> None:
    faults.set("answer_lost")

    assert failure(address).maybe_sent is True

    faults.clear()
    assert held(address, "1") == {"1": "one"}


def test_a_silent_server_is_left_at_the_deadline(address: dict[str, str], faults: Faults) -> None:
    faults.set("hang")

    async def timed() -> float:
        began = asyncio.get_running_loop().time()
        with pytest.raises(Unavailable) as caught:
            await ExchangeTables(address, deadline=2).put(NOTES, [{"ID": "1", "TEXT": "one"}])
        assert caught.value.maybe_sent is True
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(timed()) < 20


def test_a_server_that_never_greets_is_left_at_the_deadline(address: dict[str, str], faults: Faults) -> None:
    faults.set("slow", 60)

    assert failure(address, deadline=0.4).maybe_sent is False


def test_a_caller_that_gives_up_leaves_nothing_behind(address: dict[str, str], faults: Faults) -> None:
    faults.set("hang")

    async def given_up() -> set[Any]:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await ExchangeTables(address, deadline=30).put(NOTES, [{"ID": "1", "TEXT": "one"}])
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(given_up()) == set()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"user": "nobody_knows"}, "login"),
        ({"dbname": "nowhere"}, "login"),
        ({"port": "many"}, "address"),
        ({"sslmode": "sometimes"}, "address"),
    ],
)
def test_a_wrong_address_or_account_is_for_the_operator(
    address: dict[str, str], wrong: dict[str, str], code: str
) -> None:
    with pytest.raises(Misconfigured) as caught:
        put({**address, **wrong}, ("1", "one"))

    assert caught.value.code == code


def test_encryption_that_is_asked_for_is_not_given_up(address: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="tls"):
        put({**address, "sslmode": "require"}, ("1", "one"))


def test_rows_of_two_tables_are_there_together_or_not_at_all(address: dict[str, str], faults: Faults) -> None:
    missing = Table("T_NOWHERE", "ID", ("ID", "TEXT"))
    tables = ExchangeTables(address, deadline=5.0)
    first_rows: list[dict[str, Any]] = [{"ID": "1", "TEXT": "one"}]
    second_rows: list[dict[str, Any]] = [{"ID": "2", "TEXT": None}, {"ID": "3", "TEXT": "three"}]

    with pytest.raises(Misconfigured):
        asyncio.run(tables.put_together([(NOTES, first_rows), (missing, second_rows)]))
    assert held(address, "1") == {}

    first, second = asyncio.run(tables.put_together([(NOTES, first_rows), (NOTES, second_rows)]))

    assert first == [None]
    assert [refusal is None for refusal in second] == [False, True]
    assert held(address, "1", "2", "3") == {"1": "one", "3": "three"}


def test_no_rows_are_no_statement(address: dict[str, str]) -> None:
    assert put(address) == []
