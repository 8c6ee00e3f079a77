"""The lane's own row: who serves it, its breaker and its pace. Conditional updates only, time from the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from gridapp.catalogue import targets
from gridapp.dictionary import mask_text

from . import alarms
from .models import Alarm
from .restored import READS_BACK

OPENS_AFTER = 5
"""Lane failures in a row until the lane pauses; then one probe at the end of each growing pause."""

BROKEN = "connector"
"""Why a lane stopped whose connector's own code fails on every record."""
TODAY = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
"""The day it is for the departments, as SQL."""

_TAKE = f"""
UPDATE delivery_lane SET token = %(token)s, lease_until = now() + make_interval(secs => %(lease)s)
WHERE target_id = %(target)s AND (token IS NULL OR token = %(token)s OR lease_until < now())
RETURNING now(), failures, GREATEST(0, extract(epoch FROM closed_until - now())),
    CASE WHEN {READS_BACK} THEN 3600 ELSE GREATEST(0, extract(epoch FROM next_call_at - now())) END,
    coalesce(last_success_at > now() - interval '2 minutes', FALSE),
    CASE WHEN day = {TODAY} THEN sent_that_day ELSE 0 END, lately, slowly
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Turn:
    """Our turn at the lane. `rest`: seconds until it may be called at all (breaker), `pace`: until the next sending;
    0 now. `sent_today`: records. `lately`: the last fifty answers, "." taken, "x" rejected. `slowly`: records a second
    while an operator lets a backlog out slowly.
    """

    now: datetime
    failures: int = 0
    rest: float = 0.0
    pace: float = 0.0
    recently_well: bool = False
    sent_today: int = 0
    lately: str = ""
    slowly: float | None = None

    @property
    def probing(self) -> bool:
        return self.failures >= OPENS_AFTER


def take(target_id: int, *, token: UUID, lease: float) -> Turn | None:
    """Takes the lane or renews our lease on it (seconds); None where another worker has it."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"token": token, "target": target_id, "lease": lease})
        row = cursor.fetchone()
    if row is None:
        return take(target_id, token=token, lease=lease) if _made(target_id) else None
    moment, failures, rest, pace, *told = row
    return Turn(moment, failures, float(rest or 0), float(pace or 0), *told)


def lost(target_id: int) -> None:
    """Counts a lease that ended under its worker: somebody else had the lane, or rows of it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE delivery_lane SET leases_lost = leases_lost + 1 WHERE target_id = %s", [target_id])


def _made(target_id: int) -> bool:
    """Makes the row of a lane that is served for the first time; True if it was missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery_lane (target_id, failures, stopped_why, sent_that_day) VALUES (%s, 0, '', 0) "
            "ON CONFLICT DO NOTHING",
            [target_id],
        )
        return bool(cursor.rowcount)


def give_up(target_id: int, *, token: UUID) -> None:
    """Leaves the lane to whoever comes next."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_lane SET token = NULL, lease_until = NULL WHERE target_id = %s AND token = %s",
            [target_id, token],
        )


def remember(target_id: int, *, token: UUID, lately: str) -> None:
    """What the target answered lately, for the next slice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_lane SET lately = %s WHERE target_id = %s AND token = %s", [lately, target_id, token]
        )


_WELL = """
WITH well AS (
    UPDATE delivery_lane SET failures = 0, closed_until = NULL, stopped_why = '', last_success_at = now(),
        next_call_at = CASE WHEN %(rest)s > 0 THEN now() + make_interval(secs => %(rest)s) END
    WHERE target_id = %(target)s AND token = %(token)s RETURNING target_id)
UPDATE delivery_alarm SET ended_at = now()
WHERE kind = 'stopped' AND ended_at IS NULL AND target_id IN (SELECT target_id FROM well)
"""
_WRONG = """
UPDATE delivery_lane SET failures = GREATEST(failures + 1, %(least)s), last_failure_at = now(),
    stopped_why = CASE WHEN %(why)s <> '' THEN %(why)s ELSE stopped_why END,
    closed_until = CASE
        WHEN %(why)s <> '' THEN now() + make_interval(secs => %(longest)s)
        WHEN failures + 1 < %(after)s THEN now() + make_interval(secs => coalesce(%(rest)s::float8,
            LEAST(failures + 1, %(first)s)))
        -- Whoever says "in a second" and never means it is believed four times.
        ELSE now() + make_interval(secs => GREATEST(%(rest)s::float8, LEAST(%(longest)s,
            %(first)s * power(2, LEAST(failures + 1 - %(after)s, 20)))))
    END
WHERE target_id = %(target)s AND token = %(token)s
"""


def went_well(target_id: int, *, token: UUID, rest: float = 0) -> None:
    """A call was answered: the breaker closes. `rest`: seconds until the next call by the target's pace."""
    with connection.cursor() as cursor:
        cursor.execute(_WELL, {"target": target_id, "token": token, "rest": rest})


def went_wrong(target_id: int, *, token: UUID, why: str = "", rest: float | None = None) -> None:
    """A call failed by the target's fault.

    `why`: misconfigured, stops at once with one alarm; it stands until a call goes well or an operator reopens the
    lane. `rest`: seconds that the target asked for.
    """
    why = mask_text(why.replace("\0", ""))[:300]
    told: dict[str, Any] = {
        "target": target_id, "token": token, "why": why, "rest": rest, "after": OPENS_AFTER,
        "least": OPENS_AFTER if why else 0, "first": settings.BREAKER_FIRST, "longest": settings.BREAKER_LONGEST,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WRONG, told)
        ours = bool(cursor.rowcount)
    if why and ours:
        one = targets.target(target_id) if why == BROKEN else None
        alarms.raise_alarm(target_id, Alarm.Kind.STOPPED, f"{why} {one.profile.slug}" if one else why)


def reopen(target_id: int) -> None:
    """An operator says: try again now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_lane SET failures = 0, closed_until = NULL, stopped_why = '', next_call_at = NULL "
            "WHERE target_id = %s",
            [target_id],
        )
    alarms.end(target_id, Alarm.Kind.STOPPED)
