"""Their tablets, and the tokens of other clients."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.org import tablet_checks

from .people import User


class Scope(models.TextChoices):
    """What a token may be used for; what its account's role allows is asked besides."""

    ENTRIES_WRITE = "entries:write", _("录入、补正文件")
    RECORDS_READ = "records:read", _("查看档案、录入和预览")
    TARGETS_READ = "targets:read", _("查看目标系统目录")
    LANES_READ = "lanes:read", _("查看通道")
    LANES_ACT = "lanes:act", _("暂停、恢复通道和重新推送")
    OBJECTIONS_READ = "objections:read", _("查看异议")
    CHANGES_READ = "changes:read", _("查看变动")
    WEBHOOKS_MANAGE = "webhooks:manage", _("查看和重发通知")


class ApiToken(models.Model):
    """A token of another client: only its digest is kept, its beginning is shown.

    `networks`: from where it is heard (CIDR), empty: from everywhere. `last_used_at`: written at most once a minute.
    `made_by` None: made by a command, or before it was written down.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    prefix = models.CharField(max_length=20)
    digest = models.BinaryField(unique=True)
    scopes = ArrayField(models.CharField(max_length=32))
    networks = ArrayField(models.CharField(max_length=43), default=list)
    purpose = models.CharField(max_length=100, blank=True)
    contact = models.CharField(max_length=100, blank=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True)
    last_address = models.GenericIPAddressField(null=True)

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def scope_labels(self) -> list[str]:
        return [str(Scope(one).label) for one in self.scopes if one in Scope.values]


class Device(models.Model):
    """One browser profile of one tablet, as it last reported: who used it, and what it had not sent yet.

    `id`: made once by the tablet. `session_key`: a digest of the last session seen there, which ends when it is lost.
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
