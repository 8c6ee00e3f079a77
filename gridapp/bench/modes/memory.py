"""Whether a worker's memory stays flat: fourteen lanes, the real way out, round after round."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from gridapp.bench import again, load, workers
from gridapp.bench.departments import departments
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row
from gridapp.bench.sizes import Bench

LANES = 14


def run(bench: Bench) -> Iterator[Row]:
    """`resident_mb` after the first round and at the end, with how many deliveries lay between."""
    deliveries = 0
    with departments(["fast"] * LANES) as there, own_database(like=bench.stock.backlog) as environment:
        ids = load.readdress(there.urls) + more_targets(there.urls[bench.targets :])
        with workers.ours(1, LANES, environment) as running:
            running.begin()
            done, _ = again.one_round(ids, patience=bench.size.patience_s)
            first = running.resident_mb()[0]
            while done and deliveries < bench.size.memory_deliveries:
                again.want_again()
                done, _ = again.one_round(ids, patience=bench.size.patience_s)
                deliveries += done
            last = running.resident_mb()[0]
    figures = {"deliveries": deliveries, "first_resident_mb": first, "resident_mb": last, "grown_mb": last - first}
    yield Row("memory", "ours", f"{LANES} fast", figures)


def more_targets(urls: list[str]) -> list[int]:
    """Further targets that want what the first one wants."""
    made = load.targets(urls, first=1 + max(load.numbers()))
    with connection.cursor() as cursor:
        for target in made:
            cursor.execute(_LIKE_THE_FIRST, {"target": target.pk})
    return [target.pk for target in made]


_SAME = (
    "record_id, status, wanted_version, wanted_digest, generation, due_at, rank, maybe_sent, was_maybe_sent, attempts, "
    "crashes, ticket, reference, hold, waits_for, reason_code, reason, fields, changed_at"
)
_LIKE_THE_FIRST = f"""
INSERT INTO delivery_delivery (target_id, {_SAME})
SELECT %(target)s, {_SAME} FROM delivery_delivery
WHERE target_id = (SELECT id FROM catalogue_target ORDER BY position LIMIT 1)
"""  # noqa: S608 - our own column names
