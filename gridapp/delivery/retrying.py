"""Two transactions that lock the same rows in different orders: PostgreSQL ends one of them, and it is done again."""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection
from psycopg.errors import DeadlockDetected, SerializationFailure

logger = logging.getLogger(__name__)

TRIES = 5
PAUSE = 0.25
"""Seconds between looks whether the database is back."""
_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


def after_deadlock(function: Callable[_Given, _Made]) -> Callable[_Given, _Made]:
    """Runs a function that is one whole transaction again when PostgreSQL chose it to end a deadlock.

    Inside somebody else's transaction it raises instead: only the outermost can begin anew.
    """

    @functools.wraps(function)
    def again(*args: _Given.args, **options: _Given.kwargs) -> _Made:
        for left in range(TRIES - 1, -1, -1):
            try:
                return function(*args, **options)
            except OperationalError as error:
                ended = isinstance(error.__cause__, DeadlockDetected | SerializationFailure)
                if not ended or not left or connection.in_atomic_block:
                    raise
                logger.info("%s: again after a deadlock", function.__name__)
                time.sleep(random.uniform(0.01, 0.1))
        raise AssertionError("unreachable")

    return again


def outlasting(step: Callable[[], _Made], *, seconds: float) -> _Made:
    """Runs one whole transaction; where the database goes away under it, again on a new connection for so long.

    Raises what the step raised where the time is over, where it failed otherwise, and inside a transaction.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            return step()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or not _went_away(error) or time.monotonic() >= until:
                raise
            connection.close()
            logger.warning("the database is away; looking again")
            time.sleep(PAUSE)


def _went_away(error: BaseException) -> bool:
    """Whether the connection was lost; a statement that the server itself ended has a code of its own."""
    code = getattr(error.__cause__, "sqlstate", None)
    return code is None or code[:2] == "08" or code in ("57P01", "57P02", "57P03")
