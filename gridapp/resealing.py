"""After a new sealing key was added: every sealed value is opened and sealed again with it, slice by slice.

What is sealed with the newest key is passed over, so a run that was broken off is simply begun again. Whoever writes a
row meanwhile wins: a value is replaced only where it is still the one that was read, and nobody is waited for.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from gridapp import sealing

logger = logging.getLogger(__name__)

SLICE = 200
"""Rows that are read and written at a time."""
LARGEST = 8 * 2**20
"""Bytes of a slice: files are few and large."""
_PATIENT = "SELECT set_config('statement_timeout', '15min', true)"
"""Where little is left to do the whole table is read to find it: for that a minute may be too short."""


@dataclass(frozen=True)
class Column:
    """One sealed column. Its model says what each row is `bound_to`."""

    model: type[models.Model]
    name: str

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}"


@dataclass
class Came:
    """What came of one column: values sealed anew, those that do not open, and those that somebody else had in hand."""

    resealed: int = 0
    unreadable: int = 0
    left: int = 0


def columns() -> list[Column]:
    """Every column that holds sealed values: its name begins with `sealed`."""
    ours = (model for model in apps.get_models() if model.__module__.startswith("gridapp."))
    return [
        Column(model, field.name)
        for model in ours
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField) and field.name.startswith("sealed")
    ]


def reseal(column: Column, *, size: int = SLICE) -> Iterator[Came]:
    """Seals one column anew; yields after every slice what came of all so far."""
    came, after = Came(), None
    while (done := step(column, after, size=size)) is not None:
        after, one = done
        came.resealed, came.unreadable, came.left = (
            came.resealed + one.resealed, came.unreadable + one.unreadable, came.left + one.left
        )  # fmt: skip
        yield came


def step(column: Column, after: Any, *, size: int = SLICE) -> tuple[Any, Came] | None:
    """One slice behind the primary key `after`: the last key of it, and what came of it. None at the end."""
    ids = _old(column, after, size)
    if not ids:
        return None
    some, came = next(_slices(ids)), Came()
    _slice(column, [key for key, _size in some], came)
    return some[-1][0], came


def used(column: Column) -> dict[int, int]:
    """Key id -> how many values of the column it has sealed. Reads the whole column."""
    name, counted = _quoted(column.name), dict[int, int]()
    query = (
        f"SELECT substring({name} FROM 2 FOR 2), count(*) FROM {_table(column)} "  # noqa: S608 - names of our models
        f"WHERE octet_length({name}) > 0 GROUP BY 1"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENT)
        cursor.execute(query)
        for mark, number in cursor.fetchall():
            counted[int.from_bytes(bytes(mark), "big")] = number
    return counted


def remaining(column: Column) -> int:
    """How many values are not sealed with the newest key."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENT)
        cursor.execute(f"SELECT count(*) FROM {_table(column)} WHERE {_is_old(column)}", [_mark()])  # noqa: S608
        return int(cursor.fetchone()[0])


def _old(column: Column, after: Any, size: int) -> list[tuple[Any, int]]:
    """Primary keys and lengths of the next values that an older key sealed."""
    key, name = _key(column), _quoted(column.name)
    behind = "" if after is None else f"AND {key} > %s"
    query = (
        f"SELECT {key}, octet_length({name}) FROM {_table(column)} WHERE {_is_old(column)} {behind} "  # noqa: S608
        f"ORDER BY {key} LIMIT %s"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENT)
        cursor.execute(query, [_mark(), *([] if after is None else [after]), size])
        return list(cursor.fetchall())


def _slices(ids: Sequence[tuple[Any, int]]) -> Iterator[list[tuple[Any, int]]]:
    """The same in order, none larger than LARGEST unless it is one value alone."""
    some: list[tuple[Any, int]] = []
    for one in ids:
        if some and sum(length for _key, length in some) + one[1] > LARGEST:
            yield some
            some = []
        some.append(one)
    yield some


def _slice(column: Column, ids: Sequence[Any], came: Came) -> None:
    keys, before, after = [], [], []
    for row in column.model._base_manager.filter(pk__in=ids):
        sealed, bound_to = bytes(getattr(row, column.name)), getattr(row, "bound_to")  # noqa: B009 - each model has it
        if not sealed or sealing.key_of(sealed) == sealing.newest():
            continue  # emptied or written anew since it was found
        try:
            after.append(sealing.seal(sealing.unseal(sealed, bound_to=bound_to), bound_to=bound_to))
        except sealing.Unsealable as error:
            logger.error("%s %s is not sealed anew: %s", column, row.pk, error)
            came.unreadable += 1
            continue
        keys.append(row.pk)
        before.append(sealed)
    written = _write(column, keys, before, after)
    came.resealed += written
    came.left += len(keys) - written


def _write(column: Column, keys: Sequence[Any], before: Sequence[bytes], after: Sequence[bytes]) -> int:
    """Replaces what nobody changed or holds locked; how many that were."""
    if not keys:
        return 0
    table, name, key = _table(column), _quoted(column.name), _key(column)
    kind = column.model._meta.pk.rel_db_type(connection)
    query = (
        f"WITH known AS (SELECT * FROM unnest(%s::{kind}[], %s::bytea[], %s::bytea[]) AS k(id, old, new)), "  # noqa: S608
        f"free AS (SELECT t.{key} AS id, known.new FROM {table} t JOIN known ON known.id = t.{key} "
        f"WHERE t.{name} = known.old FOR NO KEY UPDATE OF t SKIP LOCKED) "
        f"UPDATE {table} t SET {name} = free.new FROM free WHERE free.id = t.{key}"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [list(keys), list(before), list(after)])
        return int(cursor.rowcount)


def _is_old(column: Column) -> str:
    name = _quoted(column.name)
    return f"octet_length({name}) > 0 AND substring({name} FROM 2 FOR 2) <> %s"


def _mark() -> bytes:
    """The two bytes of the envelope that name the newest key."""
    return struct.pack(">H", sealing.newest())


def _table(column: Column) -> str:
    return _quoted(column.model._meta.db_table)


def _key(column: Column) -> str:
    return _quoted(str(column.model._meta.pk.column))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
