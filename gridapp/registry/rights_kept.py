"""What is kept of a resident's request (权利请求): what is wanted, who checked that it is them, what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gridapp import sealing


class RightsRequest(models.Model):
    """One request of one resident, lodged by a worker for whoever stands there; decided within its time.

    `seen`: the document by which they were known. `sealed`: {"wish", "contact", "reason"}, bound to the id: what they
    said, how they are told, and why it was decided so, in plain words. `law`: code of what forbids it. `ground`: why
    it is deleted. `agreed_by`: the second person of a deletion. `entry_id`: the correction.
    """

    class Kind(models.TextChoices):
        ACCESS = "access", _("查阅")
        COPY = "copy", _("复制")
        CORRECT = "correct", _("更正、补充")
        DELETE = "delete", _("删除")
        RESTRICT = "restrict", _("限制、拒绝处理或撤回同意")
        EXPLAIN = "explain", _("解释说明")

    class Seen(models.TextChoices):
        CARD = "card", _("居民身份证")
        PASSPORT = "passport", _("护照或通行证")
        PERMIT = "permit", _("居住证")
        REGISTER = "register", _("户口簿")
        GUARDIAN = "guardian", _("监护人证件和关系证明")
        PROXY = "proxy", _("受托人证件和委托书")
        PERIOD = "period", _("无：保存期限届满，由本单位提出")

    class Status(models.TextChoices):
        LODGED = "lodged", _("待办理")
        AGREED = "agreed", _("等第二人复核")
        DELETING = "deleting", _("正在删除")
        DONE = "done", _("已办结")
        REFUSED = "refused", _("不予办理")
        TAKEN_BACK = "back", _("本人撤回")
        LIFTED = "lifted", _("限制已解除")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey("registry.Record", on_delete=models.PROTECT, related_name="rights_requests")
    kind = models.CharField(max_length=8, choices=Kind)
    grid_code = models.CharField(max_length=15)
    seen = models.CharField(max_length=8, choices=Seen)
    sealed = models.BinaryField()
    lodged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lodged_at = models.DateTimeField()
    due_on = models.DateField()
    status = models.CharField(max_length=8, choices=Status, default=Status.LODGED)
    law = models.CharField(max_length=16, blank=True)
    ground = models.CharField(max_length=10, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    entry_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_by=None) | ~Q(agreed_by=F("decided_by")), name="right_agreed_by_another"
            )
        ]
        indexes = [
            models.Index(F("due_on"), F("id"), condition=Q(ended_at=None), name="right_open"),
            models.Index(F("ended_at").desc(), condition=Q(ended_at__isnull=False), name="right_ended"),
            models.Index(fields=["record"], condition=Q(kind="restrict", status="done"), name="right_restricts"),
        ]

    @property
    def bound_to(self) -> str:
        return f"right:{self.id}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def number(self) -> str:
        """What stands on the paper that the resident takes along."""
        return self.id.hex[:8].upper()

    def said(self) -> dict[str, Any]:
        """`wish`, `contact`, `reason`. Raises sealing.Unsealable."""
        opened: dict[str, Any] = sealing.unseal_json(self.sealed, bound_to=self.bound_to)
        return opened
