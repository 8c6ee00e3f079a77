"""The ferry goes on by itself, whatever happens to the database under it, and loses no officer's verdict on the way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from connectors.residence_registration.sandbox import PoliceRegister
from gridapp.contract import Delivered, Rejected
from tests.conftest import Until
from tests.connectors.residence_registration.test_police import decided, resident, send

FERRY = "sandbox-ferry"


@pytest.fixture
def police(running: PoliceRegister) -> PoliceRegister:
    """With a ferry that has said nothing yet."""
    running.reset()
    running.stop()
    running.start()
    return running


def statement(police: PoliceRegister, text: str) -> None:
    with psycopg.connect(police.database.url, autocommit=True) as connection:
        connection.execute(text)


@contextmanager
def without_column(police: PoliceRegister, table: str, column: str) -> Iterator[None]:
    """Somebody alters the table, and puts it right again."""
    statement(police, f'ALTER TABLE "{table}" RENAME "{column}" TO "{column}_"')
    try:
        yield
    finally:
        statement(police, f'ALTER TABLE "{table}" RENAME "{column}_" TO "{column}"')


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if FERRY in record.getMessage()]


def is_there() -> bool:
    return any(thread.name == FERRY for thread in threading.enumerate())


def test_its_connection_is_cut_and_it_comes_again(
    police: PoliceRegister, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    statement(
        police,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    until(lambda: said(caplog))
    send(police, resident())

    assert isinstance(decided(police, until), Delivered)


@pytest.mark.parametrize(("table", "column"), [("T_JH_JZDJ_UP", "RKSJ"), ("T_JH_JZDJ_DOWN", "CLSJ")])
def test_a_statement_of_its_own_that_fails_does_not_end_it(
    police: PoliceRegister, until: Until, caplog: pytest.LogCaptureFixture, table: str, column: str
) -> None:
    with without_column(police, table, column):
        until(lambda: said(caplog))
        assert is_there()

    send(police, resident())

    assert isinstance(decided(police, until), Delivered)
    assert all("UndefinedColumn" in line for line in said(caplog))


def test_what_an_officer_found_is_not_forgotten_when_it_cannot_be_written(
    police: PoliceRegister, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    police.faults.script("990101199202290010", "3101")
    police.faults.set("window_closed")
    send(police, resident())

    with without_column(police, "T_JH_JZDJ_DOWN", "DJBH"):  # the ferry does not write it, the officer does
        police.faults.clear("window_closed")
        until(lambda: said(caplog))
    came = decided(police, until)

    assert isinstance(came, Rejected)
    assert came.code == "3101"
