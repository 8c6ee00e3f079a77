"""The area tree, the people who sign in, their tablets, and the tokens of other clients."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp import sealing
from gridapp.org import tablet_checks


class Area(models.Model):
    """District (6 digits), sub-district (9), community (12) or grid (15): scope is a prefix of `code`.

    GB/T 2260 and GB/T 10114, plus three digits for the grid (local).
    """

    code = models.CharField(_("代码"), max_length=15, primary_key=True)
    name = models.CharField(_("名称"), max_length=100)
    name_en = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_grid(self) -> bool:
        return len(self.code) == 15


class Role(models.TextChoices):
    WORKER = "worker", _("网格员")
    SUPERVISOR = "supervisor", _("督导")
    OFFICER = "officer", _("部门专员")
    ADMINISTRATOR = "administrator", _("管理员")
    AUDITOR = "auditor", _("审计员")


class User(AbstractUser):
    """Someone who signs in. `areas` are the prefixes inside which they see anything at all."""

    role = models.CharField(_("角色"), max_length=16, choices=Role, default=Role.WORKER)
    staff_no = models.CharField(_("工号"), max_length=20, blank=True)
    sealed_id_number = models.BinaryField(blank=True, default=b"")
    areas = models.ManyToManyField(Area, blank=True, related_name="staff")
    language = models.CharField(max_length=10, blank=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    @property
    def display_name(self) -> str:
        return self.first_name or self.username

    @property
    def bound_to(self) -> str:
        return f"user:{self.username}"

    @property
    def id_number(self) -> str:
        """Their own document number, for targets that ask who made an entry."""
        if not self.sealed_id_number:
            return ""
        return sealing.unseal(self.sealed_id_number, bound_to=self.bound_to).decode()


class GridMapping(models.Model):
    """The code that one target uses for one of our grids (derivation D8): police grid, safety grid …"""

    grid = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="mappings")
    system = models.CharField(max_length=32)
    code = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grid", "system"], name="one_code_per_grid_and_system")]


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


class Suggestion(models.Model):
    """What somebody who works with this complains of or suggests, and what was answered; read by supervisors.

    `id` is made by the page. `by` is empty where they did not sign. `area_code`: where they work: who oversees it reads
    it. `page`: where they came from, as a kind of page. `sealed`, `sealed_answer`: the texts, for people name people.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="suggestions")
    area_code = models.CharField(max_length=15, blank=True)
    page = models.CharField(max_length=64, blank=True)
    sealed = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)
    sealed_answer = models.BinaryField(blank=True, default=b"")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["-made_at"], name="suggestion_newest")]

    @property
    def bound_to(self) -> str:
        return f"suggestion:{self.id}"

    @property
    def text(self) -> str:
        return sealing.unseal(self.sealed, bound_to=self.bound_to).decode()

    @property
    def answer(self) -> str:
        return sealing.unseal(self.sealed_answer, bound_to=self.bound_to).decode() if self.sealed_answer else ""
