"""New rows of several tables in one statement: an entry costs one round trip, however much it makes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model

from gridapp import direct


def insert(*rows: Model) -> None:
    """Inserts the rows together; all or none. Foreign keys among them are checked at the end of the transaction.

    A number that the database counts up (`Entry.number`) is set on the last row.
    """
    parts, values = [], []
    for row in rows:
        sql, fields, _ = _shape(type(row))
        parts.append(sql)
        # pre_save fills created_at and updated_at, as Model.save would.
        values += [field.pre_save(row, add=True) for field in fields]
    *first, last = parts
    _, _, counted = _shape(type(rows[-1]))
    together = ", ".join(f"made_{place} AS ({sql})" for place, sql in enumerate(first))
    statement = f"WITH {together} {last}" if first else last
    ((number,),) = direct.fetch(f"{statement} RETURNING {counted}", values)
    setattr(rows[-1], rows[-1]._meta.pk.attname, number)
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def insert_many(rows: Sequence[Model]) -> None:
    """Inserts rows of one table, however many; all or none. What the database counts up is not read back."""
    if not rows:
        return
    sql, fields = _many(type(rows[0]))
    told = [{str(field.column): _told(field.pre_save(row, add=True)) for field in fields} for row in rows]
    direct.run(sql, [direct.table(told)])
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def _told(value: Any) -> Any:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value


@lru_cache(maxsize=16)
def _many(model: type[Model]) -> tuple[str, tuple[Field[Any, Any], ...]]:
    """The INSERT of rows that are told as JSON, and the fields it takes values of."""
    _, fields, _ = _shape(model)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    typed = ", ".join(f'"{field.column}" {field.db_type(connection)}' for field in fields)
    table = model._meta.db_table
    sql = f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM json_to_recordset(%s::json) AS n({typed})'  # noqa: S608 - names of our own models
    return sql, fields


@lru_cache(maxsize=16)
def _shape(model: type[Model]) -> tuple[str, tuple[Field[Any, Any], ...], str]:
    """The INSERT of one row, the fields it takes values of, and the column of the primary key."""
    key = model._meta.pk
    fields = tuple(field for field in model._meta.concrete_fields if not isinstance(field, AutoField))
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    sql = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places})'  # noqa: S608 - names of our own models
    return sql, fields, f'"{key.column}"'
