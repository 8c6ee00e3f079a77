"""What tests of connectors share: a database server for departments that work on tables."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

SERVER = ("host", "port", "user", "password")


@pytest.fixture(scope="session")
def database_url(django_db_setup: None) -> Iterator[str]:
    """Where a department may make databases beside this run's own; they and their accounts are dropped at the end."""
    params = connection.get_connection_params()
    server = {name: params[name] for name in SERVER if params.get(name)}
    url = make_conninfo(dbname=connection.settings_dict["NAME"], **server)

    yield url

    with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as admin:
        beside = [f"{connection.settings_dict['NAME']}\\_%"]
        for (name,) in admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", beside).fetchall():
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        for (name,) in admin.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", beside).fetchall():
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
