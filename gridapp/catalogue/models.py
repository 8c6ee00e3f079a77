"""Targets: the departmental systems as configured in this district, who sees to each, and who changed what."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gridapp import sealing

from .assessments_kept import Assessment as Assessment
from .code_changes import CodeChange as CodeChange


class Target(models.Model):
    """One departmental system. `key`: its short name in this district (FWBM …), `connector`: slug of what speaks to it.

    `window`: where the district's hours differ from the profile's, see settling_hours. The pace columns override the
    connector's capabilities. `draining_at`: it is paused by itself once nothing waits there any more.
    """

    key = models.CharField(_("代号"), max_length=32, unique=True)
    connector = models.CharField(_("连接器"), max_length=64)
    zh = models.CharField(max_length=100)
    en = models.CharField(max_length=100)
    enabled = models.BooleanField(_("启用"), default=False)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_why = models.CharField(max_length=200, blank=True)
    draining_at = models.DateTimeField(null=True, blank=True)
    draining_why = models.CharField(max_length=200, blank=True, default="", db_default="")
    window = models.JSONField(null=True, blank=True)
    batch = models.PositiveIntegerField(null=True, blank=True)
    per_second = models.FloatField(null=True, blank=True)
    sealed_settings = models.BinaryField(default=b"", blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return f"{self.key} {self.zh}"

    @property
    def name(self) -> str:
        """In the language of the page."""
        return self.en if (get_language() or "").startswith("en") else self.zh

    @property
    def bound_to(self) -> str:
        return f"target:{self.key}"

    def settings(self) -> dict[str, str]:
        """What its connector was configured with, secrets included. Raises sealing.Unsealable."""
        if not self.sealed_settings:
            return {}
        opened: dict[str, Any] = sealing.unseal_json(self.sealed_settings, bound_to=self.bound_to)
        return {name: str(value) for name, value in opened.items()}

    def seal_settings(self, values: dict[str, str]) -> None:
        """Sets the column; the caller saves."""
        self.sealed_settings = sealing.seal_json(values, bound_to=self.bound_to)


class TargetOfficer(models.Model):
    """A department's officer and one of their department's systems: such systems are all that an officer sees."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="officers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="systems")
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["target", "user"], name="one_officer_once_a_target")]


class EnablingRequest(models.Model):
    """Somebody wants a target switched on: its entry in the catalogue, and what a second person said.

    `settings_digest`: of the sealed settings as they were asked for; other settings need another consent.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("等另一人同意")
        CONSENTED = "consented", _("已同意，已启用")
        REFUSED = "refused", _("未同意")
        WITHDRAWN = "withdrawn", _("已撤回")
        OVERTAKEN = "overtaken", _("设置后来有改动，需要重新申请")

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="requests")
    basis = models.TextField()
    purpose = models.TextField()
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    settings_digest = models.BinaryField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(max_length=9, choices=Outcome, default=Outcome.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target"], condition=models.Q(outcome="waiting"), name="one_request_at_a_time"
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome="consented")
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("asked_by"))),
                name="consented_by_a_second_person",
            ),
        ]
        indexes = [models.Index(fields=["target", "-id"], name="request_by_target")]


class TargetChange(models.Model):
    """What somebody did to a target. Append-only. `names`: of what changed, never a value; `why`: in their words."""

    class What(models.TextChoices):
        SETTINGS = "settings", _("改了设置")
        HOURS = "hours", _("改了时段和速度")
        CHECKED = "checked", _("测试了连接")
        OFFICER = "officer", _("指定了专员")
        NO_OFFICER = "no_officer", _("撤下了专员")
        ASKED = "asked", _("申请了启用")
        CONSENTED = "consented", _("同意了启用")
        REFUSED = "refused", _("没有同意启用")
        WITHDRAWN = "withdrawn", _("撤回了申请")
        DISABLED = "disabled", _("停用了")
        BACKFILL = "backfill", _("要求了补报")
        DRAIN = "drain", _("要求送完再停")
        ASSESSED = "assessed", _("登记了影响评估")

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="changes")
    what = models.CharField(max_length=10, choices=What)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    names = models.JSONField(default=list)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["target", "-id"], name="change_by_target")]
