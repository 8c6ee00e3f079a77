"""The role that the product runs under, apart from the one that owns the tables: it can add to the audit and read it.

The owner migrates, the running role runs. Everything else the running role may write; the tries are divided by months
that the nightly work makes and drops, so that table is its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from psycopg import sql

TABLES = ("audit_note", "audit_link", "audit_anchor", "audit_stamp", "audit_taken", "audit_verification")
_SAID = ("act", "by", "about", "result", "what", "request_id", "address", "process")
"""Columns of a note that the product says; the rest are the database's."""
_OTHERS = """
SELECT c.relname, c.relkind::text FROM pg_class AS c JOIN pg_namespace AS s ON s.oid = c.relnamespace
WHERE s.nspname = current_schema() AND c.relkind IN ('r', 'p', 'S', 'v', 'm') AND NOT c.relname LIKE 'audit\\_%%'
ORDER BY c.relname
"""
_MONTHS = "delivery_attempt"


def statements(role: str) -> Iterator[sql.Composed]:
    """What the owner executes once, and again after each migrate: tables that are new to it are not the role's yet."""
    name, schema = sql.Identifier(role), sql.Identifier(_schema())
    yield sql.SQL(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {text}) THEN CREATE ROLE {role} LOGIN; "
        "END IF; END $$"
    ).format(text=sql.Literal(role), role=name)
    yield sql.SQL("GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}").format(schema=schema, role=name)
    for table, kind in _others():
        yield from _everyday(table, kind, name)
    for table in TABLES:
        audit = sql.Identifier(table)
        yield sql.SQL("REVOKE ALL ON {table} FROM {role}, PUBLIC").format(table=audit, role=name)
        columns = sql.SQL(", ").join(map(sql.Identifier, _SAID))
        said = sql.SQL(" ({})").format(columns) if table == "audit_note" else sql.SQL("")
        yield sql.SQL("GRANT SELECT, INSERT{said} ON {table} TO {role}").format(said=said, table=audit, role=name)


def may_change() -> list[str]:
    """What the role of this connection can do to what was noted; empty where all of it is safe from the product."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user AND rolsuper UNION ALL SELECT FALSE WHERE FALSE"
        )
        able = ["superuser"] if cursor.fetchone() else []
        cursor.execute(
            "SELECT c.relname, pg_has_role(c.relowner, 'MEMBER'), has_table_privilege(c.oid, 'UPDATE'), "
            "has_table_privilege(c.oid, 'DELETE'), has_table_privilege(c.oid, 'TRUNCATE') "
            "FROM unnest(%s::text[]) AS t(name) JOIN pg_class AS c ON c.oid = to_regclass(t.name)",
            [list(TABLES)],
        )
        for table, *rights in cursor.fetchall():
            names = ("owner", "update", "delete", "truncate")
            able += [f"{table}: {right}" for right, has in zip(names, rights, strict=True) if has]
    return able


def _everyday(table: str, kind: str, role: sql.Identifier) -> Iterator[sql.Composed]:
    named = sql.Identifier(table)
    if kind == "S":
        yield sql.SQL("GRANT USAGE, SELECT, UPDATE ON SEQUENCE {table} TO {role}").format(table=named, role=role)
    elif table.startswith(_MONTHS) and kind in {"r", "p"}:
        yield sql.SQL("ALTER TABLE {table} OWNER TO {role}").format(table=named, role=role)
    else:
        yield sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}").format(table=named, role=role)


def _others() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, [])
        return list(cursor.fetchall())


def _schema() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])
