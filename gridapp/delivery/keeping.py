"""What is kept how long: the nightly work on what has piled up. Idempotent, slice by slice, and may end anywhere.

Two periods are the law's: what was disclosed to whom for three years (网络数据安全管理条例 12), technical logs for six
months (cybersecurity law); nothing is kept longer than its period without need (PIPL 19). What a target holds now is
told by the delivery itself for good, whatever of its tries is gone.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from . import partitions, wake

logger = logging.getLogger(__name__)

DISCLOSED_AT_LEAST = 36
"""Months that the law has the record of what was disclosed to whom kept."""
TECHNICAL_AT_LEAST = 6
"""Months that the law has technical logs kept."""


@dataclass(frozen=True, slots=True)
class Periods:
    """`now` by the database's clock; what is older than the others may go."""

    now: datetime
    disclosed: datetime
    technical: datetime


@register()
def periods_are_lawful(app_configs: object, **options: Any) -> list[CheckMessage]:
    """Refuses to start with a period shorter than the law's."""
    wanted = {"ATTEMPTS_KEPT_MONTHS": DISCLOSED_AT_LEAST, "TECHNICAL_KEPT_MONTHS": TECHNICAL_AT_LEAST}
    return [
        Error(f"{name} is {getattr(settings, name)}: the law asks for {least} months.", id="gridapp.E004")
        for name, least in wanted.items()
        if getattr(settings, name) < least
    ]


def make_ahead() -> int:
    """Makes this month and the next ones where they are not there yet; how many. Cheap when there is nothing to do."""
    if not partitions.is_divided():
        return 0
    now = _periods().now
    return partitions.make(now, partitions.months_later(now, partitions.AHEAD))


def after_migrate(**told: Any) -> None:
    """What `migrate` does last."""
    make_ahead()


def tidy() -> Mapping[str, int]:
    """One night's work: months made ahead, strays brought home, then what is past its period; how many of each.

    Raises ImproperlyConfigured where a period is shorter than the law's: then nothing is thrown away.
    """
    if unlawful := periods_are_lawful(None):
        raise ImproperlyConfigured(unlawful[0].msg)
    periods, done = _periods(), Counter[str]()
    done["months made"] = make_ahead() + _bring_home(periods)
    done["months dropped"] = partitions.drop(periods.disclosed)
    for what, statement in _PAST.items():
        done[what] = _in_slices(statement, periods)
    logger.info("kept in order: %s", ", ".join(f"{number} {what}" for what, number in done.items()))
    return done


def _periods() -> Periods:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT now(), now() - make_interval(months => %s), now() - make_interval(months => %s)",
            [settings.ATTEMPTS_KEPT_MONTHS, settings.TECHNICAL_KEPT_MONTHS],
        )
        return Periods(*cursor.fetchone())


def _bring_home(periods: Periods) -> int:
    """Makes the months of what lies in the default partition, as far as a month is kept or near.

    What a mad clock dated to another century stays there: it is found by its delivery as well as any other.
    """
    until = partitions.months_later(periods.now, partitions.AHEAD + 1)
    return sum(partitions.make(month, month) for month in partitions.strays(periods.disclosed, until))


_PAST = {
    "stray attempts": """
        DELETE FROM delivery_attempt_default WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM delivery_attempt_default WHERE started_at < %(disclosed)s LIMIT 5000))
    """,
    # The newest try of a delivery says why it stands where it stands, and stays.
    "attempts by which nothing left": """
        DELETE FROM delivery_attempt AS a USING (
            SELECT o.id, o.started_at FROM delivery_attempt o WHERE o.started_at < %(technical)s
                AND (o.code = 'unreached' AND o.outcome = 'unavailable'
                    OR o.code = 'unreadable' AND o.outcome = 'broken')
                AND EXISTS (SELECT FROM delivery_attempt n WHERE n.delivery_id = o.delivery_id AND n.id > o.id)
            LIMIT 5000) AS old
        WHERE a.id = old.id AND a.started_at = old.started_at AND a.started_at < %(technical)s
    """,
    # What a page showed when it was filled is proof of what was disclosed.
    "evidence": """
        DELETE FROM delivery_evidence WHERE id = ANY(ARRAY(
            SELECT id FROM delivery_evidence WHERE made_at < %(disclosed)s LIMIT 1000))
    """,
    # An answered workbook holds hundreds of people in one file; what of them was handed out stands in the attempts.
    "workbooks emptied": """
        UPDATE delivery_sheet SET sealed = '', sealed_answer = '' WHERE id = ANY(ARRAY(
            SELECT s.id FROM delivery_sheet s
            WHERE s.returned_at < %(technical)s AND octet_length(s.sealed) > 0 AND NOT EXISTS (
                SELECT FROM delivery_delivery d
                WHERE d.target_id = s.target_id AND d.status IN ('submitted', 'uncertain') AND d.ticket = ANY(
                    ARRAY(SELECT format('sheet-%%s-%%s', s.id, number) FROM generate_series(1, s.rows) AS number)))
            LIMIT 100))
    """,
    # What was mended stands in an entry; what was decided or put away is kept for whoever asks why.
    "forms set aside": """
        DELETE FROM registry_setaside WHERE entry_id = ANY(ARRAY(
            SELECT entry_id FROM registry_setaside WHERE settled_at < %(technical)s LIMIT 1000))
    """,
    # A form comes right behind its photos, or sends those of yesterday once more; what its tablet lost has no form.
    "photos without a form": """
        DELETE FROM registry_photo WHERE id = ANY(ARRAY(
            SELECT id FROM registry_photo WHERE received_at < now() - interval '7 days' LIMIT 1000))
    """,
    # A lost tablet is remembered until it was told to wipe itself, however late it turns up.
    "tablets": """
        DELETE FROM org_device WHERE id = ANY(ARRAY(
            SELECT id FROM org_device WHERE seen_at < %(technical)s AND (lost_at IS NULL OR told_at IS NOT NULL)
            LIMIT 1000))
    """,
    # Filed or thrown away: what was filed stands in an entry.
    "forms held back": """
        DELETE FROM org_heldback WHERE id = ANY(ARRAY(
            SELECT id FROM org_heldback WHERE settled_at < %(technical)s LIMIT 1000))
    """,
    # Its cookie is over by then.
    "known browsers": """
        DELETE FROM org_knownbrowser WHERE id = ANY(ARRAY(
            SELECT id FROM org_knownbrowser WHERE seen_at < now() - interval '400 days' LIMIT 5000))
    """,
    "values shown whole": """
        DELETE FROM registry_shown WHERE id = ANY(ARRAY(
            SELECT id FROM registry_shown WHERE at < %(disclosed)s LIMIT 5000))
    """,
    "unusual days": """
        DELETE FROM registry_unusualday WHERE id = ANY(ARRAY(
            SELECT id FROM registry_unusualday WHERE settled_at < %(disclosed)s LIMIT 1000))
    """,
    "suggestions": """
        DELETE FROM org_suggestion WHERE id = ANY(ARRAY(
            SELECT id FROM org_suggestion WHERE answered_at < %(disclosed)s LIMIT 1000))
    """,
    "alarms": """
        DELETE FROM delivery_alarm WHERE id = ANY(ARRAY(
            SELECT id FROM delivery_alarm WHERE ended_at < %(technical)s LIMIT 5000))
    """,
    "comparisons": """
        DELETE FROM delivery_reconciliation WHERE id = ANY(ARRAY(
            SELECT o.id FROM delivery_reconciliation o WHERE o.finished_at < %(technical)s AND EXISTS (
                SELECT FROM delivery_reconciliation n WHERE n.target_id = o.target_id AND n.id > o.id)
            LIMIT 5000))
    """,
    "back-fills": """
        DELETE FROM delivery_backfill WHERE id = ANY(ARRAY(
            SELECT o.id FROM delivery_backfill o WHERE o.finished_at < %(technical)s AND EXISTS (
                SELECT FROM delivery_backfill n WHERE n.target_id = o.target_id AND n.id > o.id)
            LIMIT 5000))
    """,
    # A ledger is with whoever handed it in; what nobody began, mended or decided within a month is asked for again.
    "rows of ledgers": """
        DELETE FROM registry_ledgerrow WHERE id = ANY(ARRAY(
            SELECT r.id FROM registry_ledgerrow r JOIN registry_ledger l ON l.id = r.ledger_id
            WHERE l.finished_at < now() - interval '30 days' LIMIT 1000))
    """,
    "parts of ledgers": """
        DELETE FROM registry_ledgerpart WHERE id = ANY(ARRAY(
            SELECT p.id FROM registry_ledgerpart p JOIN registry_ledger l ON l.id = p.ledger_id
            WHERE l.stage IN ('columns', 'dropped') AND l.made_at < now() - interval '30 days' LIMIT 1000))
    """,
    "ledgers": """
        DELETE FROM registry_ledger WHERE id = ANY(ARRAY(
            SELECT l.id FROM registry_ledger l
            WHERE l.stage <> 'running' AND coalesce(l.finished_at, l.made_at) < %(technical)s
                AND NOT EXISTS (SELECT FROM registry_ledgerrow r WHERE r.ledger_id = l.id)
                AND NOT EXISTS (SELECT FROM registry_ledgerpart p WHERE p.ledger_id = l.id)
            LIMIT 1000))
    """,
}
"""What goes -> the statement that throws away a slice of it."""


def _in_slices(statement: str, periods: Periods) -> int:
    """Each slice is a transaction of its own: what is done stays done when the process ends."""
    told = {"disclosed": periods.disclosed, "technical": periods.technical}
    gone = 0
    while not wake.stopping():
        with connection.cursor() as cursor:
            cursor.execute(statement, told)
            if not cursor.rowcount:
                break
            gone += cursor.rowcount
    return gone
