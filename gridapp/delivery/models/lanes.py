"""The lanes' own rows: who serves one, its breaker and pace, what it is to catch up with, and what is wrong with it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gridapp.catalogue.models import Target

EPOCH_GENERATIONS = 100
"""After a restore generations begin anew at the epoch times this: no delivery changes so often in a minute."""


class Lane(models.Model):
    """The worker loop that serves one target: who has it, whether it is open, how it fares."""

    target = models.OneToOneField(Target, on_delete=models.CASCADE, primary_key=True, related_name="lane")
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    closed_until = models.DateTimeField(null=True)  # the breaker: no call before then, one probe after
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    stopped_why = models.CharField(max_length=300, blank=True)  # misconfigured: an operator must look
    next_call_at = models.DateTimeField(null=True)  # the pace
    day = models.DateField(null=True)  # of `sent_that_day`, Asia/Shanghai
    sent_that_day = models.PositiveIntegerField(default=0)
    slowly = models.FloatField(null=True)  # records a second, while an operator lets a backlog out slowly
    lately = models.CharField(
        max_length=50, blank=True, db_default=""
    )  # the last answers, newest last: "." taken, "x" rejected
    planned_with = models.CharField(
        max_length=64, blank=True, db_default=""
    )  # the mapping that all records were planned with last
    leases_lost = models.PositiveBigIntegerField(default=0, db_default=0)
    found_by_sweep = models.PositiveBigIntegerField(
        default=0, db_default=0
    )  # times that work was found which no hint told of


class Alarm(models.Model):
    """Something an operator must know. One a target and kind, however often it is found, until it is over.

    `target` None: it concerns the whole house.
    """

    class Kind(models.TextChoices):
        STOPPED = "stopped", _("通道已停下")
        REJECTIONS = "rejections", _("退回过多，已暂停")
        LATE = "late", _("刚录入的还没有送到")
        OLD = "old", _("积压过久")
        SNAPSHOT = "snapshot", _("数据库有长时间未结束的事务")
        RESTORED = "restored", _("数据库是从备份恢复的")
        AUDIT = "audit", _("审计记录有问题")
        RIGHTS = "rights", _("居民的权利请求超期")
        WEBHOOK = "webhook", _("通知地址已自动停用")

    id = models.BigAutoField(primary_key=True)
    target = models.ForeignKey(Target, null=True, on_delete=models.CASCADE, related_name="alarms")
    kind = models.CharField(max_length=10, choices=Kind)
    said = models.CharField(max_length=300, blank=True)  # what is wrong, without any resident's value
    raised_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target", "kind"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="one_open_alarm_of_a_kind",
            )
        ]
        indexes = [models.Index(fields=["-id"], condition=Q(ended_at=None), name="alarm_open")]


class Backfill(models.Model):
    """Planning all records anew for one target: it was added, or its mapping changed. Carried on slice by slice.

    `after`: the record up to which it has come. `total`: records there were when it began.
    """

    class Why(models.TextChoices):
        ADDED = "added", _("新接入")
        CHANGED = "changed", _("映射有变化")
        ASKED = "asked", _("管理员要求")

    id = models.BigAutoField(primary_key=True)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="backfills")
    why = models.CharField(max_length=8, choices=Why)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    after = models.UUIDField(null=True)
    total = models.PositiveBigIntegerField(default=0)
    seen = models.PositiveBigIntegerField(default=0)
    written = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target"], condition=Q(finished_at=None), name="one_backfill_at_a_time")
        ]
        indexes = [models.Index(fields=["target", "-id"], name="backfill_by_target")]


class Tally(models.Model):
    """How many tries of a target ended in which way since it was set up: what a monitor reads at any size."""

    id = models.BigAutoField(primary_key=True)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="tallies")
    outcome = models.CharField(max_length=16)
    tries = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["target", "outcome"], name="one_tally_per_outcome")]


class Timeline(models.Model):
    """The database as we knew it: another timeline or another cluster means that it was restored from a backup.

    One row. `epoch`: when that was last, in minutes since 2026 began, 0 for never; keys made after it can be none that
    were made before.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    cluster = models.BigIntegerField()  # tells this copy of the database from every other: see restored.py
    timeline = models.PositiveIntegerField()  # of its write-ahead log: another one after a recovery or a failover
    epoch = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_timeline")]


class Sweep(models.Model):
    """When the clock's work was done last: whether there is a clock. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    done_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_sweep")]
