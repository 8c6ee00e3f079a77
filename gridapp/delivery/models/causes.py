"""Failures of one cause as one thing: what people said of it, and what they had done to all of it.

A cause is no row: it is what deliveries that wait for somebody have in common, their target, their status, the reason's
code and the first field it names ("" for none).
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gridapp.catalogue.models import Target

from .delivery import Status


class OfCause(models.Model):
    """The columns that name a cause, and the area in which somebody meant it (see causes.area_of)."""

    id = models.BigAutoField(primary_key=True)
    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=9, choices=Status)
    code = models.CharField(max_length=64, blank=True)
    field = models.CharField(max_length=64, blank=True)
    area_code = models.CharField(max_length=15, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class CauseNote(OfCause):
    """A remark (`sealed`, for people name people), or whose the cause is from now on. Append-only."""

    at = models.DateTimeField(auto_now_add=True)
    sealed = models.BinaryField(blank=True, default=b"")
    given_to = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["target", "status", "code", "field", "-id"], name="note_of_cause")]

    @property
    def bound_to(self) -> str:
        return f"cause:{self.target_id}:{self.status}:{self.code}:{self.field}"


class CauseAct(OfCause):
    """What somebody wants done to every delivery of a cause in their areas. Carried on slice by slice.

    Until `begins_at` it can be taken back as if it had never been asked for; later the rest is left as it is. What has
    failed anew since then is none of it. `after`: the delivery up to which it has come. `sealed`: the reason given.
    `changes`: the ids of the code changes it goes by. `resumes`: the target's pause ends with it.
    """

    class Act(models.TextChoices):
        RETRY = "retry", _("重新推送")
        RECODE = "recode", _("按新代码重新推送")
        BACK = "back", _("退回网格员")
        ARRIVED = "arrived", _("对方有")
        NOT_THERE = "not_there", _("对方没有，重新推送")
        CANCEL = "cancel", _("撤销")

    act = models.CharField(max_length=9, choices=Act)
    asked_at = models.DateTimeField(auto_now_add=True)
    begins_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    after = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    doubtful = models.PositiveIntegerField(default=0)
    sealed = models.BinaryField(blank=True, default=b"")
    changes = ArrayField(models.BigIntegerField(), default=list)
    resumes = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target", "status", "code", "field", "area_code"],
                condition=Q(finished_at=None),
                name="one_act_at_a_time_per_cause",
            )
        ]
        indexes = [
            models.Index(fields=["target", "status", "code", "field", "-id"], name="act_of_cause"),
            models.Index(fields=["begins_at"], condition=Q(finished_at=None), name="act_unfinished"),
        ]

    @property
    def bound_to(self) -> str:
        return f"cause:{self.target_id}:{self.status}:{self.code}:{self.field}"

    @property
    def left(self) -> int:
        """Deliveries that it passed over: somebody had them in hand, or they were no longer what was meant."""
        return max(0, self.total - self.done) if self.finished_at else 0
