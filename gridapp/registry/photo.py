"""A photo on its way: it comes from a tablet before the form it belongs to, and waits here for that form."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Photo(models.Model):
    """Part `number` (from 1) of the form that will come under `entry_id`, from its owner alone.

    `sealed`: the content as it came, bound to entry and number; emptied when the form has come and used it, so that the
    same form again is known. `sha256`: of the content, in hexadecimal. Rows go some days after they came.
    """

    entry_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry_id", "number"], name="one_photo_of_a_number")]
        indexes = [models.Index(fields=["received_at"], name="photo_received")]

    @property
    def bound_to(self) -> str:
        return self.binding(self.entry_id, self.number)

    @staticmethod
    def binding(entry_id: uuid.UUID, number: int) -> str:
        """What the sealed content is bound to."""
        return f"photo:{entry_id}:{number}"
