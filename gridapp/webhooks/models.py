"""Who is told what: addresses with their secrets, what happened, and what became of each message."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Happened(models.TextChoices):
    """What can be told."""

    ENTERED = "entry.accepted", _("录入已接受")
    CLOSED = "record.closed", _("档案已注销")
    DELIVERY = "delivery.changed", _("填报有了结果")
    TEST = "webhook.test", _("测试")


class Endpoint(models.Model):
    """An address of another system. What `user` sees is what it is told of.

    `former`: the secret before the last rotation, which signs too until `former_until`. `failing_since`: nothing has
    arrived from then on. `rests_until`: it is left alone. `lease_until`: somebody sends to it.
    """

    class Why(models.TextChoices):
        BY_HAND = "by_hand", _("由安全管理员停用")
        FAILING = "failing", _("连续多日送不到，已自动停用")
        GONE = "gone", _("对方说这个地址不再使用")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=32, choices=Happened))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sealed_secret = models.BinaryField()
    sealed_former = models.BinaryField(default=b"")
    former_until = models.DateTimeField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    failures = models.PositiveSmallIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_why = models.CharField(max_length=8, choices=Why, blank=True)

    class Meta:
        ordering = ["made_at", "id"]

    @property
    def bound_to(self) -> str:
        return f"webhook:{self.id}"


class Event(models.Model):
    """Something that happened. `number`: of the entry or the try it is about; of a test, 0. `thin`: ids and states."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=32, choices=Happened)
    number = models.BigIntegerField(default=0)
    record = models.UUIDField(null=True)
    thin = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number"], condition=models.Q(number__gt=0), name="one_event_of_a_happening"
            )
        ]
        indexes = [models.Index(fields=["at"], name="webhook_event_at")]


class Message(models.Model):
    """One event for one address. `answer`: the status of the last try, None where there was none; `error`: our word."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("待发送")
        DELIVERED = "delivered", _("已送达")
        FAILED = "failed", _("没有送到")

    id = models.BigAutoField(primary_key=True)
    endpoint_id: ClassVar[uuid.UUID]
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="messages")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="messages")
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    answer = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="one_message_per_event")]
        indexes = [
            models.Index(fields=["endpoint", "id"], condition=models.Q(status="waiting"), name="webhook_waiting"),
            models.Index(fields=["endpoint", "-id"], name="webhook_newest"),
        ]


class Reader(models.Model):
    """How far what happened has been read: one row."""

    entry = models.BigIntegerField()
    attempt = models.BigIntegerField()
