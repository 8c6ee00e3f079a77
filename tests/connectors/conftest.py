"""What tests of connectors share: a database server for departments that work on tables."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

SERVER = ("host", "port", "user", "password")


@pytest.fixture(scope="session")
def database_url(worker_id: str) -> Iterator[str]:
    """Where departments may make databases beside one of this run's own; all are dropped at the end, accounts too.

    Not beside Django's test database: without a test that uses Django's there is none.
    """
    params = connection.get_connection_params()
    server = make_conninfo(dbname="postgres", **{name: params[name] for name in SERVER if params.get(name)})
    name = f"departments_{os.environ['TEST_RUN']}_{worker_id}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    yield make_conninfo(server, dbname=name)

    with psycopg.connect(server, autocommit=True) as admin:
        ours = [name.replace("_", "\\_") + "%"]
        for (one,) in admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", ours).fetchall():
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(one)))
        for (one,) in admin.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", ours).fetchall():
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(one)))
