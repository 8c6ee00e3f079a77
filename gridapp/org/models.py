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

    GB/T 2260 and GB/T 10114, plus three digits for the grid (local). What it was before: AreaVersion. A closed one
    keeps its code for ever: nothing is founded there any more.
    """

    code = models.CharField(_("代码"), max_length=15, primary_key=True)
    name = models.CharField(_("名称"), max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    version = models.PositiveIntegerField(default=1)
    closed_at = models.DateTimeField(null=True)

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
    must_change_password = models.BooleanField(default=False)  # it was set by somebody else

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


class AreaVersion(models.Model):
    """One area as it was from a moment on, until its next version. Append-only. `since` None: as it was found.

    `mapped`: system -> the code it used for the grid then. `by` None: by nobody in particular, or a command.
    """

    id = models.BigAutoField(primary_key=True)
    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    mapped = models.JSONField(default=dict)
    is_open = models.BooleanField(default=True)
    why = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField(null=True)
    by = models.ForeignKey("org.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["area", "number"], name="one_version_of_an_area")]


class Redrawing(models.Model):
    """Buildings that go from grids to others, or grids whose codes in other systems changed: their records follow.

    `area_code`: the smallest area that holds all its grids; who oversees that area sees it. `closes`: a grid that is
    closed when it has been emptied. A task carries it part by part: RedrawnPart.
    """

    class Kind(models.TextChoices):
        MOVED = "moved", _("调整楼栋")
        MAPPED = "mapped", _("对应编码有变化")

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=6, choices=Kind)
    area_code = models.CharField(max_length=15)
    closes = models.CharField(max_length=15, blank=True)
    why = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey("org.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-id"], condition=models.Q(finished_at=None), name="redrawing_under_way")]


class RedrawnPart(models.Model):
    """One building on its way to another grid; without a building, one grid whose records are planned anew.

    `after`: the record up to which it has come. `records`: how many records it has taken along or looked at.
    """

    id = models.BigAutoField(primary_key=True)
    redrawing = models.ForeignKey(Redrawing, on_delete=models.CASCADE, related_name="parts")
    building_code = models.CharField(max_length=19, blank=True)
    from_code = models.CharField(max_length=15)
    to_code = models.CharField(max_length=15)
    after = models.UUIDField(null=True)
    records = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["building_code"],
                condition=models.Q(done_at=None) & ~models.Q(building_code=""),
                name="a_building_goes_one_way",
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(done_at=None), name="redrawn_part_open"),
            models.Index(fields=["building_code", "-id"], name="redrawn_part_of_building"),
        ]


class AccountChange(models.Model):
    """What was done to an account, by whom: append-only. `before`, `after`: what of it changed, never a password."""

    class Act(models.TextChoices):
        CREATED = "created", _("新建")
        CHANGED = "changed", _("修改")
        CLOSED = "closed", _("停用")
        REOPENED = "reopened", _("重新启用")
        PASSWORD = "password", _("重设密码")
        OWN_PASSWORD = "own", _("自己改了密码")
        GAVE = "gave", _("交出网格")
        TOOK = "took", _("接手网格")

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("org.User", on_delete=models.PROTECT, related_name="changes")
    act = models.CharField(max_length=8, choices=Act)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    why = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey("org.User", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="account_change_of_user")]


class HandOver(models.Model):
    """A grid went from one worker to the next. `forms`: how many set-aside forms went with it."""

    id = models.BigAutoField(primary_key=True)
    grid = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="hand_overs")
    giver = models.ForeignKey("org.User", on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey("org.User", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("org.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    forms = models.PositiveIntegerField(default=0)
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["grid", "-id"], name="hand_over_of_grid")]


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
