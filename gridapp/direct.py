"""Statements past Django's cursor, for the few that run with every entry and every batch.

Bound by the server, prepared after some use, read in binary: a fifth of the CPU for a batch of two hundred rows, most
of it the time stamps. Same connection, same transaction, same exceptions as everything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import psycopg
from django.db import connection

Given = Mapping[str, Any] | Sequence[Any]
Rows = list[tuple[Any, ...]]


def fetch(sql: str, given: Given = ()) -> Rows:
    """Runs a statement that returns rows. Raises django.db.Error."""
    rows, _ = _run(sql, given, reads=True)
    return rows


def run(sql: str, given: Given = ()) -> int:
    """Runs a statement that returns none; how many rows it touched. Raises django.db.Error."""
    _, touched = _run(sql, given, reads=False)
    return touched


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as one parameter, for json_to_recordset: an array a column costs ten times as much. bytes as hex."""
    return orjson.dumps(rows, default=_hex).decode()


def _hex(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return value.hex()
    raise TypeError(f"no column takes a {type(value).__name__}")


def _run(sql: str, given: Given, *, reads: bool) -> tuple[Rows, int]:
    if connection.force_debug_cursor or connection.execute_wrappers:  # somebody counts or watches statements
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            return cursor.fetchall() if reads else [], cursor.rowcount
    connection.validate_no_broken_transaction()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, given, binary=True)
        return cursor.fetchall() if reads else [], cursor.rowcount
