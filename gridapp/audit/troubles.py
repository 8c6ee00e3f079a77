"""What is wrong with the keeping of the audit itself: the first of it as a code and a number, "" where all is well."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from . import handing_over, stamping
from .models import Note, Verification

UNCHAINED = timedelta(minutes=1)
"""How long a note may stand outside the chain before somebody is told; it is seconds where all is well."""
_UNVERIFIED = timedelta(hours=26)
_UNSTAMPED = _UNTAKEN = timedelta(minutes=15)
_AGES = """
SELECT clock_timestamp() - (SELECT at FROM audit_anchor ORDER BY id DESC LIMIT 1),
    clock_timestamp() - coalesce((SELECT at FROM audit_verification ORDER BY id DESC LIMIT 1),
        (SELECT at FROM audit_link ORDER BY number LIMIT 1)),
    (SELECT EXISTS (SELECT FROM audit_link)),
    (SELECT max(clock_timestamp() - a.at) FROM audit_anchor AS a
        WHERE NOT EXISTS (SELECT FROM audit_stamp AS s WHERE s.anchor_id = a.id))
"""
_LATE = """
SELECT count(*) FROM audit_note AS n WHERE n.xact >= coalesce(
    (SELECT horizon FROM audit_link ORDER BY number DESC LIMIT 1), 0)
    AND n.at < clock_timestamp() - make_interval(secs => %s)
    AND NOT EXISTS (SELECT FROM audit_link AS l WHERE l.note_id = n.id)
"""


def late() -> int:
    """Notes that have stood outside the chain for longer than anything explains."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [UNCHAINED.total_seconds()])
        return int(cursor.fetchone()[0])


def first() -> str:
    """The worst of it, e.g. "verify 3"."""
    if (last := Verification.objects.order_by("-id").first()) and last.found:
        return f"verify {last.found}"
    if unchained := late():
        return f"unchained {unchained}"
    with connection.cursor() as cursor:
        cursor.execute(_AGES)
        anchored, verified, chained, unstamped = cursor.fetchone()
    if not chained:
        return ""
    patience = timedelta(seconds=2 * settings.AUDIT_ANCHOR_EVERY)
    if (anchored is None or anchored > patience) and Note.objects.filter(pk__gt=_anchored_note()).exists():
        return "anchor"
    waiting = handing_over.waiting()
    if waiting.since and timezone.now() - waiting.since > _UNTAKEN:
        return f"taken {waiting.count} {timezone.localtime(waiting.since):%Y-%m-%d %H:%M}"
    if settings.AUDIT_TSA_URL and unstamped and unstamped > _UNSTAMPED:
        return f"stamp {len(stamping.missing())}"
    return "unverified" if verified > _UNVERIFIED else ""


def _anchored_note() -> int:
    """The note at which the last anchor stands; what is newer by id waits for the next one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.note_id FROM audit_link AS l WHERE l.number = "
            "(SELECT number FROM audit_anchor ORDER BY id DESC LIMIT 1)"
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0
