"""What an operator must know: raised once however often it is found, ended when it is over.

Most are raised where they happen; ages and snapshots by a look, once a minute.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gridapp.catalogue import targets
from gridapp.dictionary import mask_text
from gridapp.registry import rights
from gridapp.registry.models import RightsRequest

from . import clock, gates
from .models import Alarm, Rank

logger = logging.getLogger(__name__)

LATE = timedelta(hours=1)
"""How long what was just entered may be due."""
OLD = timedelta(hours=24)
"""How long a backlog may be due, or wait for another target's number."""
SNAPSHOT = timedelta(minutes=5)
"""How long a transaction may keep PostgreSQL from clearing away what is finished."""

_RAISE = """
INSERT INTO delivery_alarm (target_id, kind, said, raised_at) VALUES (%s, %s, %s, now())
ON CONFLICT (target_id, kind) WHERE ended_at IS NULL DO UPDATE SET said = EXCLUDED.said
    WHERE delivery_alarm.said <> EXCLUDED.said
RETURNING xmax = 0, coalesce((SELECT key FROM catalogue_target WHERE id = target_id), '')
"""
_FIRST = """
    SELECT id, generation, due_at FROM delivery_delivery
    WHERE target_id = t.id AND status = 'waiting' AND rank = %(rank)s AND due_at < now() + interval '2 hours'
    ORDER BY due_at, id LIMIT 100
"""
"""A row that was tried has a new date; how long it has been due is told by its first try. Those later than two hours
wait because the target said so.
"""
_OVERDUE = f"""
SELECT t.id FROM unnest(%(targets)s::bigint[]) AS t(id) WHERE EXISTS (
    SELECT FROM ({_FIRST}) AS first WHERE due_at < now() - make_interval(secs => %(most)s) OR (
        SELECT a.started_at FROM delivery_attempt a WHERE a.delivery_id = first.id
            AND a.generation = first.generation ORDER BY a.id LIMIT 1) < now() - make_interval(secs => %(most)s))
"""  # noqa: S608 - our own words
_WAITS_FOR_OTHERS = """
SELECT t.id, (SELECT min(waits_for) FROM (
    SELECT waits_for, changed_at FROM delivery_delivery
    WHERE target_id = t.id AND status = 'held' AND hold = 'dependency' ORDER BY id LIMIT 100) AS first
    WHERE changed_at < now() - make_interval(secs => %(most)s))
FROM unnest(%(targets)s::bigint[]) AS t(id)
"""
_SNAPSHOTS = """
SELECT min(began) FROM (
    SELECT xact_start AS began FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
        AND datname = current_database()
    UNION ALL SELECT prepared FROM pg_prepared_xacts WHERE database = current_database()) AS running
WHERE began < now() - make_interval(secs => %s)
"""


_AUDIT_SAYS = {
    "verify": gettext_lazy("核验发现 {} 处不符"),
    "unverified": gettext_lazy("超过一天没有核验"),
    "unchained": gettext_lazy("{} 条没有上链"),
    "anchor": gettext_lazy("锚点没有按时写出"),
    "taken": gettext_lazy("{} 个锚点没有被外送命令收下，最早的写于 {}"),
    "stamp": gettext_lazy("{} 个锚点还没有时间戳"),
}


def raise_alarm(target_id: int | None, kind: Alarm.Kind, said: str) -> bool:
    """True when it is new: then, and never again while it is open, one line goes to the log.

    `said`: what is wrong, a code or words; whatever looks like a resident's value is masked. Later words replace it.
    """
    said = mask_text(said.replace("\0", ""))[:300]
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [target_id, str(kind), said])
        row = cursor.fetchone()
    if row is None or not row[0]:
        return False
    # Not what was said: a department's own words may name somebody. The page of alarms has them, for who may see it.
    logger.error("alarm: %s %s", row[1] or "-", kind, extra={"target": row[1], "alarm": str(kind)})
    return True


def end(target_id: int | None, kind: Alarm.Kind) -> bool:
    """It is over. True where it was open."""
    about = Q(target=None) if target_id is None else Q(target_id=target_id)
    ended = Alarm.objects.filter(about, kind=kind, ended_at=None).update(ended_at=clock.now())
    if ended:
        logger.info("alarm over: %s of target %s", kind, target_id)
    return bool(ended)


def open_alarms() -> list[Alarm]:
    """What is wrong now, newest first, each with its target; one statement."""
    return list(Alarm.objects.filter(ended_at=None).select_related("target").order_by("-id"))


def words(alarm: Alarm) -> str:
    """What was said of it, for people; "" where its kind says all."""
    said, first, _space, rest = alarm.said, *alarm.said.partition(" ")
    if alarm.kind == Alarm.Kind.REJECTIONS and "/" in said:
        rejected, known = said.split("/", 1)
        return _("最近 %(known)s 条里退回了 %(rejected)s 条") % {"known": known, "rejected": rejected}
    if alarm.kind == Alarm.Kind.STOPPED and first == "connector":
        return _("连接程序 %(name)s 出错") % {"name": rest}
    if alarm.kind == Alarm.Kind.OLD and said:
        return _("在等 %(key)s 返回编号") % {"key": said}
    if alarm.kind == Alarm.Kind.SNAPSHOT:
        return _("从 %(since)s 开始") % {"since": said}
    if alarm.kind in (Alarm.Kind.RIGHTS, Alarm.Kind.WEBHOOK):
        return _("%(number)s 件") % {"number": said}
    return (
        _AUDIT_SAYS[first].format(*rest.split(" ", 1))
        if alarm.kind == Alarm.Kind.AUDIT and first in _AUDIT_SAYS
        else said
    )


def look() -> None:
    """Raises and ends what only shows with time: ages, long transactions, requests of residents that nobody answered.

    Index look-ups, whatever the backlog.

    A target that is paused, outside its hours or switched off is late by somebody's decision, not by mishap.
    """
    now = clock.now()
    asked = [one.target.pk for one in targets.targets() if one.live and gates.block(one, now) is None]
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, {"targets": asked, "rank": Rank.ENTERED, "most": LATE.total_seconds()})
        late: dict[int | None, str] = {row[0]: "" for row in cursor.fetchall()}
        cursor.execute(_OVERDUE, {"targets": asked, "rank": Rank.BACKLOG, "most": OLD.total_seconds()})
        old: dict[int | None, str] = {row[0]: "" for row in cursor.fetchall()}
        cursor.execute(_WAITS_FOR_OTHERS, {"targets": asked, "most": OLD.total_seconds()})
        old |= {row[0]: row[1] for row in cursor.fetchall() if row[1] is not None}
        cursor.execute(_SNAPSHOTS, [SNAPSHOT.total_seconds()])
        since = cursor.fetchone()[0]
    bring_about(Alarm.Kind.LATE, late)
    bring_about(Alarm.Kind.OLD, old)
    bring_about(Alarm.Kind.SNAPSHOT, {} if since is None else {None: since.isoformat(timespec="seconds")})
    overdue = rights.tally(RightsRequest.objects.all(), on=clock.day(now)).overdue
    bring_about(Alarm.Kind.RIGHTS, {None: str(overdue)} if overdue else {})


def bring_about(kind: Alarm.Kind, wrong: Mapping[int | None, str]) -> None:
    """Exactly these are open: target id (None: the house) -> what is said."""
    said: dict[int | None, str] = dict(Alarm.objects.filter(kind=kind, ended_at=None).values_list("target_id", "said"))
    for target_id, words in wrong.items():
        if said.get(target_id) != words:
            raise_alarm(target_id, kind, words)
    for target_id in said.keys() - wrong.keys():
        end(target_id, kind)
