"""Somebody who owns the tables: nothing refuses them, the chain has to tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from gridapp.audit.acts import Act
from gridapp.audit.chaining import chain
from gridapp.audit.noting import note

TABLES = ("audit_note", "audit_link", "audit_anchor")


@contextmanager
def nothing_refuses() -> Iterator[None]:
    """Our triggers are off: whoever owns the tables can do that."""
    _turn("DISABLE")
    yield
    _turn("ENABLE")


def intrude(statement: str, *values: Any) -> None:
    """One statement past the triggers; it has to meet something."""
    with nothing_refuses(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount > 0


def notes(count: int) -> list[int]:
    """So many more, chained; the ids of all, in the chain's order."""
    for number in range(count):
        note(Act.SIGNED_IN, by=7, about=f"account:{number}", way="password")
    chain()
    with connection.cursor() as cursor:
        cursor.execute("SELECT note_id FROM audit_link ORDER BY number")
        return [row[0] for row in cursor.fetchall()]


def cut_off(*, after: int, ids: list[int]) -> None:
    """The end of the chain, notes and links."""
    intrude("DELETE FROM audit_note WHERE id = ANY(%s)", ids[after:])
    intrude("DELETE FROM audit_link WHERE number > %s", after)


def _turn(word: str) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")
