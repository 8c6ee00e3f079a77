"""Codes that a department has renumbered: what one target calls a code of ours, in place of what its mapping says.

A change is never altered: it is ended and, where the department changes its mind, another one made. Who did both stays.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class CodeChange(models.Model):
    """`field`: ours. `theirs`: the target's name of it. Our `code` is `becomes` there from `made_at` on."""

    id = models.BigAutoField(primary_key=True)
    target = models.ForeignKey("catalogue.Target", on_delete=models.CASCADE, related_name="code_changes")
    field = models.CharField(max_length=64)
    theirs = models.CharField(max_length=64)
    code = models.CharField(max_length=32)
    becomes = models.CharField(max_length=64)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())  # by the clock that plans go by
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "catalogue"
        constraints = [
            models.UniqueConstraint(
                fields=["target", "field", "theirs", "code"],
                condition=Q(ended_at=None),
                name="one_change_in_force_per_code",
            )
        ]
        indexes = [models.Index(fields=["target", "-id"], name="code_change_by_target")]
