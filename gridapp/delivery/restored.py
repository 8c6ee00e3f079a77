"""After a restore targets know more than we do: they are asked first, and our older truth overwrites nothing.

A database that was restored, recovered to a moment, or taken over by a standby is another copy than the one we knew:
another cluster, another table of its name, or another timeline of the write-ahead log. Then, in one transaction:
keys begin where no key can have been, and every target that may hold more than we remember gets a run of its own,
without which its lane sends nothing. What comes next is `reconcile`, for targets that can be asked.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from gridapp.catalogue import targets
from gridapp.catalogue.targets import Configured

from . import alarms
from .models import Alarm, Reconciliation, Status, Timeline
from .retrying import after_deadlock

logger = logging.getLogger(__name__)

REASON = "restored"
"""The reason code of a delivery that may have arrived in the time we do not remember."""
AT_ONCE = 5000
"""Deliveries put in doubt in one statement."""
CARE = timedelta(days=7)
"""How long after a restore a person decides on what differs from what we knew before it."""
IDS_A_MINUTE = 1_000_000
"""More ids than a table hands out in a minute: those that begin at the minute times this were never handed out."""
SINCE = "2026-01-01 00:00+00"
"""When the minutes begin."""
_NUMBERED = ("delivery_delivery.id", "delivery_sheet.id", "registry_entry.number")
"""What keys, tickets and entries are told apart by."""

_RUN = """
FROM delivery_reconciliation r JOIN delivery_timeline t ON t.since = r.started_at AND t.epoch > 0
WHERE r.finished_at IS NULL
"""
READS_BACK = f"EXISTS (SELECT {_RUN} AND r.target_id = delivery_lane.target_id)"
"""Of a lane: a restore began a run for its target that is not at its end; until then it asks and sends nothing."""

_BEGIN = """
INSERT INTO delivery_reconciliation (target_id, started_at, after, asked, agreed, lost, differing, undecided, trouble)
SELECT id, now(), 0, 0, 0, 0, 0, 0, '' FROM unnest(%s::bigint[]) AS t(id)
ON CONFLICT (target_id) WHERE finished_at IS NULL DO UPDATE SET started_at = now(), after = 0, asked = 0, agreed = 0,
    lost = 0, differing = 0, undecided = 0, trouble = ''
"""
_DOUBT = """
WITH doubtful AS MATERIALIZED (
    SELECT id FROM delivery_delivery WHERE target_id = %(target)s AND status = %(status)s AND id > %(after)s
        AND id < (SELECT epoch::bigint * %(ids)s FROM delivery_timeline)
        AND (asked_at IS NULL OR asked_at < (SELECT since FROM delivery_timeline))
        AND NOT (status = 'uncertain' AND reason_code = %(reason)s)
    LIMIT %(most)s FOR UPDATE SKIP LOCKED)
UPDATE delivery_delivery AS d SET status = 'uncertain', due_at = NULL, hold = '', waits_for = '', lease_until = NULL,
    token = NULL, maybe_sent = TRUE, asked_at = NULL, reason_code = %(reason)s, reason = '', fields = '{}',
    sent_version = CASE WHEN d.status IN ('sending', 'uncertain') THEN d.sent_version ELSE wanted_version END,
    sent_digest = CASE WHEN d.status IN ('sending', 'uncertain') THEN d.sent_digest ELSE wanted_digest END,
    sent_generation = CASE WHEN d.status IN ('sending', 'uncertain') THEN d.sent_generation ELSE generation END,
    changed_at = now()
FROM doubtful WHERE d.id = doubtful.id
"""

_looked_at: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Which copy of the database this is."""

    cluster: int
    timeline: int


def check(*, at_most_every: float = 0.0) -> bool:
    """Whether the database is another copy than at the last look; then all that follows from it has been begun.

    `at_most_every`: seconds within which this process does not look again.
    """
    global _looked_at
    if _looked_at is not None and time.monotonic() - _looked_at < at_most_every:
        return False
    found = here()
    known = Timeline.objects.filter(pk=1).first()
    if known is None:
        Timeline.objects.bulk_create(
            [Timeline(pk=1, cluster=found.cluster, timeline=found.timeline)], ignore_conflicts=True
        )
    changed = known is not None and (known.cluster, known.timeline) != (found.cluster, found.timeline)
    begun = changed and begin(unless=found)
    _looked_at = time.monotonic()
    return begun


def here() -> Place:
    """Where this connection leads. What a managed server does not tell is left out of the comparison."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'delivery_timeline'::regclass::oid::bigint, "
            "has_function_privilege(to_regprocedure('pg_control_system()'), 'execute'), "
            "has_function_privilege(to_regprocedure('pg_current_wal_lsn()'), 'execute')"
        )
        table, tells_cluster, tells_log = cursor.fetchone()
        cluster, timeline = 0, 0
        if tells_cluster:
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            (cluster,) = cursor.fetchone()
        if tells_log:  # the name of the log's file begins with its timeline
            cursor.execute("SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int")
            (timeline,) = cursor.fetchone()
        # A dump that was read in has tables of its own, also where it was read into the cluster that it came from.
        cursor.execute("SELECT hashtextextended(%s, 0)", [f"{cluster}:{table}"])
        (cluster,) = cursor.fetchone()
    return Place(cluster, timeline)


@after_deadlock
def begin(*, unless: Place | None = None) -> bool:
    """The database was restored: nothing is sent any more before it is known what is there.

    `unless`: where the database is known to be here already, somebody else was faster, and nothing is done.
    """
    found = unless or here()
    with transaction.atomic(), connection.cursor() as cursor:
        known, _ = Timeline.objects.select_for_update().get_or_create(
            pk=1, defaults={"cluster": found.cluster, "timeline": found.timeline}
        )
        if unless is not None and (known.cluster, known.timeline) == (unless.cluster, unless.timeline):
            return False
        # The minute, not a count: a count is restored with the rest, and the next restore would count the same again.
        cursor.execute(
            "UPDATE delivery_timeline SET cluster = %s, timeline = %s, since = now(), epoch = GREATEST(epoch + 1, "
            "floor(extract(epoch FROM now() - %s::timestamptz) / 60)) RETURNING epoch",
            [found.cluster, found.timeline, SINCE],
        )
        (epoch,) = cursor.fetchone()
        _number_anew(epoch)
        # Whoever serves a lane now looks again before anything more is sent.
        cursor.execute("UPDATE delivery_lane SET token = NULL, lease_until = NULL")
        asked = [one.target.pk for one in targets.targets() if _may_know_more(one)]
        cursor.execute(_BEGIN, [asked])
        alarms.raise_alarm(None, Alarm.Kind.RESTORED, "")
    return True


def moved() -> None:
    """The database was taken elsewhere as it was, and nothing was sent since: this is its place now."""
    found = {"cluster": here().cluster, "timeline": here().timeline}
    if not Timeline.objects.filter(pk=1).update(**found):
        Timeline.objects.create(pk=1, **found)


def go_on() -> None:
    """The clock's part: deliveries of targets that nobody can ask are put in doubt, for a person to decide on.

    We cannot know which of them went out: whatever was due when the backup was made probably did.
    """
    unfinished = runs()
    for target_id in unfinished:
        one = targets.target(target_id)
        if one is not None and not _can_be_asked(one) and doubt(target_id, after=0) < AT_ONCE:
            Reconciliation.objects.filter(pk=unfinished[target_id]).update(finished_at=Now())
            logger.info("%s: what may have arrived before the restore waits for a person", one.target.key)
    seen = Alarm.objects.filter(kind=Alarm.Kind.RESTORED, ended_at=None, raised_at__lt=Now() - timedelta(days=1))
    if not unfinished and seen.exists():
        alarms.end(None, Alarm.Kind.RESTORED)


def runs() -> dict[int, int]:
    """Target that is not sent to yet -> the run that must come to its end before."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT r.target_id, r.id {_RUN}")
        return dict(cursor.fetchall())


def doubt(target_id: int, *, after: int) -> int:
    """Puts in doubt what stood ready for a target before the restore and is not known to be right; how many.

    `after`: the id up to which its deliveries have been compared since. Those are known, like those that were asked
    about since, and what is new of them goes out. At most AT_ONCE at a time.
    """
    done = 0
    with connection.cursor() as cursor:
        for status in (Status.SENDING, Status.WAITING, Status.HELD, Status.UNCERTAIN):
            cursor.execute(
                _DOUBT,
                {
                    "target": target_id, "status": status, "after": after, "ids": IDS_A_MINUTE, "reason": REASON,
                    "most": AT_ONCE - done,
                },
            )  # fmt: skip
            done += cursor.rowcount
    return done


def from_before(delivery_ids: Sequence[int]) -> set[int]:
    """Those that stand as they did in the backup of a restore not long ago: the target may have heard of newer ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.id FROM delivery_delivery d JOIN delivery_timeline t ON t.epoch > 0 AND t.since > d.changed_at
            WHERE d.id = ANY(%s) AND t.since > now() - make_interval(secs => %s)
            """,
            [list(delivery_ids), CARE.total_seconds()],
        )
        return {row[0] for row in cursor.fetchall()}


def _number_anew(epoch: int) -> None:
    """Ids that were handed out after the backup are forgotten here and known elsewhere, so none of them comes again."""
    with connection.cursor() as cursor:
        for column in _NUMBERED:
            table, name = column.split(".")
            cursor.execute(
                "SELECT setval(s, GREATEST(coalesce(pg_sequence_last_value(s), 0) + 1, %s)) "
                "FROM (SELECT pg_get_serial_sequence(%s, %s)::regclass AS s) AS own",
                [epoch * IDS_A_MINUTE, table, name],
            )


def _can_be_asked(one: Configured) -> bool:
    return one.connector is not None and one.connector.capabilities.can_read_back


def _may_know_more(one: Configured) -> bool:
    """A target that keys on our keys and cannot be asked is told again what stood ready; a person sees for himself."""
    if one.connector is None or one.connector.capabilities.by_hand is not None:
        return False
    return one.connector.capabilities.can_read_back or not one.connector.capabilities.resend_safe
