"""What somebody has said of two people who look alike."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class NotSame(models.Model):
    """A worker has said that the person of a record and the one whom an entry is about are two people.

    `entry_id` may be of an entry that is still being typed.
    """

    record = models.ForeignKey("registry.Record", on_delete=models.CASCADE, related_name="+")
    entry_id = models.UUIDField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry_id", "record"], name="said_once_of_two_people")]
