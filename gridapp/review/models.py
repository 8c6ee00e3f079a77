"""What is kept for reports: how things stood when a day ended, who wants them by mail, and what was mailed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from gridapp import sealing


class AreaDay(models.Model):
    """One area at the end of one day (Asia/Shanghai). What came and went is counted elsewhere: delivery.models.Flow.

    `entries`: [kind, action, number] of the day. `state`: see report_state; None where nobody was there to look when
    the day ended. `stood_at`: when it was looked.
    """

    id = models.BigAutoField(primary_key=True)
    area = models.CharField(max_length=12)
    day = models.DateField()
    entries = models.JSONField(default=list)
    state = models.JSONField(null=True)
    stood_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "day"], name="one_row_of_an_area_and_day")]
        indexes = [models.Index(fields=["-day"], name="area_day_newest")]


class Subscription(models.Model):
    """Somebody wants the reports of one area by mail. Ended, it is kept: what was mailed belongs to it.

    `language`: of the report. `sealed_address`: where to.
    """

    class Every(models.TextChoices):
        DAY = "day", _("日报")
        MONTH = "month", _("月报")

    id = models.BigAutoField(primary_key=True)
    user_id: ClassVar[int]
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions")
    area_code = models.CharField(max_length=12)
    every = models.CharField(max_length=5, choices=Every)
    sealed_address = models.BinaryField()
    language = models.CharField(max_length=10)
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "area_code", "every"],
                condition=models.Q(ended_at=None),
                name="one_subscription_of_an_area",
            )
        ]

    @property
    def bound_to(self) -> str:
        return f"subscription:{self.user_id}:{self.area_code}:{self.every}"

    @property
    def address(self) -> str:
        """Where to. Raises sealing.Unsealable."""
        return sealing.unseal(self.sealed_address, bound_to=self.bound_to).decode()


class Mailing(models.Model):
    """One report on its way to one subscriber: the row is what makes it one mail and no second.

    `first`: the first day of the period. `claimed_at`: when a worker took it, before it touched the wire. `problem`:
    why it did not go, see report_mail; `code`: what the mail server answered, 0 for nothing.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENDING = "sending", _("发送中")
        SENT = "sent", _("已发出")
        FAILED = "failed", _("没有发出")
        DOUBTFUL = "doubtful", _("不确定是否发出")
        DROPPED = "dropped", _("不再发送")

    id = models.BigAutoField(primary_key=True)
    subscription_id: ClassVar[int]
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="mailings")
    first = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=12, blank=True)
    code = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "first"], name="one_mail_of_a_period")]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state__in=["waiting", "sending"]), name="mailing_to_do")
        ]
