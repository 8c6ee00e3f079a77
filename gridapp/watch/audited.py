"""What a scrape reads of the audit: what is not chained yet, how old the last anchor is, what verifying found."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from gridapp.audit import chaining

_READ = """
SELECT coalesce((SELECT number FROM audit_link ORDER BY number DESC LIMIT 1), 0),
    (SELECT extract(epoch FROM clock_timestamp() - at) FROM audit_anchor ORDER BY id DESC LIMIT 1)::float8,
    (SELECT count(*) FROM audit_anchor AS a WHERE NOT EXISTS (SELECT FROM audit_stamp WHERE anchor_id = a.id)),
    (SELECT extract(epoch FROM clock_timestamp() - at) FROM audit_verification ORDER BY id DESC LIMIT 1)::float8,
    coalesce((SELECT found FROM audit_verification ORDER BY id DESC LIMIT 1), 0)
"""
_SAID = (
    ("gridapp_audit_unchained", "Notes that stand outside the chain; some for seconds, none for longer."),
    ("gridapp_audit_links", "Notes in the chain."),
    ("gridapp_audit_anchor_age_seconds", "Time since the end of the chain was anchored; absent until it first is."),
    ("gridapp_audit_anchors_unstamped", "Anchors without a time-stamp; all of them where no authority is set."),
    ("gridapp_audit_verified_age_seconds", "Time since the whole chain was verified; absent until it first is."),
    ("gridapp_audit_faults", "What the last verification found."),
)


class Audit(Collector):
    """By index alone, whatever the length of the chain."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Raises django.db.Error."""
        with connection.cursor() as cursor:
            cursor.execute(_READ)
            values = (chaining.unchained(), *cursor.fetchone())
        for (name, said), value in zip(_SAID, values, strict=True):
            if value is not None:
                yield GaugeMetricFamily(name, said, value=float(value))
