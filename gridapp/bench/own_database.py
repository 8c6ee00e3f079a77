"""A database of the bench's own on the configured server: made for one run, dropped after it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from gridapp.celery import app


@contextlib.contextmanager
def own_database(*, keep: bool = False) -> Iterator[dict[str, str]]:
    """Switches this process to a fresh, migrated database; yields the environment that switches a child to it.

    Nothing of the database that the settings name is read or written beyond CREATE DATABASE and DROP DATABASE.
    """
    home, name = str(connection.settings_dict["NAME"]), f"gridapp_bench_{os.getpid()}"
    _on(home, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    _switch(name)
    app.conf.task_default_queue = name  # before anything is published: hints go to the workers of this run alone
    try:
        call_command("migrate", verbosity=0)
        yield {
            **os.environ,
            "DATABASE_NAME": name,
            "GRIDAPP_QUEUE": name,
            "LOG_LEVEL": "ERROR",
            "PYTHONWARNINGS": "ignore",
        }
    finally:
        _switch(home)
        if not keep:
            _on(home, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _switch(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name


def _on(home: str, statement: sql.Composed) -> None:
    _switch(home)
    with connection.cursor() as cursor:
        cursor.execute(statement)
