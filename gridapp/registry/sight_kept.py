"""Who opened whose record on which day, what was shown in full and why, and days that were unusual."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gridapp import sealing


class Why(models.TextChoices):
    """What somebody needs a whole value for."""

    VISIT = "visit", _("上门核对")
    CONTACT = "contact", _("联系本人或家属")
    MENDING = "mending", _("核对后更正登记")
    ASKED = "asked", _("本人或监护人申请")
    URGENT = "urgent", _("紧急救助")
    OTHER = "other", _("其他（请写明）")


class Looked(models.Model):
    """Somebody opened the page of a record on a day. `own`: they had entered something of it that day."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    record_id = models.UUIDField()
    own = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day", "record_id"], name="looked_once_a_day")]
        indexes = [models.Index(fields=["record_id", "day"], name="looked_at_record")]


class Shown(models.Model):
    """Whole values of a record were shown to somebody. `fields`: which; never what. `sealed`: the reason in words."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    record_id = models.UUIDField(db_index=True)
    fields = ArrayField(models.CharField(max_length=60))
    why = models.CharField(max_length=8, choices=Why)
    sealed = models.BinaryField(default=b"")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="shown_newest")]

    @property
    def bound_to(self) -> str:
        return f"shown:{self.record_id}"

    @property
    def words(self) -> str:
        return sealing.unseal(self.sealed, bound_to=self.bound_to).decode() if self.sealed else ""


class UnusualDay(models.Model):
    """Somebody opened far more records on a day than on their own last thirty. `usual`: their mean, rounded."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    looks = models.PositiveIntegerField()
    usual = models.PositiveIntegerField()
    noticed_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    found = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_unusual_day")]
        indexes = [models.Index(fields=["-noticed_at"], condition=Q(settled_at=None), name="unusual_open")]
