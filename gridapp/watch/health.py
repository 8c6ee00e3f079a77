"""May this process be sent requests? Asked every few seconds by whoever shares them out; never slower than 2 seconds.

What keeps an entry from being kept makes it unready: no database, other migrations than this code's, keys that do not
open what is there. A broker that is away and a clock that stands still are told and no more: entries are kept all the
same and go out later, while turning everybody away would make a delay an outage.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.db import ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from gridapp import sealing
from gridapp.celery import app

logger = logging.getLogger(__name__)

WITHIN = 1.5
"""Seconds that an answer takes at most."""
KEPT = 1.0
"""Seconds that an answer is given again: whoever asks in a loop costs the database nothing."""
NEEDED = ("database", "migrations", "keys")
WORDS = ("database", "migrations", "keys", "broker", "clock")


@dataclass(frozen=True, slots=True)
class Ready:
    """`checks`: word -> ok, warn or fail."""

    ready: bool
    checks: Mapping[str, str]


@dataclass
class Probe:
    """Asks in a thread of its own, one at a time; nobody waits for it longer than he says, and nobody starts another.

    `ask` gives words about what it looked at; what it raises counts as no answer.
    """

    ask: Callable[[], Mapping[str, str]]
    said: Mapping[str, str] | None = None
    said_at: float = -60.0
    began_at: float = 0.0
    running: threading.Thread | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        with self.lock:
            if self.running is not None or time.monotonic() - self.said_at < KEPT:
                return
            self.began_at = time.monotonic()
            self.running = threading.Thread(target=self._run, name="readiness", daemon=True)
            self.running.start()

    def answer(self) -> Mapping[str, str] | None:
        """What was found, None where nothing is known by now: it failed, or is still asking."""
        running = self.running
        if running is not None:
            running.join(max(0.0, self.began_at + WITHIN - time.monotonic()))
        with self.lock:
            return None if self.running is not None else self.said

    def _run(self) -> None:
        found: Mapping[str, str] | None = None
        try:
            found = self.ask()
        except Exception as error:  # whatever it is, the answer is that there is none
            logger.warning("readiness: %s", error)
        finally:
            with self.lock:
                self.said, self.said_at, self.running = found, time.monotonic(), None


def ready() -> Ready:
    """What this process finds, at most KEPT seconds old."""
    for probe in (_DATABASE, _BROKER):
        probe.begin()
    found = {**dict.fromkeys(WORDS, "fail"), **(_DATABASE.answer() or {})}
    found |= {"broker": "ok" if _BROKER.answer() is not None else "warn"}
    if found["clock"] != "ok":
        found["clock"] = "warn"
    return Ready(all(found[word] == "ok" for word in NEEDED), found)


def quick_connection() -> BaseDatabaseWrapper:
    """A connection of its own that gives up soon. The caller closes it."""
    ours = connections["default"].copy()
    options = dict(ours.settings_dict.get("OPTIONS", {}))
    options["options"] = f"{options.get('options', '')} -c statement_timeout=1000"
    ours.settings_dict["OPTIONS"] = options | {"connect_timeout": 2, "tcp_user_timeout": 2000}
    return ours


def migrated(applied: set[tuple[str, str]]) -> bool:
    """Whether all of this code's migrations are there; more than those are the next release's, on its way in."""
    return set(_ours()) <= applied


def sweep_is_late(age: float | None) -> bool:
    """`age`: seconds since the last look of the clock, None for never."""
    return age is None or age > max(30.0, 6 * settings.SWEEP_EVERY)


@lru_cache(maxsize=1)
def _ours() -> tuple[tuple[str, str], ...]:
    return tuple(MigrationLoader(None).graph.leaf_nodes())


def _ask_database() -> Mapping[str, str]:
    database = quick_connection()
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
            try:
                cursor.execute("SELECT app, name FROM django_migrations")
                is_ours = migrated(set(cursor.fetchall()))
                cursor.execute("SELECT extract(epoch FROM clock_timestamp() - max(done_at)) FROM delivery_sweep")
                age = cursor.fetchone()[0]
                cursor.execute(_SEALED)
                opens = _opens(cursor.fetchall())
            except ProgrammingError:
                return {"database": "ok", "migrations": "fail", "keys": "fail"}
    finally:
        database.close()
    return {
        "database": "ok",
        "migrations": "ok" if is_ours else "fail",
        "keys": "ok" if opens else "fail",
        "clock": "warn" if sweep_is_late(age) else "ok",
    }


_SEALED = """
(SELECT 'target:' || key, sealed_settings FROM catalogue_target WHERE sealed_settings <> '' ORDER BY position LIMIT 3)
UNION ALL (SELECT 'record:' || id, sealed FROM registry_record LIMIT 1)
"""


def _opens(sealed: list[tuple[str, bytes]]) -> bool:
    """Whether our keys are keys and open one of these: a single one sealed with a lost key is the doctor's business."""
    try:
        sealing.seal(b"", bound_to="ready")
    except ValueError:
        return False
    for bound_to, blob in sealed:
        try:
            sealing.unseal(blob, bound_to=bound_to)
        except sealing.Unsealable:
            continue
        return True
    return not sealed


def _ask_broker() -> Mapping[str, str]:
    with app.connection_for_write() as connection:
        connection.connect()
    return {"broker": "ok"}


_DATABASE, _BROKER = Probe(_ask_database), Probe(_ask_broker)
