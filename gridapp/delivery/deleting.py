"""A record is to be deleted: departments that can close it are told first, then every row that names it is emptied.

What comes before is two people's decision (registry.rights); what is left is a tombstone, and in the tries, without a
value, which office got which fields when.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from gridapp.catalogue import targets
from gridapp.contract import Action, Kind
from gridapp.org.models import User
from gridapp.registry import locks, rights, tombstones
from gridapp.registry.models import Record, Residency, RightsRequest, Tombstone

from . import wake
from .dispatch import trace
from .models import Archive, Attempt, Delivery, Evidence, Status
from .plan import plan
from .retrying import after_deadlock
from .rows import NEXT_GENERATION

logger = logging.getLogger(__name__)

_CLOSE = f"""
UPDATE delivery_delivery AS d SET wanted_digest = NULL, generation = {NEXT_GENERATION}, attempts = 0, hold = '',
    waits_for = '', reason_code = '', reason = '', fields = '{{}}', changed_at = now(),
    status = CASE WHEN status IN ('sending', 'submitted', 'uncertain') THEN status ELSE 'waiting' END,
    due_at = CASE WHEN status IN ('sending', 'submitted', 'uncertain') THEN NULL ELSE now() END
WHERE record_id = %(record)s AND target_id = ANY(%(closing)s) AND (held_digest IS NOT NULL OR maybe_sent)
    AND wanted_digest IS NOT NULL
"""  # noqa: S608 - our own words
_CANCEL = """
UPDATE delivery_delivery SET wanted_digest = NULL, status = 'cancelled', due_at = NULL, hold = '', waits_for = '',
    reason_code = 'not_wanted', reason = '', fields = '{}', changed_at = now()
WHERE record_id = %(record)s AND held_digest IS NULL AND NOT maybe_sent AND status NOT IN ('sending', 'submitted')
"""
_FORGET = """
UPDATE delivery_delivery SET wanted_digest = NULL, held_digest = NULL, sent_digest = NULL, held_version = NULL,
    status = 'cancelled', due_at = NULL, lease_until = NULL, token = NULL, maybe_sent = FALSE, was_maybe_sent = FALSE,
    ticket = '', track_at = NULL, reference = '', hold = '', waits_for = '', reason_code = 'not_wanted', reason = '',
    fields = '{}', changed_at = now()
WHERE record_id = ANY(%(records)s)
"""
_WORKBOOKS = """
UPDATE delivery_sheet AS s SET sealed = '', sealed_answer = '' WHERE octet_length(s.sealed) > 0 AND EXISTS (
    SELECT FROM delivery_attempt a JOIN delivery_delivery d ON d.id = a.delivery_id
    WHERE d.record_id = ANY(%(records)s) AND d.target_id = s.target_id AND a.outcome = 'exported'
        AND s.made_at BETWEEN a.started_at - interval '10 minutes' AND a.started_at + interval '10 minutes')
"""
_OPEN = (
    Status.WAITING, Status.HELD, Status.SENDING, Status.SUBMITTED, Status.UNCERTAIN, Status.MANUAL, Status.RETURNED,
    Status.CONFLICT, Status.FAILED,
)  # fmt: skip


@after_deadlock
@transaction.atomic
def begin(row: RightsRequest) -> Tombstone:
    """Ends where the person lives, and wants nothing of them anywhere. What is not told yet is told now."""
    stone = tombstones.begin(row)
    record = Record.objects.select_for_update(no_key=True).get(pk=row.record_id)
    homes = list(Residency.objects.filter(resident=record).values_list("housing_id", flat=True))
    Residency.objects.filter(resident=record, is_open=True).update(is_open=False)
    Record.objects.filter(pk=record.pk, closed_at=None).update(closed_at=timezone.now())
    closing = _closing(record.kind)
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, {"record": record.pk})
        cursor.execute(_CLOSE, {"record": record.pk, "closing": closing})
    stone.kept_by = _keeping(record.pk, closing)
    stone.save(update_fields=["kept_by"])
    wake.after_commit({*plan(homes).due, *closing})
    transaction.on_commit(tombstones.write_down)
    return stone


def go_on() -> int:
    """Empties what every department was told of, or could not be told in time; how many records.

    One that cannot be emptied is named in the log and keeps no other from it.
    """
    tombstones.read_back()
    tombstones.write_down()
    done = 0
    for stone in Tombstone.objects.filter(purged_at=None).order_by("begun_at"):
        waited = timezone.now() - stone.begun_at > timedelta(days=settings.DELETION_WAITS_DAYS)
        pending = untold(stone.record_id)
        if pending and (not waited or _is_away(stone.record_id)):
            continue
        try:
            _bury(stone.record_id, pending)
            done += 1
        except Exception as error:  # it is tried again with the next look of the clock
            logger.error("record %s is not deleted yet: %s", stone.record_id, trace(error))
    return done


def due() -> bool:
    """Whether a deletion is under way, or one that the database has forgotten."""
    return Tombstone.objects.filter(purged_at=None).exists() or tombstones.forgotten()


@after_deadlock
@transaction.atomic
def agree(row: RightsRequest, *, agrees: bool, by: User) -> bool:
    """The second person of a deletion: with their word it begins. False where it is not theirs, or a law forbids it."""
    locks.records(row.record_id)  # so that nobody moves back in between the look at the law and the end of the homes
    if not rights.agree(row, agrees=agrees, by=by):
        return False
    if agrees:
        begin(RightsRequest.objects.select_related("record").get(pk=row.pk))
    return True


def untold(record_id: UUID) -> list[str]:
    """Keys of the targets that still have to be told."""
    rows = Delivery.objects.filter(record=record_id, status__in=_OPEN, wanted_digest=None)
    return list(rows.order_by("target__position").values_list("target__key", flat=True))


def forget(record_ids: Collection[UUID]) -> None:
    """Empties what this part keeps of records: what departments said, pictures, workbooks, content to be sent."""
    with connection.cursor() as cursor:
        cursor.execute(_WORKBOOKS, {"records": list(record_ids)})
        cursor.execute(_FORGET, {"records": list(record_ids)})
    # Packages that lie ready for a day may quote what a department said: they are asked for anew.
    Archive.objects.filter(state=Archive.State.READY).update(state=Archive.State.EXPIRED, sealed_package=b"")
    ids = list(Delivery.objects.filter(record__in=record_ids).values_list("pk", flat=True))
    Attempt.objects.filter(delivery__in=ids).exclude(reason="").update(reason="")
    Evidence.objects.filter(delivery__in=ids).delete()


@after_deadlock
@transaction.atomic
def _bury(record_id: UUID, pending: list[str]) -> None:
    """Empties one record. Fewer people live at its homes: whoever is told how many is told anew."""
    Tombstone.objects.filter(pk=record_id).update(untold=pending)
    wake.after_commit(plan(tombstones.bury_one(record_id)).due)


def _closing(kind: str) -> list[int]:
    """The targets that take a close for this kind of record."""
    return [
        one.target.pk
        for one in targets.targets()
        if one.live and (layout := one.profile.layouts.get(Kind(kind))) and Action.CLOSE in layout.actions
    ]


def _keeping(record_id: UUID, closing: Collection[int]) -> list[str]:
    """Keys of the targets that hold it, or may, and cannot be told to close it: the resident asks there."""
    rows = Delivery.objects.filter(record=record_id).exclude(target__in=closing).select_related("target")
    return sorted(row.target.key for row in rows if row.held_digest is not None or row.maybe_sent)


def _is_away(record_id: UUID) -> bool:
    """Whether a lane has it in its hands, or a clerk in a workbook that has not come back."""
    in_a_sheet = Q(status=Status.SUBMITTED, ticket__startswith="sheet-")
    return Delivery.objects.filter(Q(status=Status.SENDING) | in_a_sheet, record=record_id).exists()
