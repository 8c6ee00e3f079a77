"""What departments told us of themselves, and what they were asked about: callbacks and nightly comparisons."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from gridapp.catalogue.models import Target


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
