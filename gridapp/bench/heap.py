"""A backlog of any size for one target: rows made in the database, past the door that entries come through."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from django.db import connection

from gridapp import sealing
from gridapp.contract import Kind
from gridapp.registry.models import Entry, Record, Residency

_AT_ONCE = 2000
_LATE = "interval '1 day'"

_STUBS = """
WITH made AS (
    INSERT INTO registry_record (id, kind, grid_code, version, sealed, tokens, created_at, updated_at, room_no)
    SELECT gen_random_uuid(), 'resident', %(grid)s, 1, ''::bytea, '{}', now(), now(), ''
    FROM generate_series(1, %(rows)s) RETURNING id)
SELECT count(*) FROM made
"""
_DUE = f"""
INSERT INTO delivery_delivery (record_id, target_id, status, wanted_version, wanted_digest, generation, due_at, rank,
    maybe_sent, was_maybe_sent, attempts, crashes, ticket, reference, hold, waits_for, reason_code, reason, fields,
    changed_at)
SELECT r.id, %(target)s, 'waiting', 1, decode(md5(r.id::text) || '00000000', 'hex'), 1,
    now() - CASE WHEN length(r.sealed) > 0 THEN 2 * {_LATE} ELSE {_LATE} END, 1,
    FALSE, FALSE, 0, 0, '', '', '', '', '', '', '{{}}', now()
FROM registry_record r WHERE r.kind = 'resident'
ON CONFLICT (record_id, target_id) DO NOTHING
"""  # noqa: S608 - our own words


def pile_up(target_id: int, *, openable: int, rows: int) -> None:
    """Deliveries of `rows` residents wait for the target, the oldest `openable` of them of records that open.

    The others' records are stubs: they are never sent while the bench looks.
    """
    ids = list(Record.objects.filter(kind=Kind.RESIDENT).values_list("pk", flat=True)[:openable])
    made = len(ids)
    while made < min(openable, rows) and ids:
        some = ids[: min(_AT_ONCE, openable - made)]
        _copy(some)
        made += len(some)
    grid = Record.objects.filter(kind=Kind.RESIDENT).values_list("grid_code", flat=True)[0]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_STUBS, {"grid": grid, "rows": max(0, rows - made)})
        cursor.execute(_DUE, {"target": target_id})
        cursor.execute("RESET statement_timeout")
        cursor.execute("ANALYZE delivery_delivery, registry_record")


def _copy(record_ids: Sequence[uuid.UUID]) -> None:
    """The same people once more, without the document by which they would be known as the same."""
    records = list(Record.objects.filter(pk__in=record_ids))
    twins = {one.pk: Record(id=uuid.uuid4(), kind=one.kind, grid_code=one.grid_code, sealed=b"") for one in records}
    for one in records:
        twin = twins[one.pk]
        twin.sealed = sealing.seal_json(sealing.unseal_json(one.sealed, bound_to=one.bound_to), bound_to=twin.bound_to)
    Record.objects.bulk_create(twins.values())
    Residency.objects.bulk_create(_homes(twins))
    Entry.objects.bulk_create(_entries(twins))


def _homes(twins: dict[uuid.UUID, Record]) -> Iterator[Residency]:
    for one in Residency.objects.filter(resident__in=twins.keys()):
        home = Residency(id=uuid.uuid4(), resident=twins[one.resident_id], housing_id=one.housing_id)
        home.sealed = sealing.seal_json(sealing.unseal_json(one.sealed, bound_to=one.bound_to), bound_to=home.bound_to)
        yield home


def _entries(twins: dict[uuid.UUID, Record]) -> Iterator[Entry]:
    for one in Entry.objects.filter(record__in=twins.keys()):
        yield Entry(
            id=uuid.uuid4(), record=twins[one.record_id], action=one.action, version=one.version, digest=one.digest,
            sealed=one.sealed, grid_code=one.grid_code, by_id=one.by_id, made_at=one.made_at,
        )  # fmt: skip
