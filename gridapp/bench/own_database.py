"""Databases of the bench's own on the configured server: made for one run, often as a copy, dropped after it."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
from collections.abc import Iterator

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from gridapp.celery import app, broker_url

_numbers = itertools.count()


@contextlib.contextmanager
def own_database(*, like: str | None = None) -> Iterator[dict[str, str]]:
    """Switches this process to a fresh database; yields the environment that switches a child to it.

    Migrated, or a copy of the bench's database `like`. Nothing of the database that the settings name is read or
    written beyond CREATE DATABASE and DROP DATABASE. Databases nest: at the end this process is where it was before.
    """
    _home()
    before, name = str(connection.settings_dict["NAME"]), f"gridapp_bench_{os.getpid()}_{next(_numbers)}"
    queue = app.conf.task_default_queue
    _make(name, like)
    app.conf.task_default_queue = name  # before anything is published: hints go to the workers of this run alone
    try:
        if like is None:
            call_command("migrate", verbosity=0)
        yield {
            **os.environ,
            "DATABASE_NAME": name,
            "GRIDAPP_QUEUE": name,
            "BROKER_URL": broker_url(),
            "LOG_LEVEL": "CRITICAL",
            "PYTHONWARNINGS": "ignore",
        }
    finally:
        app.conf.task_default_queue = queue
        _drop(name, before)
        with app.connection_for_write() as line:
            line.default_channel.queue_delete(name)


def _make(name: str, like: str | None) -> None:
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if like is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(like))
    _at_the_door(statement)
    _switch(name)


def _drop(name: str, back_to: str) -> None:
    _at_the_door(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    _switch(back_to)


def _at_the_door(statement: sql.Composed) -> None:
    """From the database that the settings name: nobody copies or drops it."""
    _switch(_home())
    with connection.cursor() as cursor:
        cursor.execute(statement)


@functools.cache
def _home() -> str:
    return str(connection.settings_dict["NAME"])


def _switch(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name
