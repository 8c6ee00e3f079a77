"""What was seen and done, by whom: append-only."""

from __future__ import annotations

from django.db import models


class Note(models.Model):
    """One act. `by`: the account's id, without a foreign key, for what was noted outlives everything; None: nobody
    known. `about`: what it concerned, as kind:id (record:<uuid>, account:7, target:JZDJ). `what`: details, never a
    person's value. `result`: done, refused or failed.
    """

    id = models.BigAutoField(primary_key=True)
    act = models.CharField(max_length=32)
    by = models.BigIntegerField(null=True)
    about = models.CharField(max_length=80, blank=True)
    result = models.CharField(max_length=8, default="done")
    what = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(auto_now_add=True)
