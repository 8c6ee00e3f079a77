"""Fills a fresh database with what stands there after years: records, fourteen deliveries each, their tries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection

from gridapp.delivery import clock, counts_folding, counts_full, partitions
from gridapp.org.models import Area, User
from gridapp.registry.models import Record

from . import load, town
from .copies import Template, copy_residents

DAYS = 90
"""Days over which the tries are spread."""


@dataclass
class Filled:
    """What stands there. `seconds`: phase -> how long it took."""

    residents: int
    grids: list[town.Grid] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began


def fill(residents: int, *, history: bool = True, tries: bool = True) -> Filled:
    """In the database that this process is switched to. Needs the rights of its owner: triggers rest meanwhile.

    Without `history`: people, homes and households as they are, no entry and no delivery. Without `tries`: all but the
    log of tries, which pages of a single record read; what came and went on which day is counted all the same.
    """
    filled = Filled(residents)
    template = _template()
    with filled.phase("records"):
        filled.grids = town.town(residents)
        town.connect(filled.grids)
        _without_index("record_tokens", lambda: copy_residents(template, filled.grids, residents, history))
    for name, statement in _STATEMENTS.items() if history else ():
        if name == "attempts" and not tries:
            continue
        with filled.phase(name):
            now = clock.now()
            partitions.make(now - timedelta(days=DAYS), now)
            _execute("SET session_replication_role = replica", statement, "RESET session_replication_role")
    with filled.phase("counters"):
        _execute("SET work_mem = '256MB'")
        counts_full.recount()
        if history:
            _execute(_FLOWS)
        while counts_folding.fold(seconds=60):
            continue
        _execute("RESET work_mem")
    with filled.phase("vacuum"):
        _execute(*(f"VACUUM (ANALYZE) {table}" for table in _TABLES))
    return filled


def _template() -> Template:
    """A flat and a resident through the real door."""
    town.connect([])
    scene = load.scene(1)
    person = load.submit_one(next(load.people(1, scene.flats)), scene)
    made = Template.of(Record.objects.get(pk=scene.flats[0]), Record.objects.get(pk=person))
    _execute(
        "DELETE FROM delivery_delivery", "DELETE FROM registry_residency", "DELETE FROM registry_household",
        "DELETE FROM registry_entry", "DELETE FROM registry_record", "DELETE FROM registry_building",
    )  # fmt: skip
    User.objects.all().delete()
    Area.objects.all().delete()
    return made


def _without_index(name: str, act: Callable[[], None]) -> None:
    """An index of twenty tokens a record is made in one go, not row by row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(to_regclass(%s))", [name])
        made = cursor.fetchone()[0]
    _execute(f"DROP INDEX {name}")
    act()
    _execute("SET maintenance_work_mem = '512MB'", "SET statement_timeout = 0", made, "RESET maintenance_work_mem")


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("RESET statement_timeout")


_TABLES = (
    "registry_record", "registry_entry", "registry_residency", "registry_household", "registry_building",
    "delivery_delivery", "delivery_attempt", "delivery_count", "delivery_flow", "delivery_step", "org_user", "org_area",
    "org_gridmapping", "catalogue_target",
)  # fmt: skip
_STATEMENTS = {
    # One in a hundred is somebody's move, as in a house that works: for many reasons, of which some name a field.
    "deliveries": """
        INSERT INTO delivery_delivery (record_id, target_id, status, wanted_version, wanted_digest, generation,
            sent_version, sent_digest, sent_generation, held_version, held_digest, rank, maybe_sent, was_maybe_sent,
            attempts, crashes, ticket, reference, hold, waits_for, reason_code, reason, fields, changed_at, waits_in)
        SELECT r.id, t.id, s.status, 1, r.digest, 1, 1, r.digest, 1, CASE WHEN s.status = 'delivered' THEN 1 END,
            CASE WHEN s.status = 'delivered' THEN r.digest END, 0, FALSE, FALSE, 0, 0, '',
            CASE WHEN s.status = 'delivered' THEN 'N' || left(r.id::text, 13) ELSE '' END, '', '',
            CASE s.status WHEN 'delivered' THEN '' WHEN 'uncertain' THEN 'unknown' WHEN 'failed' THEN 'connector'
                WHEN 'manual' THEN CASE WHEN s.number < 6 THEN 'by_hand' ELSE 'inexpressible' END
                ELSE 'E' || s.number END, '',
            CASE WHEN s.status IN ('returned', 'manual') AND s.number > 5
                THEN ARRAY[(ARRAY['name', 'phone', 'education', 'occupation'])[s.number - 5]] ELSE '{}' END,
            now() - random() * interval '90 days', CASE WHEN s.status <> 'delivered' THEN r.grid_code END
        FROM (SELECT id, grid_code, decode(md5(id::text), 'hex') || '\\x00000001' AS digest FROM registry_record
            WHERE kind = 'resident' ORDER BY id) AS r
        CROSS JOIN catalogue_target t
        CROSS JOIN LATERAL (SELECT number, CASE
            WHEN draw < 0.004 THEN 'returned' WHEN draw < 0.006 THEN 'manual' WHEN draw < 0.008 THEN 'conflict'
            WHEN draw < 0.009 THEN 'uncertain' WHEN draw < 0.010 THEN 'failed' ELSE 'delivered' END AS status
            FROM (SELECT random() AS draw, floor(random() * 10)::int AS number
                WHERE t.id > 0 AND r.id IS NOT NULL) AS drawn) AS s
    """,
    "attempts": """
        INSERT INTO delivery_attempt (delivery_id, version, generation, action, outcome, code, reason, started_at,
            finished_at)
        SELECT id, 1, 1, 'create', CASE status WHEN 'delivered' THEN 'delivered' ELSE 'rejected' END, '', '',
            changed_at - interval '1 second', changed_at FROM delivery_delivery
    """,
}
# What the systems said on each day, as the triggers would have counted it; in that order: a day is folded once.
_FLOWS = """
    INSERT INTO delivery_step (made_at, grid_code, target_id, kind, was, stands, verdict, at_once, bucket, number)
    SELECT date_trunc('day', d.changed_at), r.grid_code, d.target_id, r.kind, '', '',
        CASE d.status WHEN 'delivered' THEN 'created' ELSE 'returned' END, d.status = 'delivered',
        CASE d.status WHEN 'delivered' THEN 4 + d.target_id % 14 END, count(*)
    FROM delivery_delivery d JOIN registry_record r ON r.id = d.record_id
    GROUP BY 1, 2, 3, 4, 7, 8, 9 ORDER BY 1, 2
"""
