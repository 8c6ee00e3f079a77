"""One row per (record, target): what the target should hold and what it does hold. Work is whatever differs.

Attempts and statuses are written only by gridapp.delivery, with conditional updates; never a bare save().
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gridapp.catalogue.models import Target
from gridapp.registry.models import Record


class Status(models.TextChoices):
    """Where a delivery stands, named by whose move it is (design table of statuses)."""

    WAITING = "waiting", _("待推送")
    HELD = "held", _("等待中")
    SENDING = "sending", _("推送中")
    SUBMITTED = "submitted", _("审核中")
    DELIVERED = "delivered", _("已入库")
    RETURNED = "returned", _("退回")
    CONFLICT = "conflict", _("冲突待定")
    MANUAL = "manual", _("待人工代填")
    UNCERTAIN = "uncertain", _("待核对")
    FAILED = "failed", _("推送失败")
    WITHHELD = "withheld", _("不予共享")
    CANCELLED = "cancelled", _("已撤销")


class Hold(models.TextChoices):
    """What a held delivery waits for."""

    DEPENDENCY = "dependency", _("等待前置")
    WINDOW = "window", _("等待时段")
    LIMIT = "limit", _("今日额度已满")
    PAUSED = "paused", _("已暂停")
    RESTRICTED = "restricted", _("限制处理")


class Rank(models.IntegerChoices):
    """Who goes first when a target takes less than there is: somebody waits at the door for what was just entered."""

    ENTERED = 0
    BACKLOG = 1


class Delivery(models.Model):
    """`wanted_digest` NULL: nothing is wanted there (any more). `held_digest` NULL: the target holds nothing of it.

    `generation` rises whenever the wanted content changes; with the id it makes the key that the target sees.
    `sent_*` is what the claim in flight carries. `maybe_sent` is sticky: an earlier try may have arrived.
    `waits_in`: the grid of the record while it is someone's move, else NULL; the database keeps it (0011_waits_in).
    """

    id = models.BigAutoField(primary_key=True)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="deliveries")
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="deliveries")
    status = models.CharField(max_length=9, choices=Status)

    wanted_version = models.PositiveIntegerField()
    wanted_digest = models.BinaryField(null=True)
    wanted_at = models.DateTimeField(null=True)  # when an entry made it so; None: nobody entered anything for it
    generation = models.PositiveIntegerField(default=1)
    sent_version = models.PositiveIntegerField(null=True)
    sent_digest = models.BinaryField(null=True)
    sent_generation = models.PositiveIntegerField(null=True)
    held_version = models.PositiveIntegerField(null=True)
    held_digest = models.BinaryField(null=True)

    due_at = models.DateTimeField(null=True)
    rank = models.PositiveSmallIntegerField(default=Rank.ENTERED, choices=Rank)
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    maybe_sent = models.BooleanField(default=False)
    was_maybe_sent = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0)

    ticket = models.CharField(max_length=128, blank=True)
    track_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=128, blank=True)
    asked_at = models.DateTimeField(null=True)  # read back last

    hold = models.CharField(max_length=10, choices=Hold, blank=True)
    waits_for = models.CharField(max_length=32, blank=True)
    reason_code = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    fields = ArrayField(models.CharField(max_length=64), default=list)
    changed_at = models.DateTimeField(auto_now=True)
    waits_in = models.CharField(max_length=15, null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "target"], name="one_delivery_per_record_and_target"),
            models.CheckConstraint(condition=Q(status="waiting") | Q(due_at=None), name="due_only_when_waiting"),
            models.CheckConstraint(condition=~Q(status="waiting") | Q(due_at__isnull=False), name="waiting_is_due"),
            models.CheckConstraint(
                condition=(Q(status="sending") & Q(lease_until__isnull=False) & Q(token__isnull=False))
                | (~Q(status="sending") & Q(lease_until=None) & Q(token=None)),
                name="lease_only_when_sending",
            ),
            models.CheckConstraint(condition=Q(status="held") | Q(hold=""), name="hold_only_when_held"),
            models.CheckConstraint(condition=~Q(status="held") | ~Q(hold=""), name="held_for_a_named_thing"),
            models.CheckConstraint(condition=~Q(status="submitted") | ~Q(ticket=""), name="submitted_has_a_ticket"),
        ]
        indexes = [
            models.Index(
                F("target"), F("rank"), F("due_at"), F("id"), condition=Q(status="waiting"), name="delivery_due"
            ),
            models.Index(fields=["lease_until"], condition=Q(status="sending"), name="delivery_leased"),
            models.Index(fields=["target", "track_at"], condition=Q(status="submitted"), name="delivery_tracked"),
            models.Index(fields=["target", "ticket"], condition=~Q(ticket=""), name="delivery_by_ticket"),
            models.Index(fields=["target", "hold", "id"], condition=Q(status="held"), name="delivery_held"),
            models.Index(
                fields=["target", "status"],
                condition=Q(status__in=["returned", "conflict", "manual", "uncertain", "failed"]),
                name="delivery_someones_move",
            ),
            # What waits for somebody: in one worker's areas, and newest first in a whole district.
            models.Index(
                fields=["record", "status", "changed_at"],
                include=["id"],
                condition=Q(status__in=["returned", "conflict", "manual", "uncertain", "failed"]),
                name="delivery_move_of_record",
            ),
            # What waits for one cause, in the order in which it is carried on; what a list of causes reads of it.
            models.Index(
                fields=["target", "status", "reason_code", "id"],
                include=["record", "changed_at", "fields", "waits_in"],
                condition=Q(waits_in__isnull=False),  # the same rows, and how many they are is known
                name="delivery_by_cause",
            ),
            # What is talked over with departments, the oldest first, of any area.
            models.Index(
                F("changed_at"),
                OpClass("waits_in", "varchar_pattern_ops"),
                condition=Q(waits_in__isnull=False),
                name="delivery_talked_over",
            ),
            models.Index(
                fields=["-changed_at"],
                condition=Q(status__in=["returned", "conflict", "manual", "uncertain", "failed"]),
                name="delivery_moves_newest",
            ),
        ]
