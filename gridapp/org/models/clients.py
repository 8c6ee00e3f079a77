"""Their tablets, and the tokens of other clients."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.functional import Promise

from gridapp.org import tablet_checks

from .people import User


class ApiToken(models.Model):
    """A token of another client: only its digest is kept, its first eight characters are shown."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    prefix = models.CharField(max_length=8)
    digest = models.BinaryField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class Device(models.Model):
    """One browser profile of one tablet, as it last reported: who used it, and what it had not sent yet.

    `id`: made once by the tablet. `session_key`: the last session seen there, which ends when the tablet is lost.
    `oldest_at`: since when the longest waiting form waits. `told_at`: when a lost tablet was told to wipe itself.
    `tried`: what it can do, see tablet_checks.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    session_key = models.CharField(max_length=40, blank=True)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()
    waiting = models.PositiveIntegerField(default=0)
    oldest_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)
    lost_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    told_at = models.DateTimeField(null=True)
    tried = models.JSONField(default=dict)
    tried_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-seen_at"], name="device_seen")]

    @property
    def cannot(self) -> list[str | Promise]:
        """What it should be able to do and is not."""
        return tablet_checks.failing(self.tried)

    @property
    def short_id(self) -> str:
        """What people read to each other to know which tablet is meant."""
        return self.id.hex[:6].upper()
