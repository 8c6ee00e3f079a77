"""The house that the other tests open, itself."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.db import connection

from gridapp.org.models import User
from tests.conftest import Until

from .conftest import Stack, nobody_is_at_work

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]

LONG_STATEMENT = """
import sys, psycopg
with psycopg.connect(sys.argv[1]) as reached:
    reached.execute("SET LOCAL application_name = 'long statement'; SELECT pg_sleep(3)")
"""


def test_it_ends_when_what_a_killed_worker_began_has_ended(worker: User, stack: Stack, until: Until) -> None:
    reached: Any = connection.connection.info
    conninfo = f"dbname={reached.dbname} host={reached.host} port={reached.port} user={reached.user}"
    stack.worker = subprocess.Popen([sys.executable, "-c", LONG_STATEMENT, conninfo], start_new_session=True)
    stack.started.append(stack.worker)
    until(lambda: not nobody_is_at_work() and _sleeps(), why="the statement did not begin")

    stack.kill_worker()
    assert _sleeps(), "PostgreSQL ended the statement with the worker: nothing to wait for"
    stack.end()

    assert not _sleeps()


def _sleeps() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3)%' AND state = 'active' "
                       "AND pid <> pg_backend_pid()")  # fmt: skip
        [[count]] = cursor.fetchall()
    return bool(count)
