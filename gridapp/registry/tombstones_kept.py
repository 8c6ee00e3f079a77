"""What is left of a record that was deleted: that it was, when, why and by whom; nothing of the person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Tombstone(models.Model):
    """`identity`: blind index of the person's document. `by`, `agreed_by`: accounts' ids, without a foreign key.

    `purged_at` None: departments are still being told. `kept_by`: keys of the targets that cannot delete it, `untold`:
    of those that could not be reached. `file_at`: when it was written outside the database.
    """

    class Why(models.TextChoices):
        PURPOSE = "purpose", _("处理目的已实现或不再需要")
        PERIOD = "period", _("保存期限已满")
        WITHDRAWN = "withdrawn", _("本人撤回同意")
        UNLAWFUL = "unlawful", _("处理违反法律法规或约定")
        ERROR = "error", _("错误登记，本不该有这份档案")

    record_id = models.UUIDField(primary_key=True, editable=False)
    identity = models.BinaryField(null=True)
    why = models.CharField(max_length=10, choices=Why)
    request_id = models.UUIDField(null=True)
    by = models.BigIntegerField()
    agreed_by = models.BigIntegerField()
    begun_at = models.DateTimeField()
    purged_at = models.DateTimeField(null=True)
    kept_by = models.JSONField(default=list)
    untold = models.JSONField(default=list)
    file_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(by=models.F("agreed_by")), name="deleted_by_two_people")]
        indexes = [
            models.Index(fields=["begun_at"], condition=Q(purged_at=None), name="tombstone_under_way"),
            models.Index(fields=["identity"], condition=Q(identity__isnull=False), name="tombstone_identity"),
        ]
