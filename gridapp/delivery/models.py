"""One row per (record, target): what the target should hold and what it does hold. Work is whatever differs.

Attempts and statuses are written only by gridapp.delivery, with conditional updates; never a bare save().
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
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


class Rank(models.IntegerChoices):
    """Who goes first when a target takes less than there is: somebody waits at the door for what was just entered."""

    ENTERED = 0
    BACKLOG = 1


class Delivery(models.Model):
    """`wanted_digest` NULL: nothing is wanted there (any more). `held_digest` NULL: the target holds nothing of it.

    `generation` rises whenever the wanted content changes; with the id it makes the key that the target sees.
    `sent_*` is what the claim in flight carries. `maybe_sent` is sticky: an earlier try may have arrived.
    """

    id = models.BigAutoField(primary_key=True)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="deliveries")
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="deliveries")
    status = models.CharField(max_length=9, choices=Status)

    wanted_version = models.PositiveIntegerField()
    wanted_digest = models.BinaryField(null=True)
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
        ]


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


class Attempt(models.Model):
    """One try, or what a person or the department said of one. Append-only. `by`: the person, where one said so."""

    id = models.BigAutoField(primary_key=True)
    delivery_id: ClassVar[int]
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="tries", db_constraint=False)
    version = models.PositiveIntegerField()
    generation = models.PositiveIntegerField()
    action = models.CharField(max_length=8)
    outcome = models.CharField(max_length=16)
    code = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["delivery", "-id"], name="attempt_by_delivery")]


class Sheet(models.Model):
    """A workbook that a person uploads at a target and whose answer is brought back: one delivery a row.

    While it is out its deliveries are `submitted` under the ticket `sheet-{id}-{row}` (rows from 1).
    `sealed`: the file as it was made, bound to the id.
    """

    id = models.BigAutoField(primary_key=True)
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="sheets")
    kind = models.CharField(max_length=8, choices=Record.Kind)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    rows = models.PositiveIntegerField()
    sealed = models.BinaryField()
    grid_code = models.CharField(max_length=15)  # the area it was made for: who may see it
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    returned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)  # outcome word -> rows

    class Meta:
        indexes = [models.Index(fields=["target", "-id"], name="sheet_by_target")]

    @property
    def bound_to(self) -> str:
        return f"sheet:{self.id}"

    def ticket(self, row: int) -> str:
        return f"sheet-{self.id}-{row}"


class Evidence(models.Model):
    """What was seen when a page was filled: a masked picture (PNG), sealed, bound to its delivery."""

    id = models.BigAutoField(primary_key=True)
    delivery_id: ClassVar[int]
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="evidence")
    version = models.PositiveIntegerField()
    sealed = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["delivery", "-id"], name="evidence_by_delivery")]

    @property
    def bound_to(self) -> str:
        return f"evidence:{self.delivery_id}"


class Callback(models.Model):
    """A verified call of a department, kept before it is worked on. `event`: its own id, or the digest of the body.

    `sealed`: the body, bound to target and event; emptied when done.
    """

    id = models.BigAutoField(primary_key=True)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="callbacks")
    event = models.CharField(max_length=128)
    sealed = models.BinaryField()
    signed_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(null=True, auto_now_add=True)  # when it is worked on (again); NULL: done
    done_at = models.DateTimeField(null=True)
    came_of_it = models.CharField(max_length=16, blank=True)  # settled, nothing, unknown, unreadable

    class Meta:
        constraints = [models.UniqueConstraint(fields=["target", "event"], name="one_callback_per_event")]
        indexes = [
            models.Index(fields=["target", "due_at"], condition=Q(due_at__isnull=False), name="callback_due"),
            models.Index(fields=["received_at"], name="callback_received"),
        ]

    @property
    def bound_to(self) -> str:
        return f"callback:{self.target_id}:{self.event}"


class Reconciliation(models.Model):
    """One run of comparing what a target holds with what it should hold: the nightly look for silent losses.

    `after`: the delivery up to which it has come. `trouble`: why it stopped early ("no_answer"), "" for a whole run.
    """

    id = models.BigAutoField(primary_key=True)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="reconciliations")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    after = models.BigIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    agreed = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)
    differing = models.PositiveIntegerField(default=0)
    undecided = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target"], condition=Q(finished_at=None), name="one_reconciliation_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["target", "-id"], name="reconciliation_by_target")]
